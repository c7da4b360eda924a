"""What databases say differently: JSON and dates inside records.

Expressions are about one record `r` of `db_records`. Paths and values are never written into them, but
bound: `?4` is the place of the fourth value. All dialects mean the same by each; tests hold them to it.
"""

from typing import ClassVar

from brickyard.services.db.order import STRING
from brickyard.services.db.path import Path
from brickyard.services.db.values import Values

ID_RANK = f"(0 + {STRING})"
"""A record's id is always a string. (A sum, as a bare number in ORDER BY would name a column.)"""


class Dialect(Values):
    """One statement's values, and one database's words for what is to be said with them.

    In a test, `{}` stands for what is tested. No condition is ever unknown.
    """

    joins_keep_order: ClassVar[bool]
    """Whether rows that are joined to sorted ones come in their order."""

    def place(self, path: Path) -> str:
        """Bind a path; gives what the other methods call the place of its value."""
        ...

    def number(self, number: float) -> str:
        """Bind a number to compare with."""
        ...

    def is_null(self, place: str) -> str:
        """Say whether there is null or nothing at a place."""
        ...

    def is_truth(self, place: str, truth: bool) -> str:  # noqa: FBT001 - a value of the query's
        """Say whether there is this truth at a place."""
        ...

    def where_text(self, place: str, test: str) -> str:
        """Say whether there is a string at a place that passes a test."""
        ...

    def where_number(self, place: str, test: str) -> str:
        """Say whether there is a number at a place that passes a test."""
        ...

    def has_text(self, place: str, text: str) -> str:
        """Say whether there is a list at a place with a bound string."""
        ...

    def has_number(self, place: str, number: str) -> str:
        """Say whether there is a list at a place with a number bound by `number`."""
        ...

    def has_truth(self, place: str, truth: bool) -> str:  # noqa: FBT001 - a value of the query's
        """Say whether there is a list at a place with this truth."""
        ...

    def has_null(self, place: str) -> str:
        """Say whether there is a list at a place with a null."""
        ...

    def contains_text(self, text: str, part: str) -> str:
        """Say whether a string has a substring."""
        ...

    def instant(self, text: str) -> str:
        """Give a string as milliseconds since 1970, null if it is not a date (see `instant.py`)."""
        ...

    def sort_terms(self, place: str) -> tuple[str, ...]:
        """Give what a value is put in order by: its type's rank, then the number, at last the string.

        The last two may be one term.
        """
        ...

    def sorted_text(self, text: str) -> str:
        """Give the part of a string that it is put in order by."""
        ...

    def members(self, array: str) -> str:
        """Give the integers of a bound JSON list as rows."""
        ...
