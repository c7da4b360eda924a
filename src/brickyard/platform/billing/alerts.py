"""What somebody is to hear of: rows in an outbox, written with what they tell of, and told by `Notifier`.

A row's key is its occasion, so that each is told once: a share of a cap once a month unless the cap is set
anew, a low balance once until the account is filled up again, a statement once.
"""

import hashlib
from typing import Literal

import msgspec

from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.wallet import Wallet

EventKind = Literal["low_balance", "cap", "statement", "test", "overrun"]
Place = tuple[int, str, str, int, int]
"""Where an event stands among the account's, by time first."""
CLAIM_NS = 60 * 1_000_000_000
"""How long one who is about to tell of an event has for it, before another may."""


class Event(msgspec.Struct, frozen=True):
    """Something that somebody is to hear of."""

    kind: EventKind
    """`low_balance`; `cap`: a part of a cap is spent; `statement`: a month is over; `test`: the owner wants
    to see whether alerts arrive; `overrun`: a call cost more than was held (for the operator, whose cost it
    is)."""
    subject: str
    """What it is about: empty for the account, a project, `project/key`, a month, or a hold."""
    episode: int
    """Which occasion: a moment of a month's first second, or the last refill's number for a balance."""
    threshold: int
    """What was crossed: a percentage of a cap, or nano-dollars of balance."""
    amount: int
    """What was reached, in nano-dollars: spent, left, or overrun."""
    created_ns: int
    told_ns: int = 0
    """When somebody was told; 0 if nobody was yet."""

    @property
    def occasion(self) -> tuple[str, str, int, int]:
        """What tells it from the account's others."""
        return self.kind, self.subject, self.episode, self.threshold

    def id(self, account: str) -> str:
        """Give its name: the same however often it is told."""
        text = msgspec.json.encode((account, *self.occasion))
        return f"alr_{hashlib.sha256(text).hexdigest()[:32]}"


_STORED = "kind, subject, episode, threshold, amount, created_ns, sent_ns"
_THIS = "account = ?1 AND kind = ?2 AND subject = ?3 AND episode = ?4 AND threshold = ?5"


async def emit(transaction: Transaction, event: Event) -> None:
    """Put an event into the outbox, unless its occasion was told of already."""
    await transaction.changed(
        f"INSERT INTO billing_events (account, {_STORED}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"  # noqa: S608 - a constant of this file
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


async def any_unsent(sql: Sql) -> bool:
    """Whether an account has events that nobody has been told of yet."""
    return (
        await sql.point("SELECT 1 FROM billing_events WHERE account = ?1 AND sent_ns = 0 LIMIT 1") is not None
    )


async def unsent(sql: Sql, limit: int = 100) -> list[Event]:
    """Give an account's events that nobody has been told of yet, oldest first."""
    rows = await sql.rows(
        f"SELECT {_STORED} FROM billing_events WHERE account = ?1 AND sent_ns = 0"  # noqa: S608 - as above
        " ORDER BY created_ns, kind, subject, threshold LIMIT ?2",
        limit,
    )
    return [Event(*row) for row in rows]


async def claim(transaction: Transaction, event: Event, now_ns: int) -> bool:
    """Take it upon oneself to tell of an event; False if another has, or is about to."""
    changed = await transaction.changed(
        f"UPDATE billing_events SET claimed_ns = ?6 WHERE {_THIS} AND sent_ns = 0 AND claimed_ns < ?7",  # noqa: S608 - as above
        *event.occasion,
        now_ns + CLAIM_NS,
        now_ns,
    )
    return changed == 1


async def count(transaction: Transaction, kind: EventKind, since_ns: int) -> int:
    """Count the events of a kind since a moment."""
    ((found,),) = await transaction.rows(
        "SELECT count(*) FROM billing_events WHERE account = ?1 AND kind = ?2 AND created_ns > ?3",
        kind,
        since_ns,
    )
    return found


async def mark_sent(sql: Sql, event: Event, now_ns: int) -> None:
    """Note that an event was told. It may be told twice: if whoever tells it falls before it is noted."""
    await sql.run(f"UPDATE billing_events SET sent_ns = ?6 WHERE {_THIS}", *event.occasion, now_ns)  # noqa: S608 - as above


async def moved(sql: Sql, month: Month) -> bool:
    """Whether any money came or went in a month."""
    row = await sql.point(
        "SELECT 1 FROM billing_transactions WHERE account = ?1 AND created_ns >= ?2 AND created_ns < ?3"
        " LIMIT 1",
        month.starts_ns,
        month.ends_ns,
    )
    return row is not None


async def newest(sql: Sql, before: Place | None, limit: int) -> list[Event]:
    """Give what the owner was to hear of, newest first: from those that come after `before` (see `place`)."""
    after = before or (2**63 - 1, "", "", 0, 0)
    rows = await sql.rows(
        f"SELECT {_STORED} FROM billing_events WHERE account = ?1 AND kind <> 'overrun'"  # noqa: S608 - as above
        " AND (created_ns, kind, subject, episode, threshold) < (?2, ?3, ?4, ?5, ?6)"
        " ORDER BY created_ns DESC, kind DESC, subject DESC, episode DESC, threshold DESC LIMIT ?7",
        *after,
        limit,
    )
    return [Event(*row) for row in rows]


def place(event: Event) -> Place:
    """Say where an event stands in that order."""
    return (event.created_ns, *event.occasion)
