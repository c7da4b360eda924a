"""Where sealed values are kept: whoever keeps some says how they are gone through, and put back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from brickyard.engines.sql import Row, Sql, Value

Position = tuple[Value, ...]
"""A row's key, below the project."""


class Sealed(NamedTuple):
    """A sealed value."""

    at: Position
    """Whose row it stands in."""
    owner: str
    """For whom it is sealed."""
    value: bytes


class Page(NamedTuple):
    """Some values, in the order of their rows."""

    values: list[Sealed]
    last: Position | None
    """The last row that was looked at; None if there was none."""


class Place(Protocol):
    """All sealed values of one kind."""

    @property
    def start(self) -> Position:
        """Give what comes before the first row."""
        ...

    async def after(self, position: Position, limit: int) -> Page:
        """Give what the next `limit` rows hold."""
        ...

    async def put(self, found: Sealed, anew: bytes) -> bool:
        """Keep it sealed anew; False, and nothing is done, if it has changed since it was found."""
        ...


@dataclass(frozen=True)
class Column:
    """A column of a table: the usual kind of place."""

    sql: Sql
    start: Position
    page: str
    """Gives the rows after `start`'s many values, as many as the value after these says: first their keys."""
    put_back: str
    """Takes a row's key, the value as it stands and the value anew; gives a row if it changed one."""
    read: Callable[[Row], Sealed | None]
    """Gives what a row holds, if it is a sealed value."""
    form: Callable[[bytes], Value] = bytes
    """How a value is kept."""

    async def after(self, position: Position, limit: int) -> Page:
        """Give what the next rows hold."""
        rows = await self.sql.rows(self.page, *position, limit)
        values = [found for found in map(self.read, rows) if found is not None]
        return Page(values, rows[-1][: len(self.start)] if rows else None)

    async def put(self, found: Sealed, anew: bytes) -> bool:
        """Keep it sealed anew."""
        return bool(await self.sql.run(self.put_back, *found.at, self.form(found.value), self.form(anew)))
