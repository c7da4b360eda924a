"""Holds: what a call may cost at most is set aside before it begins, and taken once when it is done.

Each step is one transaction, begun by locking the wallet: it reads, decides, and writes. What a hold comes
to is decided by its row's state, so that to ask twice does nothing twice.
"""

from typing import Literal

import msgspec

from brickyard.contract import Conflict, Money, NotFound, PaymentRequired
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.platform.billing import alerts, caps, counts, credit, wallet
from brickyard.platform.billing.alerts import Event
from brickyard.platform.billing.caps import Cap, Spender
from brickyard.platform.billing.ledger import REVENUE, Entry, Posting, post
from brickyard.platform.billing.month import Month, timestamp
from brickyard.platform.billing.wallet import Wallet

State = Literal["held", "settled", "released", "expired"]
HELD, SETTLED, RELEASED, EXPIRED = "held", "settled", "released", "expired"

EXPIRED_TOGETHER = 200
"""Holds ended in one transaction: others of the database wait meanwhile."""


class HoldRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A call about to be made."""

    id: str
    """Unique to the call: it can be paid for once under this name, and never again."""
    project: str
    key_id: str
    endpoint: str
    """As in the catalog: `db.create`."""
    amount_max: Money
    """The most that it can cost."""
    price_version: str
    """Which price list that is by."""
    expires_ns: int
    """When the hold ends by itself, if nobody settles it."""
    free_calls: int = 0
    """How many calls of the endpoint are free a month."""
    calls_max: int | None = None
    """How many calls of the endpoint may be made a month; None for any number."""


class Hold(msgspec.Struct, frozen=True):
    """Money set aside for a call, as its row says."""

    id: str
    project: str
    key_id: str
    endpoint: str
    price_version: str
    amount_max: Money
    """What is held; 0 for a call that is one of the month's free ones."""
    free: int
    """1 if it is one of the month's free calls."""
    counted: int
    """1 if it has a place in the month's number of calls, which it gives back if it fails."""
    month_ns: int
    """The first nanosecond of the month it is counted in, whenever it is settled."""
    created_ns: int
    expires_ns: int
    state: str
    captured: Money
    """What was taken."""
    overrun: Money
    """What it cost beyond what was held: the platform's own cost."""

    @property
    def spender(self) -> Spender:
        """Say on whose behalf it is held."""
        return Spender(self.project, self.key_id, self.month_ns)


_COLUMNS = ", ".join(Hold.__struct_fields__)


async def place(transaction: Transaction, request: HoldRequest, now_ns: int) -> Hold:
    """Set aside what a call may cost; `PaymentRequired` if that may not be spent, `Conflict` if it is."""
    purse = await credit.expire(transaction, await wallet.lock(transaction), now_ns)
    hold = await _counted(transaction, request, Month.of(now_ns), now_ns)
    if hold.amount_max:
        bounds = await caps.of(transaction, hold.spender)
        _check_affordable(purse, bounds, hold)
        await caps.reserve(transaction, hold.spender, hold.amount_max)
        purse = msgspec.structs.replace(purse, held=purse.held + hold.amount_max)
    await _insert(transaction, hold)
    await wallet.save(transaction, purse)
    return hold


async def settle(transaction: Transaction, hold_id: str, actual: int, now_ns: int) -> Hold:
    """Take what a call has cost, at most what is held; a hold that has ended stays as it is."""
    if actual < 0:
        raise ValueError(f"A call cannot cost {actual}.")
    purse, hold = await wallet.lock(transaction), await get(transaction, hold_id)
    if hold.state != HELD:
        return hold
    captured = Money(min(actual, hold.amount_max))
    overrun = Money(0 if hold.free else actual - captured)
    purse = msgspec.structs.replace(purse, held=purse.held - hold.amount_max)
    ended = await _end(transaction, hold, SETTLED, captured, overrun)
    if captured:
        purse = await _capture(transaction, purse, hold, captured, now_ns)
        await caps.watch(transaction, purse, hold.spender, captured, now_ns)
    if overrun:
        await alerts.emit(transaction, Event("overrun", hold.id, 0, hold.amount_max, overrun, now_ns))
    await wallet.save(transaction, purse)
    return ended


async def release(transaction: Transaction, hold_id: str) -> Hold:
    """Give back what is held for a call that failed; a hold that has ended stays as it is."""
    purse, hold = await wallet.lock(transaction), await get(transaction, hold_id)
    if hold.state != HELD:
        return hold
    await wallet.save(transaction, msgspec.structs.replace(purse, held=purse.held - hold.amount_max))
    return await _end(transaction, hold, RELEASED, Money(0), Money(0))


