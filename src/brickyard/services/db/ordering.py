"""An order as SQL, computed from the records themselves; what no index has in order is sorted by this."""

from brickyard.services.db import dialect
from brickyard.services.db.cursor import Position
from brickyard.services.db.order import Direction, Order, SortValue
from brickyard.services.db.path import Path
from brickyard.services.db.values import Values


class Ordering:
    """The order of one read. Records alike in it come in the order of insertion."""

    def __init__(self, order: Order, values: Values, *, newest_first: bool) -> None:
        """Bind an order's paths; `newest_first` turns the order of insertion around."""
        self._values = values
        self._terms: list[tuple[tuple[str, str], Direction]] = [
            (self._expressions(term.path), term.direction) for term in order
        ]
        self._newest_first = newest_first

    def text(self) -> str:
        """Give what goes after ORDER BY."""
        parts = [
            f"{expression}{' DESC' if direction == 'desc' else ''}"
            for expressions, direction in self._terms
            for expression in expressions
        ]
        return ", ".join([*parts, "r.seq DESC" if self._newest_first else "r.seq"])

    def after(self, position: Position) -> str:
        """Say that a record comes after the position."""
        condition = f"r.seq {'<' if self._newest_first else '>'} {self._values.bind(position.seq)}"
        for (expressions, direction), value in reversed(list(zip(self._terms, position.values, strict=True))):
            beyond, alike = self._compared(expressions, direction, value)
            condition = f"({beyond} OR ({alike} AND {condition}))"
        return condition

    def _expressions(self, path: Path) -> tuple[str, str]:
        if path.is_id:
            return dialect.ID_RANK, dialect.sorted_text("r.id")
        place = self._values.bind(dialect.path_value(path))
        return dialect.sort_rank(place), dialect.sort_value(place)

    def _compared(
        self, expressions: tuple[str, str], direction: Direction, value: SortValue
    ) -> tuple[str, str]:
        """Give the conditions that a record is beyond the value, and that it has the value."""
        sign = "<" if direction == "desc" else ">"
        by_rank, by_value = expressions
        rank, content = value
        rank_place = self._values.bind(rank)
        beyond, alike = f"{by_rank} {sign} {rank_place}", f"{by_rank} = {rank_place}"
        if content is None:
            return beyond, alike
        place = self._values.bind(content)
        return f"({beyond} OR ({alike} AND {by_value} {sign} {place}))", f"({alike} AND {by_value} = {place})"
