"""A month of an account: what it began with, what came and went, what it ended with."""

import msgspec

from brickyard.contract import Money
from brickyard.engines.sql import Sql
from brickyard.platform.billing.month import Month


class Usage(msgspec.Struct, frozen=True):
    """What the calls of one endpoint cost one project."""

    project: str
    endpoint: str
    calls: int
    amount: Money
    """By how much they changed the balance: negative."""


class Movement(msgspec.Struct, frozen=True):
    """Money that came or went otherwise."""

    sequence: int
    kind: str
    reason: str
    amount: Money
    created_ns: int


class Statement(msgspec.Struct, frozen=True):
    """An account's month."""

    account: str
    month: Month
    opening: Money
    """The balance when the month began, credit included."""
    usage: list[Usage]
    movements: list[Movement]

    @property
    def spent(self) -> Money:
        """Give what calls cost, as a positive amount."""
        return Money(-sum(each.amount for each in self.usage))

    @property
    def closing(self) -> Money:
        """Give the balance when the month ended, or now."""
        return Money(self.opening - self.spent + sum(each.amount for each in self.movements))


_THIS_MONTH = "WHERE account = ?1 AND created_ns >= ?2 AND created_ns < ?3"


async def statement_of(sql: Sql, account: str, month: Month) -> Statement:
    """Draw up an account's month from its transactions. `sql` is bound to the account."""
    before = await sql.rows(
        "SELECT coalesce(sum(amount), 0) FROM billing_transactions WHERE account = ?1 AND created_ns < ?2",
        month.starts_ns,
    )
    usage = await sql.rows(
        f"SELECT project, endpoint, sum(calls), sum(amount) FROM billing_transactions {_THIS_MONTH}"  # noqa: S608 - a constant of this file
        " AND kind = 'capture' GROUP BY project, endpoint ORDER BY project, endpoint",
        month.starts_ns,
        month.ends_ns,
    )
    movements = await sql.rows(
        f"SELECT sequence, kind, reason, amount, created_ns FROM billing_transactions {_THIS_MONTH}"  # noqa: S608 - as above
        " AND kind <> 'capture' ORDER BY sequence",
        month.starts_ns,
        month.ends_ns,
    )
    return Statement(
        account=account,
        month=month,
        opening=Money(before[0][0]),
        usage=[Usage(project, name, int(calls), Money(amount)) for project, name, calls, amount in usage],
        movements=[
            Movement(number, kind, reason, Money(amount), created_ns)
            for number, kind, reason, amount, created_ns in movements
        ],
    )