async def expire_due(transaction: Transaction, now_ns: int) -> int:
    """Give back what is held beyond its time; gives how many holds ended, at most `EXPIRED_TOGETHER`."""
    purse = await wallet.lock(transaction)
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM billing_holds WHERE account = ?1 AND state = 'held' AND expires_ns <= ?2"  # noqa: S608 - a constant of this file
        f" ORDER BY expires_ns LIMIT {EXPIRED_TOGETHER}",
        now_ns,
    )
    for hold in map(_hold, rows):
        purse = msgspec.structs.replace(purse, held=purse.held - hold.amount_max)
        await _end(transaction, hold, EXPIRED, Money(0), Money(0))
    await wallet.save(transaction, purse)
    return len(rows)


async def any_due(sql: Sql, now_ns: int) -> bool:
    """Say whether anything is held beyond its time: a look costs less than a transaction."""
    row = await sql.point(
        "SELECT 1 FROM billing_holds WHERE account = ?1 AND state = 'held' AND expires_ns <= ?2 LIMIT 1",
        now_ns,
    )
    return row is not None


async def get(transaction: Transaction, hold_id: str) -> Hold:
    """Give a hold; `NotFound` if there is none of that id."""
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM billing_holds WHERE account = ?1 AND id = ?2",  # noqa: S608 - as above
        hold_id,
    )
    if not rows:
        raise NotFound(f"No hold {hold_id!r}: money is held before a call, and nothing was.")
    return _hold(rows[0])


async def _counted(transaction: Transaction, request: HoldRequest, month: Month, now_ns: int) -> Hold:
    """Count the call if calls are counted, and make its hold: of nothing, if it is a free one."""
    counted = bool(request.free_calls) or request.calls_max is not None
    number = await counts.add(transaction, request.endpoint, month.starts_ns) if counted else 0
    if request.calls_max is not None and number > request.calls_max:
        raise PaymentRequired(
            f"The account's tier has {request.calls_max} calls of {request.endpoint} a month, all made.",
            affordable=Money(0),
            resets_at=timestamp(month.ends_ns),
        )
    free = counted and number <= request.free_calls
    return Hold(
        id=request.id,
        project=request.project,
        key_id=request.key_id,
        endpoint=request.endpoint,
        price_version=request.price_version,
        amount_max=Money(0) if free else request.amount_max,
        free=int(free),
        counted=int(counted),
        month_ns=month.starts_ns,
        created_ns=now_ns,
        expires_ns=request.expires_ns,
        state=HELD,
        captured=Money(0),
        overrun=Money(0),
    )


def _check_affordable(purse: Wallet, bounds: list[Cap], hold: Hold) -> None:
    """Raise `PaymentRequired` if balance or a cap falls short; time helps only if the balance suffices."""
    affordable = min([purse.available, *(cap.left for cap in bounds)])
    if affordable >= hold.amount_max:
        return
    if purse.available < hold.amount_max:
        raise PaymentRequired(
            f"The call may cost {hold.amount_max} dollars, and {purse.available} are available. Top up.",
            affordable=affordable,
        )
    short = min(bounds, key=lambda cap: cap.left)
    raise PaymentRequired(
        f"The call may cost {hold.amount_max} dollars, and the monthly cap of {short.subject} "
        f"({Money(short.amount)} dollars) leaves {short.left}. Raise it with billing/SetCap, or wait.",
        affordable=affordable,
        resets_at=timestamp(Month.of(hold.month_ns).ends_ns),
    )


async def _insert(transaction: Transaction, hold: Hold) -> None:
    inserted = await transaction.changed(
        f"INSERT INTO billing_holds (account, {_COLUMNS})"  # noqa: S608 - as above
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        " ON CONFLICT (account, id) DO NOTHING",
        *msgspec.structs.astuple(hold),
    )
    if not inserted:
        raise Conflict(f"Money was held for {hold.id!r} before: a call is paid for once under its id.")


async def _end(transaction: Transaction, hold: Hold, state: State, captured: Money, overrun: Money) -> Hold:
    await transaction.changed(
        "UPDATE billing_holds SET state = ?3, captured = ?4, overrun = ?5"
        " WHERE account = ?1 AND id = ?2 AND state = 'held'",
        hold.id,
        state,
        captured,
        overrun,
    )
    if hold.amount_max:
        await caps.settle(transaction, hold.spender, hold.amount_max, captured)
    if hold.counted and state != SETTLED:
        await counts.take_back(transaction, hold.endpoint, hold.month_ns)
    return msgspec.structs.replace(hold, state=state, captured=captured, overrun=overrun)


async def _capture(
    transaction: Transaction, purse: Wallet, hold: Hold, captured: Money, now_ns: int
) -> Wallet:
    paid = await credit.spend(transaction, purse, captured)
    posting = Posting(
        kind="capture",
        entries=(*paid, Entry(REVENUE, captured)),
        reference=hold.id,
        project=hold.project,
        key_id=hold.key_id,
        endpoint=hold.endpoint,
        price_version=hold.price_version,
    )
    return await post(transaction, purse, posting, now_ns)


def _hold(row: Row) -> Hold:
    hold = Hold(*row)
    return msgspec.structs.replace(
        hold,
        amount_max=Money(hold.amount_max),
        captured=Money(hold.captured),
        overrun=Money(hold.overrun),
    )
