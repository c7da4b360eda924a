"""What an owner is to hear of: rows in an outbox, written with what they tell of, and sent by others.

A row's key is its occasion, so that each is told once: a share of a cap once a month, a low balance once
until the account is filled up again.
"""

from typing import Literal

import msgspec

from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.billing.wallet import Wallet

EventKind = Literal["low_balance", "cap", "overrun"]


class Event(msgspec.Struct, frozen=True):
    """Something that somebody is to hear of."""

    kind: str
    """`low_balance`; `cap`: a part of a cap is spent; `overrun`: a call cost more than was held (for the
    operator, whose cost it is)."""
    subject: str
    """What it is about: empty for the account, a project, `project/key`, or a hold."""
    episode: int
    """Which occasion: the month's first nanosecond for a cap, the last refill's number for a balance."""
    threshold: int
    """What was crossed: a percentage of a cap, or nano-dollars of balance."""
    amount: int
    """What was reached, in nano-dollars: spent, left, or overrun."""
    created_ns: int


_COLUMNS = ", ".join(Event.__struct_fields__)


async def emit(transaction: Transaction, event: Event) -> None:
    """Put an event into the outbox, unless its occasion was told of already."""
    await transaction.changed(
        f"INSERT INTO billing_events (account, {_COLUMNS}, sent_ns)"  # noqa: S608 - a constant of this file
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)"
        " ON CONFLICT (account, kind, subject, episode, threshold) DO NOTHING",
        *msgspec.structs.astuple(event),
    )


async def watch_balance(transaction: Transaction, before: Wallet, after: Wallet, now_ns: int) -> None:
    """Tell of a balance that has just fallen below what the owner named."""
    if after.balance < before.alert_below <= before.balance:
        await emit(
            transaction,
            Event("low_balance", "", after.refilled, after.alert_below, after.balance, now_ns),
        )


async def unsent(sql: Sql, limit: int = 100) -> list[Event]:
    """Give an account's events that nobody has sent yet, oldest first."""
    rows = await sql.rows(
        f"SELECT {_COLUMNS} FROM billing_events WHERE account = ?1 AND sent_ns = 0"  # noqa: S608 - as above
        " ORDER BY created_ns, kind, subject, threshold LIMIT ?2",
        limit,
    )
    return [Event(*row) for row in rows]


async def mark_sent(sql: Sql, event: Event, now_ns: int) -> None:
    """Note that an event was sent. One may be sent twice: if whoever sends it falls before it is noted."""
    await sql.run(
        "UPDATE billing_events SET sent_ns = ?6 WHERE account = ?1 AND kind = ?2 AND subject = ?3"
        " AND episode = ?4 AND threshold = ?5",
        event.kind,
        event.subject,
        event.episode,
        event.threshold,
        now_ns,
    )
