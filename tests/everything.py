"""Everything that a cloud has in its database, whosever it is."""

from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import zstandard

from brickyard.app import Application
from brickyard.engines.sql import Dialect
from brickyard.platform.key.schema import PLATFORM

COLUMNS: dict[Dialect, str] = {
    "sqlite": (
        "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND ?1 <> '' ORDER BY m.name, c.cid"
    ),
    "postgresql": (
        "SELECT table_name::text, column_name::text FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND ?1 <> '' ORDER BY table_name, ordinal_position"
    ),
}


class Column(NamedTuple):
    """A column of a table."""

    table: str
    name: str


async def everything(application: Application) -> dict[Column, list[Any]]:
    """Give what stands in every column of every table."""
    sql, found = application.sql.bound(PLATFORM), dict[Column, list[Any]]()
    for table, columns in groupby(await sql.rows(COLUMNS[sql.dialect]), key=itemgetter(0)):
        rows = await sql.rows(f"SELECT * FROM \"{table}\" WHERE ?1 <> ''")
        for place, (_, name) in enumerate(columns):
            found[Column(table, name)] = [row[place] for row in rows]
    return found


def text_of(value: Any) -> str:
    """Give a value as text: also of what is packed, and of bytes that are none."""
    if isinstance(value, bytes):
        if value.startswith(zstandard.FRAME_HEADER):
            value = zstandard.ZstdDecompressor().decompress(value, max_output_size=2**24)
        return value.decode("latin-1")
    return str(value)
