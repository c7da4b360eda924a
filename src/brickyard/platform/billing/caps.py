"""Spending caps a month, of a project or of one of its keys.

What a month has held and spent is a row, written for every project and key, capped or not: a cap set in the
middle of a month counts what came before. A row for a new month is made by its first call.

Rows of keys are by lineage, so that keys which take each other's place have one cap between them.
"""

import msgspec

from brickyard.contract import Money
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.billing import alerts
from brickyard.platform.billing.alerts import Event
from brickyard.platform.billing.month import SECOND_NS, Month
from brickyard.platform.billing.wallet import Wallet

PERCENT = 100
CLOSED = -1
"""The amount of what stands in place of a project's caps when another account pays for it (`handover.py`)."""


class Cap(msgspec.Struct, frozen=True):
    """A cap, and how far its month has come."""

    project: str
    key_id: str
    """The lineage of a key; empty for the whole project."""
    amount: int
    """What may be spent a month, in nano-dollars."""
    held: int
    spent: int

    @property
    def left(self) -> Money:
        """What may still be spent this month; nothing, if the cap was lowered below what was spent."""
        return Money(max(0, self.amount - self.held - self.spent))

    @property
    def closed(self) -> bool:
        """Whether nothing may be spent here any more, because another account pays."""
        return self.amount == CLOSED

    def episode(self, month_ns: int) -> int:
        """Say on which occasion parts of it are told of: once a month for each amount that it is set at.

        It is a moment in the first second of the month that begins at `month_ns`.
        """
        return month_ns + self.amount % (SECOND_NS - 1)

    @property
    def subject(self) -> str:
        """Name what is capped, as events do."""
        return f"{self.project}/{self.key_id}" if self.key_id else self.project


class Spender(msgspec.Struct, frozen=True):
    """On whose behalf money is spent, and in which month."""

    project: str
    lineage: str
    """Under which key's id a key's spending is counted (`key/record.py`); empty for calls without a key."""
    month_ns: int

    @property
    def windows(self) -> list[tuple[str, str, int]]:
        """Give the keys of the rows that count: the project's, and the key's if there is one."""
        keys = ("", self.lineage) if self.lineage else ("",)
        return [(self.project, key, self.month_ns) for key in keys]


_SELECT = (
    "SELECT c.project, c.key_id, c.amount, coalesce(w.held, 0), coalesce(w.spent + w.carried, 0)"
    " FROM billing_caps c"
    " LEFT JOIN billing_windows w ON w.account = c.account AND w.project = c.project"
    " AND w.key_id = c.key_id AND w.month_ns = ?2 WHERE c.account = ?1"
)


async def of(transaction: Transaction, spender: Spender, budget: int | None = None) -> list[Cap]:
    """Give the caps that bind a spender; `budget` is what its key may spend besides."""
    rows = await transaction.rows(
        f"{_SELECT} AND c.project = ?3 AND c.key_id IN ('', ?4)",
        spender.month_ns,
        spender.project,
        spender.lineage,
    )
    bounds = [Cap(*row) for row in rows]
    if budget is not None:
        rows = await transaction.rows(
            "SELECT held, spent + carried FROM billing_windows"
            " WHERE account = ?1 AND project = ?2 AND key_id = ?3 AND month_ns = ?4",
            spender.project,
            spender.lineage,
            spender.month_ns,
        )
        held, spent = rows[0] if rows else (0, 0)
        bounds.append(Cap(spender.project, spender.lineage, budget, held, spent))
    return bounds


async def move(transaction: Transaction, spender: Spender, held: int, spent: int) -> None:
    """Count so much more as held, or less, and so much as spent.

    Whether the caps allow it was looked at before, under the same lock.
    """
    for window in spender.windows:
        changed = await transaction.changed(
            "UPDATE billing_windows SET held = held + ?5, spent = spent + ?6"
            " WHERE account = ?1 AND project = ?2 AND key_id = ?3 AND month_ns = ?4",
            *window,
            held,
            spent,
        )
        if not changed:
            await transaction.changed(
                "INSERT INTO billing_windows (account, project, key_id, month_ns, held, spent)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                *window,
                held,
                spent,
            )


async def spend(
    transaction: Transaction, bounds: list[Cap], wallet: Wallet, spender: Spender, spent: int, now_ns: int
) -> list[Cap]:
    """Tell of the parts of caps that are reached by `spent` of what was held; gives what caps become."""
    percents = [int(each) for each in wallet.alert_percents.split(",") if each]
    after = [msgspec.structs.replace(cap, held=cap.held - spent, spent=cap.spent + spent) for cap in bounds]
    for before, cap in zip(bounds, after, strict=True):
        for percent in percents:
            if before.spent * PERCENT < cap.amount * percent <= cap.spent * PERCENT:
                event = Event("cap", cap.subject, cap.episode(spender.month_ns), percent, cap.spent, now_ns)
                await alerts.emit(transaction, event)
    return after


async def set_at(transaction: Transaction, project: str, key_id: str) -> int | None:
    """Give what a cap is set at; None if there is none."""
    rows = await transaction.rows(
        "SELECT amount FROM billing_caps WHERE account = ?1 AND project = ?2 AND key_id = ?3", project, key_id
    )
    return rows[0][0] if rows else None


async def put(transaction: Transaction, project: str, key_id: str, amount: int) -> None:
    """Set a cap, or another in its place."""
    await transaction.changed(
        "INSERT INTO billing_caps (account, project, key_id, amount) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (account, project, key_id) DO UPDATE SET amount = excluded.amount",
        project,
        key_id,
        amount,
    )


async def remove(transaction: Transaction, project: str, key_id: str) -> None:
    """Remove a cap, if there is one."""
    await transaction.changed(
        "DELETE FROM billing_caps WHERE account = ?1 AND project = ?2 AND key_id = ?3", project, key_id
    )


async def every(sql: Sql, month: Month, project: str = "") -> list[Cap]:
    """Give the account's caps, or those of one project, with what the month has held and spent."""
    rows = await sql.rows(f"{_SELECT} ORDER BY c.project, c.key_id", month.starts_ns)
    caps = [Cap(*row) for row in rows]
    return [cap for cap in caps if project in ("", cap.project) and not cap.closed]


async def is_set(sql: Sql, project: str, lineage: str) -> bool:
    """Say whether a key's lineage has a cap."""
    row = await sql.point(
        "SELECT 1 FROM billing_caps WHERE account = ?1 AND project = ?2 AND key_id = ?3", project, lineage
    )
    return row is not None
