"""How often a month an account calls an endpoint that has free calls, or a number of calls for a tier."""

from brickyard.engines.sql import Transaction


async def of(transaction: Transaction, endpoint: str, month_ns: int) -> int:
    """Give how many calls a month has."""
    rows = await transaction.rows(
        "SELECT calls FROM billing_counts WHERE account = ?1 AND endpoint = ?2 AND month_ns = ?3",
        endpoint,
        month_ns,
    )
    return rows[0][0] if rows else 0


async def move(transaction: Transaction, endpoint: str, month_ns: int, calls: int) -> None:
    """Count so many calls more, or less."""
    changed = await transaction.changed(
        "UPDATE billing_counts SET calls = calls + ?4 WHERE account = ?1 AND endpoint = ?2 AND month_ns = ?3",
        endpoint,
        month_ns,
        calls,
    )
    if not changed:
        await transaction.changed(
            "INSERT INTO billing_counts (account, endpoint, month_ns, calls) VALUES (?1, ?2, ?3, ?4)",
            endpoint,
            month_ns,
            calls,
        )
