"""What an account has: its cached balance, and the lock that keeps two who change it apart."""

import msgspec

from brickyard.contract import Internal, Money
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.platform.billing.schema import NEVER_NS
from brickyard.platform.billing.tiers import DEFAULT_TIER

_COLUMNS = "tier, balance, held, credit, credit_expires_ns, sequence, refilled, alert_below, alert_percents"


class Wallet(msgspec.Struct, frozen=True):
    """An account's money, all in nano-dollars. Who has it from `lock` may change it, until the commit."""

    tier: str
    balance: int
    """What it has, credit included."""
    held: int
    """What of that is set aside for calls under way."""
    credit: int
    """What of the balance was granted: it may expire, and is spent first."""
    credit_expires_ns: int
    """When the next credit expires."""
    sequence: int
    """The number of its newest transaction."""
    refilled: int
    """The number of the newest transaction that raised the balance."""
    alert_below: int
    """The balance below which the owner wants to hear; 0 for none."""
    alert_percents: str
    """At which parts of a cap the owner wants to hear: `50,75,100`."""

    @property
    def available(self) -> Money:
        """What can be spent now."""
        return Money(self.balance - self.held)

    @property
    def cash(self) -> int:
        """What was paid for."""
        return self.balance - self.credit


async def open_account(transaction: Transaction, tier: str = DEFAULT_TIER) -> None:
    """Begin an account's books, if it has none yet."""
    await transaction.changed(
        f"INSERT INTO billing_accounts (account, {_COLUMNS})"  # noqa: S608 - a constant of this file
        f" VALUES (?1, ?2, 0, 0, 0, {NEVER_NS}, 0, 0, 0, '50,75,100') ON CONFLICT (account) DO NOTHING",
        tier,
    )


async def lock(transaction: Transaction) -> Wallet:
    """Give the account's wallet, for this transaction alone.

    The update changes nothing. It makes whoever comes second wait on a database that runs transactions side
    by side, so that all that follows can read, decide and write.
    """
    rows = await transaction.rows(
        f"UPDATE billing_accounts SET held = held WHERE account = ?1 RETURNING {_COLUMNS}"  # noqa: S608 - as above
    )
    return _wallet(rows[0] if rows else None)


async def save(transaction: Transaction, wallet: Wallet) -> None:
    """Keep what a locked wallet has become."""
    await transaction.changed(
        "UPDATE billing_accounts SET tier = ?2, balance = ?3, held = ?4, credit = ?5, credit_expires_ns = ?6,"
        " sequence = ?7, refilled = ?8, alert_below = ?9, alert_percents = ?10 WHERE account = ?1",
        *msgspec.structs.astuple(wallet),
    )


async def look(sql: Sql) -> Wallet:
    """Give the account's wallet as it stands, to be read only."""
    return _wallet(await sql.point(f"SELECT {_COLUMNS} FROM billing_accounts WHERE account = ?1"))  # noqa: S608 - as above


def _wallet(row: Row | None) -> Wallet:
    if row is None:
        raise Internal("The account has no books: they are opened before they are written in.")
    return Wallet(*row)
