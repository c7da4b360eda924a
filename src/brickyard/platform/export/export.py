"""An export, read a page at a time: never more of it is in memory, however much there is."""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from brickyard.contract import Exported, JsonObject
from brickyard.contract.export import Belongs
from brickyard.engines.sql import Page, Row, Sql, Value
from brickyard.platform.export.cursor import Place, place_of, text_of

PAGE_BYTES = 256 * 1024
"""What is read at once takes so many bytes, or is a single row."""
PAGE_ROWS = 500
REPLY_ROWS = 1000
"""Rows in one reply of what is exported by replies."""


class Part(msgspec.Struct, frozen=True):
    """Of whom to export what."""

    belongs: Belongs
    subject: str
    """The id of a tenant, a project or an account."""


class Line(msgspec.Struct, frozen=True):
    """One row, as it is told."""

    part: int
    """Whose it is: a place among the parts."""
    table: str
    row: JsonObject
    cursor: str
    """Where to go on after it."""


class Rows(msgspec.Struct, frozen=True):
    """Some rows, by table."""

    data: dict[str, Any]
    cursor: str
    """Where to go on; empty if that was all."""


class Export:
    """Everything that can be taken along."""

    def __init__(self, sql_for: Callable[[str], Sql], platform: str, tables: Sequence[Exported]) -> None:
        """Read `tables` by `sql_for`; those of the control plane belong to the project `platform`."""
        self._sql_for, self._platform, self.tables = sql_for, platform, tuple(tables)

    async def lines(self, parts: Sequence[Part], cursor: str) -> AsyncGenerator[Line]:
        """Give all rows of the parts, one part after the other; `BadRequest` if the cursor is none.

        Each page is read by itself: what is changed meanwhile may be given or not, and nothing twice.
        """
        tables = [self._of(part.belongs) for part in parts]
        place = place_of(cursor, tables)
        for number in range(place.part, len(parts)):
            for index in range(place.table, len(tables[number])):
                start = place if (number, index) == (place.part, place.table) else Place(number, index)
                async with aclosing(self._rows(parts[number], tables[number][index], start)) as lines:
                    async for line in lines:
                        yield line
            place = Place(number + 1)

    async def page(self, parts: Sequence[Part], cursor: str) -> Rows:
        """Give as many rows as go into a reply, with every table named."""
        data: dict[str, list[JsonObject]] = {
            table.title: [] for part in parts for table in self._of(part.belongs)
        }
        count, last = 0, ""
        async with aclosing(self.lines(parts, cursor)) as lines:
            async for line in lines:
                if count == REPLY_ROWS:
                    return Rows(data, last)
                data[line.table].append(line.row)
                count, last = count + 1, line.cursor
        return Rows(data, "")

    def _of(self, belongs: Belongs) -> list[Exported]:
        return [each for each in self.tables if each.belongs == belongs]

    async def _rows(self, part: Part, table: Exported, place: Place) -> AsyncGenerator[Line]:
        more = True
        while more:
            page = await self._page(part, table, place.key)
            for row in page.rows:
                key = row[: len(table.key)]
                after = Place(place.part, place.table, key)
                for line, now in _told(table, row, place, after):
                    yield Line(place.part, table.title, line, text_of(now))
                place = after
            more = page.more or len(page.rows) == PAGE_ROWS

    async def _page(self, part: Part, table: Exported, after: tuple[str | int, ...]) -> Page:
        subject: tuple[Value, ...] = (part.subject,) if table.whose else ()
        sql = self._sql_for(self._platform if table.whose else part.subject)
        statement = _statement(table, after=bool(after))
        return await sql.page(statement, *subject, *after, size_bytes=PAGE_BYTES)


def _told(table: Exported, row: Row, before: Place, after: Place) -> Iterator[tuple[JsonObject, Place]]:
    """Give the rows that one is told as, each with the place after it."""
    names = (*table.columns, *table.computed)
    lines = list(table.written(table.row(dict(zip(names, row[len(table.key) :], strict=True)))))
    for number, line in enumerate(lines, start=1):
        if number > before.skip:
            yield line, after if number == len(lines) else msgspec.structs.replace(before, skip=number)


def _statement(table: Exported, *, after: bool) -> str:
    key = ", ".join(table.key)
    told = (*table.columns, *(f'({sql}) AS "{name}"' for name, sql in table.computed.items()))
    conditions = [f"{table.bound_by} = ?1"]
    first = 2
    if table.whose:
        conditions.append(f"{table.whose} = ?2")
        first = 3
    if table.condition:
        conditions.append(table.condition)
    if after:
        places = ", ".join(f"?{number}" for number in range(first, first + len(table.key)))
        conditions.append(f"({key}) > ({places})")
    return (
        f"SELECT {', '.join((key, *told))} FROM {table.table} WHERE {' AND '.join(conditions)}"  # noqa: S608 - names of ours
        f" ORDER BY {key} LIMIT {PAGE_ROWS}"
    )
