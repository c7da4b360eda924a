"""Holds: what calls may cost at most is set aside before they begin, and taken when they are done.

A hold is for the calls of one endpoint by one key, and goes in turns. A turn takes what the calls have cost
that ended since the last, and gives back what nobody needs; it sets aside what those may cost that wait and,
while there is plenty, more for those that will come. Each is one transaction, begun by locking the wallet: it
reads, decides, and writes. Turns are numbered, so that to ask for one twice does nothing twice.

A turn that asks for nothing is only noted: what it takes is captured in the hold's row, by one statement, and
posted to the ledger with the next turn that is taken whole, or by whoever looks at the books before.
"""

from typing import Literal

import msgspec

from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.billing import alerts, caps, counts, credit, wallet
from brickyard.platform.billing.alerts import Event
from brickyard.platform.billing.caps import Cap, Spender
from brickyard.platform.billing.ledger import REVENUE, Entry, Posting, post
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.room import Quota, Refusal, Room
from brickyard.platform.billing.wallet import Wallet

State = Literal["held", "settled", "expired"]
HELD, SETTLED, EXPIRED = "held", "settled", "expired"

TOGETHER = 200
"""Holds ended, or posted, in one transaction: others of the database wait meanwhile."""


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
    lineage: str = ""
    """Under which key's id the key's spending is counted; empty for its own."""
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

    noted: bool = False
    """Whether it is only to be noted: it asks for nothing, gives nothing back, and leaves `expires_ns`."""

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
    unposted: int
    """How much of what was taken is not in the ledger yet: the wallet still holds it."""
    unposted_calls: int
    """How many calls that is for."""
    budget: int | None
    """How much its key may spend a month, as its last turn had it."""
    lineage: str
    """Under which key's id its key's spending is counted; empty for its own."""

    @property
    def held(self) -> int:
        """Say what is set aside now."""
        return self.amount - self.captured

    @property
    def spender(self) -> Spender:
        """Say on whose behalf it is held."""
        return Spender(self.project, self.lineage or self.key_id, self.month_ns)


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

NOTE = (
    "UPDATE billing_holds SET turns = ?3, captured = captured + ?4, calls = calls + ?5,"  # noqa: S608 - a constant of this file
    " unposted = unposted + ?4, unposted_calls = unposted_calls + ?5"
    " WHERE account = ?1 AND id = ?2 AND turns = ?3 - 1 AND state = 'held' AND captured + ?4 <= amount"
    f" RETURNING {_COLUMNS}"
)


async def note(sql: Sql, turn: Turn) -> Outcome | None:
    """Note a turn in its hold; None if it has to be taken whole: as one that was taken before, or lapsed."""
    rows = await sql.run(NOTE, turn.id, turn.number, turn.taken, turn.calls)
    return Outcome(Hold(*rows[0])) if rows else None


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
    noted = _noted(hold, turn)
    purse, bounds = await _post(transaction, purse, noted, now_ns)
    if turn.overrun:
        await alerts.emit(transaction, Event("overrun", hold.id, 0, hold.amount, turn.overrun, now_ns))
    quota = await _quota(transaction, turn, noted)
    room = Room(purse, bounds, quota, hold.month_ns, back=noted.held - turn.kept)
    grants = tuple([room.grant(amount) for amount in turn.wanted])
    free_ahead, paid_ahead = room.count_ahead(turn.calls_ahead)
    room.hold_ahead(turn.ahead)
    after = _after(noted, turn, room)
    if _is_idle(hold, turn, after):
        if purse is not locked:
            await wallet.save(transaction, purse)
        return Outcome(hold, grants)
    await _keep(transaction, purse, noted, after)
    return Outcome(after, grants, free_ahead, paid_ahead)


async def post_noted(transaction: Transaction, now_ns: int) -> int:
    """Post to the ledger what was noted in holds; gives in how many, at most `TOGETHER`."""
    purse = await wallet.lock(transaction)
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM billing_holds WHERE account = ?1 AND state = 'held' AND unposted > 0"  # noqa: S608 - a constant of this file
        f" ORDER BY expires_ns, id LIMIT {TOGETHER}"
    )
    for row in rows:
        hold = Hold(*row)
        purse, _ = await _post(transaction, purse, hold, now_ns)
        purse = await _keep(transaction, purse, hold, _posted(hold, _state(hold)))
    return len(rows)


async def any_noted(sql: Sql) -> bool:
    """Say whether anything is noted that is not in the ledger yet."""
    row = await sql.point(
        "SELECT 1 FROM billing_holds WHERE account = ?1 AND state = 'held' AND unposted > 0 LIMIT 1"
    )
    return row is not None


async def expire_due(transaction: Transaction, now_ns: int) -> int:
    """Give back what is held beyond its time; gives how many holds ended, at most `TOGETHER`."""
    purse = await wallet.lock(transaction)
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM billing_holds WHERE account = ?1 AND state = 'held' AND expires_ns <= ?2"  # noqa: S608 - a constant of this file
        f" ORDER BY expires_ns LIMIT {TOGETHER}",
        now_ns,
    )
    for row in rows:
        hold = Hold(*row)
        purse, _ = await _post(transaction, purse, hold, now_ns)
        ended = msgspec.structs.replace(hold, amount=hold.captured, counted=min(hold.counted, hold.calls))
        purse = await _keep(transaction, purse, hold, _posted(ended, EXPIRED))
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
        unposted=0,
        unposted_calls=0,
        budget=turn.budget,
        lineage=turn.lineage,
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


