"""Holds: what calls may cost at most is set aside before they begin, and taken when they are done.

A hold is for the calls of one endpoint by one key, and goes in turns. A turn takes what the calls have cost
that ended since the last, and gives back what nobody needs; it sets aside what those may cost that wait and,
while there is plenty, more for those that will come. Each is one transaction, begun by locking the wallet: it
reads, decides, and writes. Turns are numbered, so that to ask for one twice does nothing twice.
"""

from typing import Literal

import msgspec

from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.billing import alerts, caps, counts, credit, wallet
from brickyard.platform.billing.alerts import Event
from brickyard.platform.billing.caps import Spender
from brickyard.platform.billing.ledger import REVENUE, Entry, Posting, post
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.room import Quota, Refusal, Room
from brickyard.platform.billing.wallet import Wallet

State = Literal["held", "settled", "expired"]
HELD, SETTLED, EXPIRED = "held", "settled", "expired"

EXPIRED_TOGETHER = 200
"""Holds ended in one transaction: others of the database wait meanwhile."""


class Lapsed(Exception):  # noqa: N818 - not an error: its time was over
    """The hold has expired: what it held is given back, and what is drawn on it is not paid for."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of a hold that ended, and calls about to be made. All amounts are nano-dollars."""

    id: str
    """The hold's, which its first turn begins."""
    number: int
    """Which of the hold's turns it is, from 1."""
    project: str
    key_id: str
    endpoint: str
    """As in the catalog: `db.create`."""
    price_version: str
    """Which price list amounts are by."""
    expires_ns: int
    """When the hold ends by itself, if no other turn comes."""
    free_calls: int = 0
    """How many calls of the endpoint are free a month."""
    calls_max: int | None = None
    """How many calls of the endpoint may be made a month; None for any number."""
    budget: int | None = None
    """How much the key may spend a month, besides its caps; None for any amount."""
    calls: int = 0
    """How many calls ended well."""
    taken: int = 0
    """What they cost, at most what is held."""
    overrun: int = 0
    """What they cost beyond that: the platform's own cost."""
    kept: int = 0
    """What else of what is held stays held: the rest is given back."""
    places: int = 0
    """How many of the places in the month's number of calls stay taken, besides those of calls that ended."""
    wanted: tuple[int, ...] = ()
    """What each of the calls that wait can cost at most."""
    ahead: int = 0
    """What to hold beyond that, if there is plenty."""
    calls_ahead: int = 0
    """How many calls to count beyond those that wait, if calls are counted and there are plenty left."""

    @property
    def counted(self) -> bool:
        """Whether the endpoint's calls are counted."""
        return bool(self.free_calls) or self.calls_max is not None


class Hold(msgspec.Struct, frozen=True):
    """Money set aside for calls, as its row says."""

    id: str
    project: str
    key_id: str
    endpoint: str
    price_version: str
    month_ns: int
    """The first nanosecond of the month it is counted in."""
    created_ns: int
    expires_ns: int
    state: str
    """`held` as long as anything is set aside."""
    turns: int
    """How many it has had."""
    amount: int
    """What was set aside, and not given back."""
    captured: int
    """What of that was taken."""
    overrun: int
    """What its calls cost beyond that."""
    counted: int
    """How many places it has in the month's number of calls."""
    calls: int
    """How many calls ended well."""

    @property
    def held(self) -> int:
        """Say what is set aside now."""
        return self.amount - self.captured

    @property
    def spender(self) -> Spender:
        """Say on whose behalf it is held."""
        return Spender(self.project, self.key_id, self.month_ns)


class Outcome(msgspec.Struct, frozen=True):
    """What came of a turn."""

    hold: Hold
    """As it is now; without a row, if its first turn granted nothing."""
    grants: tuple[int | Refusal, ...] = ()
    """For each call that was wanted, what is held for it: 0 for a free one."""
    free_ahead: int = 0
    """How many calls were counted ahead that are free."""
    paid_ahead: int = 0
    """How many calls were counted ahead that are not."""


