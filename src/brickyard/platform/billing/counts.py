"""How often a month an account calls an endpoint that has free calls, or a number of calls for a tier."""

from brickyard.engines.sql import Transaction


async def add(transaction: Transaction, endpoint: str, month_ns: int) -> int:
    """Count one more call; gives the number it has in its month, from 1."""
    rows = await transaction.rows(
        "INSERT INTO billing_counts (account, endpoint, month_ns, calls) VALUES (?1, ?2, ?3, 1)"
        " ON CONFLICT (account, endpoint, month_ns) DO UPDATE SET calls = billing_counts.calls + 1"
        " RETURNING calls",
        endpoint,
        month_ns,
    )
    return rows[0][0]


async def take_back(transaction: Transaction, endpoint: str, month_ns: int) -> None:
    """Count one call less: it failed."""
    await transaction.changed(
        "UPDATE billing_counts SET calls = calls - 1 WHERE account = ?1 AND endpoint = ?2 AND month_ns = ?3",
        endpoint,
        month_ns,
    )