def _noted(hold: Hold, turn: Turn) -> Hold:
    """Say what a hold is once it is noted what a turn's calls cost."""
    return msgspec.structs.replace(
        hold,
        turns=turn.number,
        captured=hold.captured + turn.taken,
        overrun=hold.overrun + turn.overrun,
        calls=hold.calls + turn.calls,
        unposted=hold.unposted + turn.taken,
        unposted_calls=hold.unposted_calls + turn.calls,
        budget=turn.budget,
    )


def _after(noted: Hold, turn: Turn, room: Room) -> Hold:
    """Say what a hold becomes by a turn."""
    after = msgspec.structs.replace(
        noted,
        expires_ns=turn.expires_ns,
        amount=noted.captured + turn.kept + room.held,
        counted=noted.calls + turn.places + room.counted if turn.counted else 0,
    )
    return _posted(after, _state(after))


def _posted(hold: Hold, state: State) -> Hold:
    return msgspec.structs.replace(hold, state=state, unposted=0, unposted_calls=0)


def _state(hold: Hold) -> State:
    return HELD if hold.held or hold.counted > hold.calls else SETTLED


def _is_idle(hold: Hold, turn: Turn, after: Hold) -> bool:
    """Say whether there is nothing to be written: as when all calls that waited were refused."""
    same = after.amount == hold.amount and after.counted == hold.counted and not hold.unposted
    return same and not turn.calls and not turn.overrun and bool(turn.wanted or not hold.held)


async def _quota(transaction: Transaction, turn: Turn, noted: Hold) -> Quota | None:
    """Give what is left of the month's calls; None where calls are not counted, or none is asked for."""
    if not turn.counted or not (turn.wanted or turn.calls_ahead):
        return None
    back = noted.counted - noted.calls - turn.places
    used = await counts.of(transaction, noted.endpoint, noted.month_ns) - back
    others_hold = False
    if turn.calls_max is not None and used + len(turn.wanted) > turn.calls_max:
        rows = await transaction.rows(
            "SELECT coalesce(sum(counted - calls), 0) FROM billing_holds"
            " WHERE account = ?1 AND state = 'held' AND endpoint = ?2 AND month_ns = ?3",
            noted.endpoint,
            noted.month_ns,
        )
        others_hold = rows[0][0] > 0
    return Quota(noted.endpoint, turn.free_calls, turn.calls_max, used, others_hold)


async def _post(transaction: Transaction, purse: Wallet, hold: Hold, now_ns: int) -> tuple[Wallet, list[Cap]]:
    """Post what is noted in a hold; gives what the wallet becomes by it, and the caps that bind the hold."""
    bounds = await caps.of(transaction, hold.spender, hold.budget)
    if not hold.unposted:
        return purse, bounds
    paid = await credit.spend(transaction, purse, hold.unposted)
    posting = Posting(
        kind="capture",
        entries=(*paid, Entry(REVENUE, hold.unposted)),
        reference=f"{hold.id}/{hold.turns}",
        project=hold.project,
        key_id=hold.key_id,
        endpoint=hold.endpoint,
        price_version=hold.price_version,
        calls=hold.unposted_calls,
    )
    purse = msgspec.structs.replace(purse, held=purse.held - hold.unposted)
    purse = await post(transaction, purse, posting, now_ns)
    return purse, await caps.spend(transaction, bounds, purse, hold.spender, hold.unposted, now_ns)


async def _keep(transaction: Transaction, purse: Wallet, noted: Hold, after: Hold) -> Wallet:
    """Write what a hold becomes whose notes were posted; gives the wallet, which is written too."""
    await _save(transaction, after)
    if after.counted != noted.counted:
        await counts.move(transaction, noted.endpoint, noted.month_ns, after.counted - noted.counted)
    if after.held != noted.held or noted.unposted:
        held = after.held - noted.held - noted.unposted
        await caps.move(transaction, noted.spender, held, noted.unposted)
    purse = msgspec.structs.replace(purse, held=purse.held + after.held - noted.held)
    await wallet.save(transaction, purse)
    return purse


async def _save(transaction: Transaction, hold: Hold) -> None:
    await transaction.changed(
        f"INSERT INTO billing_holds (account, {_COLUMNS})"  # noqa: S608 - as above
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
        " ?20)"
        " ON CONFLICT (account, id) DO UPDATE SET expires_ns = excluded.expires_ns, state = excluded.state,"
        " turns = excluded.turns, amount = excluded.amount, captured = excluded.captured,"
        " overrun = excluded.overrun, counted = excluded.counted, calls = excluded.calls,"
        " unposted = excluded.unposted, unposted_calls = excluded.unposted_calls, budget = excluded.budget",
        *msgspec.structs.astuple(hold),
    )