_COLUMNS = ", ".join(Hold.__struct_fields__)


async def take(transaction: Transaction, turn: Turn, now_ns: int) -> Outcome:
    """Take a turn. One that was taken before does nothing; `Lapsed` if the hold's time is over."""
    locked = await wallet.lock(transaction)
    hold = await find(transaction, turn.id) or _new(turn, now_ns)
    if hold.state == EXPIRED:
        raise Lapsed
    if hold.turns >= turn.number:
        return Outcome(hold)
    _check_follows(hold, turn)
    purse = await credit.expire(transaction, locked, now_ns)
    bounds = await caps.of(transaction, hold.spender, turn.budget)
    if turn.taken:
        purse = await _capture(transaction, purse, hold, turn, now_ns)
        bounds = await caps.spend(transaction, bounds, purse, hold.spender, turn.taken, now_ns)
    if turn.overrun:
        await alerts.emit(transaction, Event("overrun", hold.id, 0, hold.amount, turn.overrun, now_ns))
    back = hold.held - turn.taken - turn.kept
    room = Room(purse, bounds, await _quota(transaction, turn, hold), hold.month_ns, back)
    grants = tuple([room.grant(amount) for amount in turn.wanted])
    free_ahead, paid_ahead = room.count_ahead(turn.calls_ahead)
    room.hold_ahead(turn.ahead)
    after = _after(hold, turn, room)
    if _is_idle(hold, turn, after):
        if purse is not locked:
            await wallet.save(transaction, purse)
        return Outcome(hold, grants)
    await _keep(transaction, purse, hold, after, turn.taken)
    return Outcome(after, grants, free_ahead, paid_ahead)


async def expire_due(transaction: Transaction, now_ns: int) -> int:
    """Give back what is held beyond its time; gives how many holds ended, at most `EXPIRED_TOGETHER`."""
    purse = await wallet.lock(transaction)
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM billing_holds WHERE account = ?1 AND state = 'held' AND expires_ns <= ?2"  # noqa: S608 - a constant of this file
        f" ORDER BY expires_ns LIMIT {EXPIRED_TOGETHER}",
        now_ns,
    )
    for row in rows:
        hold = Hold(*row)
        ended = msgspec.structs.replace(
            hold, state=EXPIRED, amount=hold.captured, counted=min(hold.counted, hold.calls)
        )
        purse = await _keep(transaction, purse, hold, ended, 0)
    return len(rows)


async def any_due(sql: Sql, now_ns: int) -> bool:
    """Say whether anything is held beyond its time: a look costs less than a transaction."""
    row = await sql.point(
        "SELECT 1 FROM billing_holds WHERE account = ?1 AND state = 'held' AND expires_ns <= ?2 LIMIT 1",
        now_ns,
    )
    return row is not None


async def find(transaction: Transaction, hold_id: str) -> Hold | None:
    """Give a hold; None if there is none of that id."""
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM billing_holds WHERE account = ?1 AND id = ?2",  # noqa: S608 - as above
        hold_id,
    )
    return Hold(*rows[0]) if rows else None


def _new(turn: Turn, now_ns: int) -> Hold:
    return Hold(
        id=turn.id,
        project=turn.project,
        key_id=turn.key_id,
        endpoint=turn.endpoint,
        price_version=turn.price_version,
        month_ns=Month.of(now_ns).starts_ns,
        created_ns=now_ns,
        expires_ns=turn.expires_ns,
        state=HELD,
        turns=0,
        amount=0,
        captured=0,
        overrun=0,
        counted=0,
        calls=0,
    )


def _check_follows(hold: Hold, turn: Turn) -> None:
    """Raise a ValueError unless a hold has what a turn takes and keeps: else the code is wrong."""
    if (
        hold.turns != turn.number - 1
        or min(turn.taken, turn.kept, turn.calls, turn.places) < 0
        or turn.taken + turn.kept > hold.held
        or (turn.counted and turn.calls + turn.places > hold.counted - hold.calls)
    ):
        raise ValueError(f"{turn} does not follow {hold}.")


