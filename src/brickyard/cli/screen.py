"""Replies as people read them on a terminal."""

import json
from typing import Any, cast

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text

from brickyard.cli.columns import Column, fitting
from brickyard.cli.plain import visible

Object = dict[str, Any]


def show(reply: Object) -> None:
    """Show a reply: lists of objects as tables, the rest by name."""
    console = Console(highlight=False)
    tables = {name: each for name, each in reply.items() if _is_table(each)}
    rest = {name: each for name, each in reply.items() if name not in tables}
    if rest:
        console.print(_sheet(rest))
    for name, rows in tables.items():
        _show_table(console, name, rows)
    if not reply:
        console.print("done", style="green")


def show_line(message: Object) -> None:
    """Show one message of a stream on a line of its own."""
    Console(highlight=False).print(JSONHighlighter()(_json(message)), soft_wrap=True)


def _is_table(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(each, dict) for each in cast("list[Any]", value))


def _show_table(console: Console, name: str, rows: list[Object]) -> None:
    columns = [_column(each, rows) for each in dict.fromkeys(name for row in rows for name in row)]
    shown = fitting(columns, console.width)
    console.print(_table(name, shown))
    if left_out := [each.name for each in columns if each not in shown]:
        note = f"Not shown: {', '.join(left_out)}. `--json` shows all."
        console.print(Text(visible(note), style="dim"))


def _column(name: str, rows: list[Object]) -> Column:
    cells = [_cell(row[name]) if name in row else Text() for row in rows]
    return Column(name, Text(visible(name)), [row.get(name) for row in rows], cells)


def _table(name: str, columns: list[Column]) -> Table:
    table = Table(
        title=Text(visible(name), style="bold"),
        title_justify="left",
        header_style="bold cyan",
        box=SIMPLE_HEAD,
    )
    for each in columns:
        side = "right" if each.is_numeric else "left"
        table.add_column(each.heading, justify=side, overflow="fold", no_wrap=each.is_whole)
    for row in zip(*(each.cells for each in columns), strict=True):
        table.add_row(*row)
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
