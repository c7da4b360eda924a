"""The books of all accounts: every change of money is a method here, and one transaction of its account's."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from brickyard.contract import Problem, Unavailable
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.billing import credit, holds, movements, wallet
from brickyard.platform.billing.holds import Lapsed, Outcome, Turn
from brickyard.platform.billing.ledger import COLUMNS, Kind, Record, record
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.schema import NEVER_NS
from brickyard.platform.billing.wallet import Wallet

Result = TypeVar("Result")

OPENED_MAX = 50_000
"""Accounts that are known to have books, and need not be asked again."""
MISTAKES = (ValueError, TypeError, LookupError, AssertionError)
"""What our own code raises when it is wrong: no failure of the store's, and nothing to be tried again."""
DIRECTORY = "platform"
"""The project to whose tables the directory of accounts belongs."""


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which transactions are looked for: those that fit everything given."""

    kind: str = ""
    """One of the ledger's kinds; empty for all."""
    project: str = ""
    """Whose calls they were for; empty for all."""
    from_ns: int = 0
    to_ns: int = NEVER_NS
    """Written from one moment until before the other."""


ALL = Sought()


class Books:
    """Everybody's money. `sql_for` gives the database bound to an account.

    Whatever goes wrong in the store is `Unavailable` here: no call is free because it could not be counted.
    """

    def __init__(self, sql_for: Callable[[str], Sql], clock: Clock) -> None:
        """Keep books in what `sql_for` gives, with the time told by `clock`."""
        self._sql_for, self._clock = sql_for, clock
        self._opened: set[str] = set()

    async def take(self, account: str, turn: Turn) -> Outcome:
        """Take a turn of a hold; see `holds.take`. Calls that may not be made are refused in its outcome."""

        async def work(transaction: Transaction) -> Outcome:
            return await holds.take(transaction, turn, self._clock.now_ns())

        with unavailable():
            sql = await self._begun(account)
            noted = await holds.note(sql, turn) if turn.noted else None
            return noted or await sql.transact(work)

    async def expire_due(self, account: str) -> int:
        """Give back what an account has held beyond its time; gives how many holds that were."""

        async def work(transaction: Transaction) -> int:
            return await holds.expire_due(transaction, self._clock.now_ns())

        ended = 0
        with unavailable():
            sql = await self.sql(account)
            while await holds.any_due(sql, self._clock.now_ns()):
                ended += await self.write(account, work)
        return ended

    async def tidy(self, account: str) -> int:
        """End what is over in an account's books, holds and credit; gives how many holds that were."""
        ended = await self.expire_due(account)
        await self.balance(account)
        return ended

    async def top_up(self, account: str, movement: Movement) -> Record:
        """Take in a payment, once under its processor's reference."""
        return await self.move(account, "top_up", movement)

    async def grant(self, account: str, movement: Movement) -> Record:
        """Give credit."""
        return await self.move(account, "grant", movement)

    async def adjust(self, account: str, movement: Movement) -> Record:
        """Put a balance right, up or down; `Conflict` if less is there than is to be taken."""
        return await self.move(account, "adjust", movement)

    async def refund(self, account: str, movement: Movement) -> Record:
        """Give back what a call cost, or what was paid in; see `movements.refund`."""
        return await self.move(account, "refund", movement)

    async def chargeback(self, account: str, movement: Movement) -> Record:
        """Give up a payment that its payer took back; see `movements.chargeback`."""
        return await self.move(account, "chargeback", movement)

    async def balance(self, account: str) -> Wallet:
        """Give what an account has now, without the credit whose time is over."""
        with unavailable():
            seen = await wallet.look(await self.sql(account))
        if seen.credit_expires_ns > self._clock.now_ns():
            return seen

        async def work(transaction: Transaction) -> Wallet:
            purse = await credit.expire(transaction, await wallet.lock(transaction), self._clock.now_ns())
            await wallet.save(transaction, purse)
            return purse

        return await self.write(account, work)

    async def found(self, account: str) -> Wallet | None:
        """Give what an account has now; None if it has no books, and none are begun for it."""
        with unavailable():
            row = await self._sql_for(account).point("SELECT 1 FROM billing_accounts WHERE account = ?1")
        return None if row is None else await self.balance(account)

    async def transactions(self, account: str, before: int, limit: int, sought: Sought = ALL) -> list[Record]:
        """Give an account's transactions, newest first: `limit` of those whose number is below `before`."""
        # An index serves a project's: only where the statement is plain.
        of_project, which = ("AND project = ?7", (sought.project,)) if sought.project else ("", ())
        with unavailable():
            rows = await (await self.sql(account)).rows(
                f"SELECT {COLUMNS} FROM billing_transactions WHERE account = ?1 AND sequence < ?2"  # noqa: S608 - constants of the ledger's and this method's
                f" AND (?4 = '' OR kind = ?4) AND created_ns >= ?5 AND created_ns < ?6 {of_project}"
                " ORDER BY sequence DESC LIMIT ?3",
                before,
                limit,
                sought.kind,
                sought.from_ns,
                sought.to_ns,
                *which,
            )
        return [record(row) for row in rows]

    async def configure(self, account: str, change: Callable[[Wallet], Wallet]) -> Wallet:
        """Change an account's settings: its tier and what it wants to hear of. Gives what they are now."""

        async def work(transaction: Transaction) -> Wallet:
            purse = change(await wallet.lock(transaction))
            await wallet.save(transaction, purse)
            return purse

        return await self.write(account, work)

    async def open(self, account: str, tier: str) -> None:
        """Begin an account's books in a tier; nothing if it has books."""
        directory = self._sql_for(DIRECTORY)

        async def work(transaction: Transaction) -> None:
            await wallet.open_account(transaction, tier)

        # The directory first: whoever falls in between leaves a name without books, which hurts nobody.
        await directory.run(
            "INSERT INTO billing_directory (project, account) VALUES (?1, ?2)"
            " ON CONFLICT (project, account) DO NOTHING",
            account,
        )
        await self._sql_for(account).transact(work)
        if len(self._opened) >= OPENED_MAX:
            self._opened.clear()
        self._opened.add(account)

    async def accounts(self, page: int = 500) -> AsyncIterator[str]:
        """Give every account that has books, in order."""
        last = ""
        while accounts := await self.accounts_after(last, page):
            for account in accounts:
                yield account
            last = accounts[-1]

    async def accounts_after(self, account: str, limit: int) -> list[str]:
        """Give the next accounts that have books."""
        rows = await self._sql_for(DIRECTORY).rows(
            "SELECT account FROM billing_directory WHERE project = ?1 AND account > ?2"
            " ORDER BY account LIMIT ?3",
            account,
            limit,
        )
        return [row[0] for row in rows]

    async def sql(self, account: str) -> Sql:
        """Give an account's database, its books begun, and posted in them what calls have cost until now."""

        async def work(transaction: Transaction) -> int:
            return await holds.post_noted(transaction, self._clock.now_ns())

        with unavailable():
            sql = await self._begun(account)
            # What is noted meanwhile is not waited for: where calls come all the time, there always is some.
            while await holds.any_noted(sql) and await sql.transact(work) == holds.TOGETHER:
                pass
        return sql

    async def _begun(self, account: str) -> Sql:
        if account not in self._opened:
            await self.open(account, wallet.DEFAULT_TIER)
        return self._sql_for(account)

    async def write(self, account: str, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """Do `work` in one transaction of an account's; a failure of the store's is `Unavailable`."""
        with unavailable():
            return await (await self.sql(account)).transact(work)

    async def move(self, account: str, kind: Kind, movement: Movement) -> Record:
        """Move money other than by calls, once under its reference; see `movements`."""

        async def work(transaction: Transaction) -> Record:
            purse = await wallet.lock(transaction)
            purse, made = await movements.once(transaction, purse, kind, movement, self._clock.now_ns())
            await wallet.save(transaction, purse)
            return made

        return await self.write(account, work)


@contextmanager
def unavailable() -> Generator[None]:
    """Make `Unavailable` of what a store raises; what our own code raises stays what it is."""
    try:
        yield
    except (Problem, Lapsed, *MISTAKES):
        raise
    except Exception as error:
        raise Unavailable("The books cannot be kept right now; nothing was done. Try again.") from error