def _after(hold: Hold, turn: Turn, room: Room) -> Hold:
    """Say what a hold becomes by a turn."""
    captured, calls = hold.captured + turn.taken, hold.calls + turn.calls
    amount = captured + turn.kept + room.held
    counted = calls + turn.places + room.counted if turn.counted else 0
    return msgspec.structs.replace(
        hold,
        expires_ns=turn.expires_ns,
        state=HELD if amount > captured or counted > calls else SETTLED,
        turns=turn.number,
        amount=amount,
        captured=captured,
        overrun=hold.overrun + turn.overrun,
        counted=counted,
        calls=calls,
    )


def _is_idle(hold: Hold, turn: Turn, after: Hold) -> bool:
    """Say whether there is nothing to be written: as when all calls that waited were refused."""
    same = after.amount == hold.amount and after.counted == hold.counted
    return same and not turn.calls and not turn.overrun and bool(turn.wanted or not hold.held)


async def _quota(transaction: Transaction, turn: Turn, hold: Hold) -> Quota | None:
    """Give what is left of the month's calls; None where calls are not counted, or none is asked for."""
    if not turn.counted or not (turn.wanted or turn.calls_ahead):
        return None
    back = hold.counted - hold.calls - turn.calls - turn.places
    used = await counts.of(transaction, hold.endpoint, hold.month_ns) - back
    others_hold = False
    if turn.calls_max is not None and used + len(turn.wanted) > turn.calls_max:
        rows = await transaction.rows(
            "SELECT coalesce(sum(counted - calls), 0) FROM billing_holds"
            " WHERE account = ?1 AND state = 'held' AND endpoint = ?2 AND month_ns = ?3",
            hold.endpoint,
            hold.month_ns,
        )
        others_hold = rows[0][0] > 0
    return Quota(hold.endpoint, turn.free_calls, turn.calls_max, used, others_hold)


async def _capture(transaction: Transaction, purse: Wallet, hold: Hold, turn: Turn, now_ns: int) -> Wallet:
    paid = await credit.spend(transaction, purse, turn.taken)
    posting = Posting(
        kind="capture",
        entries=(*paid, Entry(REVENUE, turn.taken)),
        reference=f"{hold.id}/{turn.number}",
        project=hold.project,
        key_id=hold.key_id,
        endpoint=hold.endpoint,
        price_version=hold.price_version,
        calls=turn.calls,
    )
    purse = msgspec.structs.replace(purse, held=purse.held - turn.taken)
    return await post(transaction, purse, posting, now_ns)


async def _keep(transaction: Transaction, purse: Wallet, hold: Hold, after: Hold, taken: int) -> Wallet:
    """Write what a hold becomes, and what follows from it; gives the wallet, which is written too.

    `taken` was taken off what the wallet holds already.
    """
    await _save(transaction, after)
    if after.counted != hold.counted:
        await counts.move(transaction, hold.endpoint, hold.month_ns, after.counted - hold.counted)
    if after.held != hold.held or taken:
        await caps.move(transaction, hold.spender, after.held - hold.held, taken)
    purse = msgspec.structs.replace(purse, held=purse.held + after.held - (hold.held - taken))
    await wallet.save(transaction, purse)
    return purse


async def _save(transaction: Transaction, hold: Hold) -> None:
    await transaction.changed(
        f"INSERT INTO billing_holds (account, {_COLUMNS})"  # noqa: S608 - as above
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        " ON CONFLICT (account, id) DO UPDATE SET expires_ns = excluded.expires_ns, state = excluded.state,"
        " turns = excluded.turns, amount = excluded.amount, captured = excluded.captured,"
        " overrun = excluded.overrun, counted = excluded.counted, calls = excluded.calls",
        *msgspec.structs.astuple(hold),
    )
