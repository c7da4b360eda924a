"""An order as SQL, computed from the records themselves; what no index has in order is sorted by this."""

from brickyard.services.db.cursor import Position
from brickyard.services.db.dialect import ID_RANK, Dialect
from brickyard.services.db.order import Direction, Order, SortValue
from brickyard.services.db.path import Path


class Ordering:
    """The order of one read. Records alike in it come in the order of insertion."""

    def __init__(self, order: Order, speech: Dialect, *, newest_first: bool) -> None:
        """Bind an order's paths; `newest_first` turns the order of insertion around."""
        self._speech = speech
        self._terms: list[tuple[tuple[str, ...], Direction]] = [
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

    def after(self, position: Position | None) -> list[str]:
        """Say that a record comes after the position, if there is one."""
        if position is None:
            return []
        condition = f"r.seq {'<' if self._newest_first else '>'} {self._speech.bind(position.seq)}"
        for (expressions, direction), value in reversed(list(zip(self._terms, position.values, strict=True))):
            beyond, alike = self._compared(expressions, direction, value)
            condition = f"({beyond} OR ({alike} AND {condition}))"
        return [condition]

    def _expressions(self, path: Path) -> tuple[str, ...]:
        if path.is_id:
            return ID_RANK, self._speech.sorted_text("r.id")
        return self._speech.sort_terms(self._speech.place(path))

    def _compared(
        self, expressions: tuple[str, ...], direction: Direction, value: SortValue
    ) -> tuple[str, str]:
        """Give the conditions that a record is beyond the value, and that it has the value."""
        sign = "<" if direction == "desc" else ">"
        by_rank = expressions[0]
        rank, content = value
        rank_place = self._speech.bind(rank)
        beyond, alike = f"{by_rank} {sign} {rank_place}", f"{by_rank} = {rank_place}"
        if content is None:
            return beyond, alike
        if isinstance(content, str):
            by_value, place = expressions[-1], self._speech.bind(content)
        else:
            by_value, place = expressions[1], self._speech.number(content)
        return f"({beyond} OR ({alike} AND {by_value} {sign} {place}))", f"({alike} AND {by_value} = {place})"
