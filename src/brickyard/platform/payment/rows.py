"""Payments as rows, read and written inside a transaction of their account's."""

import msgspec

from brickyard.contract import NotFound
from brickyard.engines.clock import NANOSECONDS
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.platform.payment.facts import Disputed, Notice, Return, Stage
from brickyard.platform.payment.payment import Dispute, Payment

RETRY_NS = 3600 * NANOSECONDS
"""For how long an order that failed is taken up again by the next one like it."""

_COLUMNS = ", ".join(Payment.__struct_fields__)
_PLACES = ", ".join(f"?{number}" for number in range(2, len(Payment.__struct_fields__) + 2))
_DISPUTES = "SELECT payment, id, amount, stage FROM payment_disputes WHERE account = ?1"


async def insert(transaction: Transaction, payment: Payment) -> Payment:
    """Write a new payment; gives the one that was made for the same request before, if there is one."""
    await transaction.changed(
        f"INSERT INTO payments (account, {_COLUMNS}) VALUES (?1, {_PLACES})"  # noqa: S608 - constants of this file
        " ON CONFLICT (account, request) DO NOTHING",
        *msgspec.structs.astuple(payment),
    )
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM payments WHERE account = ?1 AND request = ?2",  # noqa: S608 - as above
        payment.request,
    )
    return _payment(rows[0])


async def unfinished(transaction: Transaction, asked: Payment) -> Payment | None:
    """Give a payment on the terms of `asked` for which the processor has made no page that we know of."""
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM payments WHERE account = ?1 AND session = '' AND stage = ?2 AND amount = ?3"  # noqa: S608 - as above
        " AND price = ?4 AND currency = ?5 AND livemode = ?6 AND success_url = ?7 AND cancel_url = ?8"
        " AND request = id AND created_ns > ?9 ORDER BY id DESC LIMIT 1",
        Stage.OPEN.value,
        asked.amount,
        asked.price,
        asked.currency,
        asked.livemode,
        asked.success_url,
        asked.cancel_url,
        asked.created_ns - RETRY_NS,
    )
    return _payment(rows[0]) if rows else None


async def count_open(transaction: Transaction, now_ns: int) -> int:
    """Count the payments that can still be paid."""
    rows = await transaction.rows(
        "SELECT count(*) FROM payments WHERE account = ?1 AND stage = ?2 AND expires_ns > ?3",
        Stage.OPEN.value,
        now_ns,
    )
    return rows[0][0]


async def get(transaction: Transaction, id: str) -> Payment:
    """Give a payment; `NotFound` if the account has none of that id."""
    rows = await transaction.rows(f"SELECT {_COLUMNS} FROM payments WHERE account = ?1 AND id = ?2", id)  # noqa: S608 - as above
    if not rows:
        raise absent(id)
    return _payment(rows[0])


async def save(transaction: Transaction, payment: Payment) -> None:
    """Keep what has become of a payment; what was asked for stays as it was."""
    await transaction.changed(
        "UPDATE payments SET session = ?3, url = ?4, stage = ?5, refunded = ?6, receipt_url = ?7,"
        " sequence = ?8, taken_refunded = ?9, taken_disputed = ?10, charge_refunded = ?11"
        " WHERE account = ?1 AND id = ?2",
        payment.id,
        payment.session,
        payment.url,
        int(payment.stage),
        payment.refunded,
        payment.receipt_url,
        payment.sequence,
        payment.taken_refunded,
        payment.taken_disputed,
        payment.charge_refunded,
    )


async def claim(transaction: Transaction, notice: Notice, now_ns: int) -> bool:
    """Note that an event was heard of; False if it had been heard of before."""
    changed = await transaction.changed(
        "INSERT INTO payment_events (account, id, payment, kind, trouble, created_ns)"
        " VALUES (?1, ?2, ?3, ?4, '', ?5) ON CONFLICT (account, id) DO NOTHING",
        notice.event,
        notice.payment,
        notice.kind,
        now_ns,
    )
    return changed == 1


async def note_trouble(transaction: Transaction, event: str, trouble: str) -> None:
    """Write beside an event why it changed nothing."""
    await transaction.changed(
        "UPDATE payment_events SET trouble = ?3 WHERE account = ?1 AND id = ?2", event, trouble
    )


async def disputes(transaction: Transaction, payment: str) -> list[Dispute]:
    """Give a payment's disputes."""
    rows = await transaction.rows(f"{_DISPUTES} AND payment = ?2 ORDER BY id", payment)
    return [Dispute(*row[1:]) for row in rows]


async def advance_dispute(transaction: Transaction, payment: str, fact: Disputed) -> None:
    """Bring a dispute as far as a fact says it has come."""
    known = {each.id: each for each in await disputes(transaction, payment)}
    after = known.get(fact.id, Dispute(fact.id, fact.amount, fact.stage)).after(fact)
    await transaction.changed(
        "INSERT INTO payment_disputes (account, payment, id, amount, stage) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (account, payment, id) DO UPDATE SET amount = excluded.amount, stage = excluded.stage",
        payment,
        after.id,
        after.amount,
        int(after.stage),
    )


async def returns(transaction: Transaction, payment: str) -> list[Return]:
    """Give what is known of a payment's refunds."""
    rows = await transaction.rows(
        "SELECT id, amount, undone FROM payment_returns WHERE account = ?1 AND payment = ?2 ORDER BY id",
        payment,
    )
    return [Return(name, amount, bool(undone)) for name, amount, undone in rows]


async def put_return(transaction: Transaction, payment: str, refund: Return) -> None:
    """Keep what a refund is now."""
    await transaction.changed(
        "INSERT INTO payment_returns (account, payment, id, amount, undone) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (account, payment, id) DO UPDATE SET undone = excluded.undone",
        payment,
        refund.id,
        refund.amount,
        int(refund.undone),
    )


async def find(sql: Sql, id: str) -> Payment | None:
    """Give a payment as it stands; None if the account has none of that id."""
    row = await sql.point(f"SELECT {_COLUMNS} FROM payments WHERE account = ?1 AND id = ?2", id)  # noqa: S608 - as above
    return None if row is None else _payment(row)


async def page(sql: Sql, before: str, limit: int) -> list[Payment]:
    """Give payments, newest first: `limit` of those whose id is below `before`, or of all if it is empty."""
    rows = await sql.rows(
        f"SELECT {_COLUMNS} FROM payments WHERE account = ?1 AND (?2 = '' OR id < ?2)"  # noqa: S608 - as above
        " ORDER BY id DESC LIMIT ?3",
        before,
        limit,
    )
    return [_payment(row) for row in rows]


async def disputes_of(sql: Sql, payments: list[Payment]) -> dict[str, list[Dispute]]:
    """Give the disputes of payments, by the payment's id. Disputes are few: all the account's are read."""
    found: dict[str, list[Dispute]] = {each.id: [] for each in payments}
    for payment, *dispute in await sql.rows(_DISPUTES):
        if payment in found:
            found[payment].append(Dispute(*dispute))
    return found


async def owed(sql: Sql) -> int:
    """Give what the account owes, in nano-dollars."""
    row = await sql.point("SELECT amount FROM payment_debts WHERE account = ?1")
    return 0 if row is None else row[0]


def absent(id: str) -> NotFound:
    """Say that there is no such payment, to one who may not know whether others have one."""
    return NotFound(f"There is no payment {id[:100]!r}. `payment/List` gives those there are.")


def _payment(row: Row) -> Payment:
    return Payment(**dict(zip(Payment.__struct_fields__, row, strict=True)))
