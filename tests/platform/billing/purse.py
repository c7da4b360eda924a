"""One account's books, in a database of their own, and short ways to ask things of them."""

from itertools import count
from pathlib import Path
from typing import Any

from brickyard.contract import Money, usd
from brickyard.engines.clock import ManualClock
from brickyard.engines.sql import Sql
from brickyard.engines.sql.sqlite import SqliteEngine
from brickyard.platform.billing import alerts, audit, caps
from brickyard.platform.billing.alerts import Event
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.caps import Cap
from brickyard.platform.billing.holds import Hold, Turn
from brickyard.platform.billing.ledger import Record
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.room import Refusal
from brickyard.platform.billing.schema import MIGRATIONS
from brickyard.platform.billing.tiers import DEFAULT_TIER
from brickyard.platform.billing.wallet import Wallet

ACCOUNT, PROJECT, KEY, ENDPOINT = "acc_a", "prj_a", "key_a", "db.create"
FAR_NS = 2**62


class Purse:
    """An account with books, over a database that can be closed and opened again."""

    def __init__(self, file: Path, clock: ManualClock) -> None:
        self.file, self.clock = file, clock
        self._numbers = count(1)
        self.open()

    def open(self) -> None:
        self.engine = SqliteEngine(self.file)
        self.engine.migrate({"billing": MIGRATIONS})
        self.books = Books(self.engine.bound, self.clock)

    def close(self) -> None:
        self.engine.close()

    @property
    def sql(self) -> Sql:
        return self.engine.bound(ACCOUNT)

    async def top_up(self, dollars: str, reference: str = "") -> Record:
        reference = reference or f"pay_{next(self._numbers)}"
        return await self.books.top_up(ACCOUNT, Movement(amount=usd(dollars), reference=reference))

    async def grant(self, dollars: str, **terms: Any) -> Record:
        return await self.books.grant(ACCOUNT, Movement(amount=usd(dollars), **terms))

    async def hold(self, dollars: str, **terms: Any) -> Hold:
        """Have money held for one call, by the first turn of a hold of its own."""
        request = {
            "id": f"hold_{next(self._numbers)}",
            "number": 1,
            "project": PROJECT,
            "key_id": KEY,
            "endpoint": ENDPOINT,
            "price_version": "v1",
            "expires_ns": FAR_NS,
            "wanted": (usd(dollars),),
        }
        return await self.take(Turn(**(request | terms)))

    async def spend(self, dollars: str, **terms: Any) -> Hold:
        """Make a call that costs what is held for it."""
        return await self.settle(await self.hold(dollars, **terms), dollars)

    async def settle(self, hold: Hold, dollars: str) -> Hold:
        """Take what the call has cost, and give back the rest."""
        cost = usd(dollars)
        free = hold.held == 0
        taken = min(cost, hold.held)
        return await self.take(turn_after(hold, calls=1, taken=taken, overrun=0 if free else cost - taken))

    async def release(self, hold: Hold) -> Hold:
        """Give back all that is held."""
        return await self.take(turn_after(hold))

    async def take(self, turn: Turn, account: str = ACCOUNT) -> Hold:
        """Take a turn; a call that may not be made is raised."""
        outcome = await self.books.take(account, turn)
        for grant in outcome.grants:
            if isinstance(grant, Refusal):
                raise grant.problem
        return outcome.hold

    async def cap(self, dollars: str, key: str = "") -> None:
        await self.books.write(ACCOUNT, lambda transaction: caps.put(transaction, PROJECT, key, usd(dollars)))

    async def caps(self) -> list[Cap]:
        return await caps.every(self.sql, Month.of(self.clock.now_ns()))

    async def wallet(self) -> Wallet:
        return await self.books.balance(ACCOUNT)

    async def has(self) -> tuple[str, str]:
        """Give what is available and what is held, in dollars."""
        wallet = await self.wallet()
        return str(wallet.available), str(Money(wallet.held))

    async def transactions(self) -> list[Record]:
        """Give all transactions, oldest first."""
        return (await self.books.transactions(ACCOUNT, FAR_NS, 10_000))[::-1]

    async def last(self) -> Record:
        return (await self.transactions())[-1]

    async def entries(self, record: Record) -> dict[str, str]:
        rows = await self.sql.rows(
            "SELECT ledger_account, amount FROM billing_entries WHERE account = ?1 AND sequence = ?2",
            record.sequence,
        )
        return {name: str(Money(amount)) for name, amount in rows}

    async def events(self) -> list[Event]:
        return await alerts.unsent(self.sql)

    async def faults(self) -> list[str]:
        """Say what is wrong; what is noted and not posted yet stays so."""
        await self.books.open(ACCOUNT, DEFAULT_TIER)
        return await self.sql.transact(audit.faults)


def turn_after(hold: Hold, **what: Any) -> Turn:
    """Give the next turn of a hold, which does nothing but what it is told."""
    same = {
        name: getattr(hold, name)
        for name in ("id", "project", "key_id", "endpoint", "price_version", "expires_ns")
    }
    counted = {"free_calls": 1, "calls_max": 10**6} if hold.counted else {}
    return Turn(number=hold.turns + 1, **same, **(counted | what))
