"""How what tables hold counts among what a project keeps: records, their text, and the keys in indexes."""

from collections.abc import Sequence

from brickyard.engines.sql import Row, Transaction

KIND = "db"
"""What records count as, of what a project keeps."""


def records_gone(tx: Transaction, rows: Sequence[Row]) -> int:
    """Note that records were removed, whose sizes are given; gives how many these were."""
    if rows:
        tx.keeps(KIND, -len(rows), -sum(size for (size,) in rows))
    return len(rows)


def keys_gone(tx: Transaction, rows: Sequence[Row]) -> int:
    """Note that keys were removed from an index, as above."""
    if rows:
        tx.keeps(KIND, 0, -sum(size for (size,) in rows))
    return len(rows)
