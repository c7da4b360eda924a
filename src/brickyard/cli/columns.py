"""Which columns of a table fit a terminal: some are left out, rather than all made too narrow to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

LEAST_CHARS = 20
"""What a column of longer texts is folded to, and no further: a time in UTC fits."""
ID_MAX_CHARS = 40
"""An id that is kept in one piece, to be copied."""
FRAME_CHARS = 3
"""What a column takes besides its texts."""


@dataclass(frozen=True)
class Column:
    """A field of the objects in a list."""

    name: str
    heading: Text
    values: Sequence[Any]
    cells: Sequence[Text]
    """The values, as they are shown."""

    @property
    def width_chars(self) -> int:
        """How wide it is if nothing is folded."""
        return max(each.cell_len for each in (self.heading, *self.cells))

    @property
    def is_whole(self) -> bool:
        """Whether it is never folded."""
        return self.name == "id" and self.width_chars <= ID_MAX_CHARS

    @property
    def is_numeric(self) -> bool:
        """Whether all its values are numbers."""
        return all(isinstance(each, int | float) for each in self.values)

    @property
    def least_chars(self) -> int:
        """How narrow it may become."""
        return self.width_chars if self.is_whole else min(self.width_chars, LEAST_CHARS)

    @property
    def rank(self) -> int:
        """Who is left out first: the highest, what holds nothing; then what has to be folded."""
        if all(each is None or each in ("", [], {}) for each in self.values):
            return 2
        return int(self.least_chars < self.width_chars)


def fitting(columns: Sequence[Column], room_chars: int) -> list[Column]:
    """Choose those that fit next to each other, in their order; at least one."""
    left_chars, names = room_chars, set[str]()
    for each in sorted(columns, key=lambda each: each.rank):
        needed_chars = each.least_chars + FRAME_CHARS
        if needed_chars < left_chars or not names:
            left_chars -= needed_chars
            names.add(each.name)
    return [each for each in columns if each.name in names]
