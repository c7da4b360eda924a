"""A month of an account: what it began with, what came and went, what it ended with."""

from collections.abc import Mapping

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
    project_name: str = ""
    """What the project is called; empty if it is no more."""


class Movement(msgspec.Struct, frozen=True):
    """Money that came or went otherwise."""

    sequence: int
    kind: str
    reason: str
    amount: Money
    created_ns: int


class Statement(msgspec.Struct, frozen=True):
    """A month of an account, or of one of its projects."""

    account: str
    month: Month
    opening: Money
    """The balance when the month began, credit included."""
    usage: list[Usage]
    movements: list[Movement]
    project: str = ""
    """The project that it is of; empty for all that the account pays for. It has no balance of its own: what
    it began with is 0, and what it ended with is what the month came to."""

    def named(self, names: Mapping[str, str]) -> "Statement":
        """Give it with what its projects are called, by id."""
        usage = [
            msgspec.structs.replace(each, project_name=names.get(each.project, "")) for each in self.usage
        ]
        return msgspec.structs.replace(self, usage=usage)

    @property
    def spent(self) -> Money:
        """Give what calls cost, as a positive amount."""
        return Money(-sum(each.amount for each in self.usage))

    @property
    def closing(self) -> Money:
        """Give the balance when the month ended, or now."""
        return Money(self.opening - self.spent + sum(each.amount for each in self.movements))


_THIS_MONTH = "WHERE account = ?1 AND created_ns >= ?2 AND created_ns < ?3 AND ?4 IN ('', project)"
_BEFORE = "SELECT coalesce(sum(amount), 0) FROM billing_transactions WHERE account = ?1 AND created_ns < ?2"


async def statement_of(sql: Sql, account: str, month: Month, project: str = "") -> Statement:
    """Draw up a month of an account, or of one of its projects. `sql` is bound to the account."""
    before = [(0,)] if project else await sql.rows(_BEFORE, month.starts_ns)
    usage = await sql.rows(
        f"SELECT project, endpoint, sum(calls), sum(amount) FROM billing_transactions {_THIS_MONTH}"  # noqa: S608 - a constant of this file
        " AND kind = 'capture' GROUP BY project, endpoint ORDER BY project, endpoint",
        month.starts_ns,
        month.ends_ns,
        project,
    )
    movements = await sql.rows(
        f"SELECT sequence, kind, reason, amount, created_ns FROM billing_transactions {_THIS_MONTH}"  # noqa: S608 - as above
        " AND kind <> 'capture' ORDER BY sequence",
        month.starts_ns,
        month.ends_ns,
        project,
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
        project=project,
    )
