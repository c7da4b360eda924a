"""A statement as people and spreadsheets read it: a page of HTML, and CSV (RFC 4180)."""

import csv
import io
from html import escape

from brickyard.platform.billing.month import timestamp
from brickyard.platform.billing.statement import Statement

HEADERS = ("date", "item", "project", "project_name", "endpoint", "calls", "amount_usd")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd }}
td:nth-child(n+6), th:nth-child(n+6) {{ text-align: right; font-variant-numeric: tabular-nums }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{whose}. Amounts in US dollars, times in UTC.</p>
<table>
{rows}
</table>
</body>
</html>
"""

Line = tuple[str, ...]


def as_csv(statement: Statement) -> str:
    """Write a statement as CSV. Text that a spreadsheet would run as a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADERS)
    for *words, amount in _lines(statement):
        writer.writerow((*map(_harmless, words), amount))
    return text.getvalue()


def as_html(statement: Statement) -> str:
    """Write a statement as a page that needs nothing else."""
    head = _row("th", ("Date", "Item", "Project", "Name", "Endpoint", "Calls", "Amount"))
    project = statement.project
    rows = [head, *(_row("td", line) for line in _lines(statement))]
    return _PAGE.format(
        title=f"Statement {statement.month.name}",
        whose=escape(f"Project {project}" if project else f"Account {statement.account}"),
        rows="\n".join(rows),
    )


def _lines(statement: Statement) -> list[Line]:
    """Give the lines of both forms: the amounts between the first and the last add up to the difference."""
    movements = [
        (timestamp(each.created_ns), _item(each.kind, each.reason), "", "", "", "", str(each.amount))
        for each in statement.movements
    ]
    usage = [
        ("", "calls", each.project, each.project_name, each.endpoint, str(each.calls), str(each.amount))
        for each in statement.usage
    ]
    if statement.project:
        return [*movements, *usage, ("", "total", "", "", "", "", str(statement.closing))]
    begins = timestamp(statement.month.starts_ns)
    return [
        (begins, "opening balance", "", "", "", "", str(statement.opening)),
        *movements,
        *usage,
        ("", "closing balance", "", "", "", "", str(statement.closing)),
    ]


def _item(kind: str, reason: str) -> str:
    name = kind.replace("_", " ")
    return f"{name}: {reason}" if reason else name


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _row(cell: str, line: Line) -> str:
    return "<tr>" + "".join(f"<{cell}>{escape(each)}</{cell}>" for each in line) + "</tr>"
