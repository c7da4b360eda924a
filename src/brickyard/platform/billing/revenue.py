"""What came and went in all accounts: for operators only, since it goes through all books."""

from collections import defaultdict
from dataclasses import dataclass, field

from brickyard.platform.billing.books import Books
from brickyard.platform.billing.month import SECOND_NS

DAY_NS = 86_400 * SECOND_NS
COLUMN = {
    "capture": "spent",
    "refund": "refunded",
    "top_up": "paid_in",
    "chargeback": "paid_in",
    "grant": "granted",
    "expire": "granted",
    "adjust": "adjusted",
}
"""Where transactions of a kind are counted; a refund of a payment is one of `paid_in`."""

SUMS = (
    f"SELECT t.created_ns / {DAY_NS}, t.kind, coalesce(o.kind, ''),"  # noqa: S608 - our own text
    " coalesce(nullif(t.endpoint, ''), o.endpoint, ''), sum(t.calls), sum(t.amount)"
    " FROM billing_transactions t LEFT JOIN billing_transactions o"
    " ON o.account = t.account AND o.sequence = t.original AND t.original > 0"
    " WHERE t.account = ?1 AND t.created_ns >= ?2 AND t.created_ns < ?3 GROUP BY 1, 2, 3, 4"
)


@dataclass
class Sums:
    """Amounts in nano-dollars, each as it changed balances."""

    calls: int = 0
    spent: int = 0
    refunded: int = 0
    paid_in: int = 0
    granted: int = 0
    adjusted: int = 0

    def add(self, column: str, calls: int, amount: int) -> None:
        """Count transactions."""
        self.calls += calls
        setattr(self, column, getattr(self, column) + amount)


@dataclass
class Revenue:
    """Sums of all accounts."""

    days: dict[int, Sums] = field(default_factory=lambda: defaultdict(Sums))
    """By the day's number since 1970."""
    services: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    total: Sums = field(default_factory=Sums)
    balances: int = 0


async def revenue_of(books: Books, starts_ns: int, ends_ns: int) -> Revenue:
    """Add up what happened from one moment to another, and what all accounts have now."""
    revenue = Revenue()
    async for account in books.accounts():
        revenue.balances += (await books.balance(account)).balance
        rows = await (await books.sql(account)).rows(SUMS, starts_ns, ends_ns)
        for day, kind, corrected, endpoint, calls, amount in rows:
            column = "paid_in" if corrected == "top_up" else COLUMN[kind]
            service = str(endpoint).partition(".")[0]
            for sums in (revenue.days[day], revenue.total, *([revenue.services[service]] if service else [])):
                sums.add(column, int(calls), int(amount))
    return revenue
