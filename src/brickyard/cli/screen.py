"""Replies as people read them on a terminal."""

import json
from typing import Any, cast

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text

from brickyard.cli.plain import visible

COLUMNS_MAX = 10
"""Columns of a table; wider objects are shown as JSON."""

ID_MAX = 40
"""Characters of an id that is kept in one piece, to be copied."""

Object = dict[str, Any]


def show(reply: Object) -> None:
    """Show a reply: lists of objects as tables, the rest by name."""
    console = Console(highlight=False)
    tables = {name: each for name, each in reply.items() if _is_table(each)}
    rest = {name: each for name, each in reply.items() if name not in tables}
    if rest:
        console.print(_sheet(rest))
    for name, rows in tables.items():
        console.print(_table(name, rows))
    if not reply:
        console.print("done", style="green")


def show_line(message: Object) -> None:
    """Show one message of a stream on a line of its own."""
    Console(highlight=False).print(JSONHighlighter()(_json(message)), soft_wrap=True)


def _is_table(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    rows = cast("list[Any]", value)
    return all(isinstance(each, dict) for each in rows) and len(_columns(rows)) <= COLUMNS_MAX


def _columns(rows: list[Object]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _table(name: str, rows: list[Object]) -> Table:
    table = Table(
        title=Text(visible(name), style="bold"),
        title_justify="left",
        header_style="bold cyan",
        box=SIMPLE_HEAD,
    )
    columns = _columns(rows)
    for each in columns:
        numeric = all(isinstance(row.get(each), int | float) for row in rows)
        whole = each == "id" and all(len(str(row.get(each))) <= ID_MAX for row in rows)
        table.add_column(
            Text(visible(each)), justify="right" if numeric else "left", overflow="fold", no_wrap=whole
        )
    for row in rows:
        table.add_row(*(_cell(row[each]) if each in row else Text() for each in columns))
    return table


def _sheet(values: Object) -> Table:
    sheet = Table.grid(padding=(0, 2))
    sheet.add_column(style="bold cyan", no_wrap=True)
    sheet.add_column(overflow="fold")
    for name, each in values.items():
        sheet.add_row(Text(visible(name)), _value(each))
    return sheet


def _value(value: Any) -> Any:
    if isinstance(value, dict) and value:
        return _sheet(cast("Object", value))
    if isinstance(value, list) and any(isinstance(each, dict | list) for each in cast("list[Any]", value)):
        return JSONHighlighter()(visible(json.dumps(value, ensure_ascii=False, indent=2)))
    return _cell(value)


def _cell(value: Any) -> Text:
    if isinstance(value, str):
        return Text(visible(value))
    if value is None or value in ([], {}):
        return Text("none" if value is None else "empty", style="dim")
    if isinstance(value, list) and all(isinstance(each, str) for each in cast("list[Any]", value)):
        return Text(visible(", ".join(cast("list[str]", value))))
    return Text(_json(value))


def _json(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False))
