import csv
import io
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from purse import ACCOUNT, Purse

from brickyard.contract import Money, usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.statement import Movement as Line
from brickyard.platform.billing.statement import Statement, Usage, statement_of
from brickyard.platform.billing.statement_text import as_csv, as_html

MONTH_S = 30 * 86_400
AMOUNTS = st.integers(-(10**15), 10**15).map(Money)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
USAGE = st.builds(Usage, TEXTS, TEXTS, st.integers(1, 10**6), AMOUNTS)
LINES = st.builds(Line, st.integers(1, 10**6), st.just("adjust"), TEXTS, AMOUNTS, st.just(0))
STATEMENTS = st.builds(
    Statement,
    st.just("acc_a"),
    st.just(Month.numbered(2026, 11)),
    AMOUNTS,
    st.lists(USAGE, max_size=4),
    st.lists(LINES, max_size=4),
)


async def drawn_up(purse: Purse, clock: ManualClock) -> Statement:
    return await statement_of(purse.sql, ACCOUNT, Month.of(clock.now_ns()))


async def test_a_month_begins_with_what_the_one_before_ended_with(purse: Purse, clock: ManualClock):
    await purse.top_up("10")
    await purse.spend("1")
    first = await drawn_up(purse, clock)
    clock.advance(MONTH_S)
    await purse.grant("5")
    await purse.spend("2")
    second = await drawn_up(purse, clock)
    assert (first.opening, first.spent, first.closing) == (0, usd("1"), usd("9"))
    assert (second.opening, second.spent, second.closing) == (usd("9"), usd("2"), usd("12"))


async def test_calls_are_summed_by_project_and_endpoint_and_all_else_is_listed(
    purse: Purse, clock: ManualClock
):
    await purse.top_up("10")
    for project, endpoint in (("a", "db.create"), ("a", "db.create"), ("a", "db.update"), ("b", "db.create")):
        await purse.spend("1", project=project, endpoint=endpoint)
    await purse.books.refund(ACCOUNT, Movement(amount=usd("1"), original=2, reason="it was slow"))
    statement = await drawn_up(purse, clock)
    assert [(each.project, each.endpoint, each.calls, each.amount) for each in statement.usage] == [
        ("a", "db.create", 2, usd("-2")),
        ("a", "db.update", 1, usd("-1")),
        ("b", "db.create", 1, usd("-1")),
    ]
    assert [(each.kind, each.reason) for each in statement.movements] == [
        ("top_up", ""),
        ("refund", "it was slow"),
    ]


@given(STATEMENTS)
def test_the_lines_of_both_forms_add_up_to_what_the_month_ended_with(statement: Statement):
    (_, *rows) = csv.reader(io.StringIO(as_csv(statement)))
    for amounts in ([row[-1] for row in rows], last_cells(as_html(statement))):
        opening, *between, closing = map(usd, amounts)
        assert opening + sum(between) == closing == statement.closing


class Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        self.inside = tag == "td"
        if self.inside:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def last_cells(html: str) -> list[str]:
    cells = Cells()
    cells.feed(html)
    assert all(len(row) in (0, 7) for row in cells.rows)
    return [row[-1] for row in cells.rows if row]


async def test_text_is_neither_markup_nor_a_formula(purse: Purse, clock: ManualClock):
    await purse.top_up("10")
    await purse.spend("1", project="=1+1", endpoint="<script>")
    statement = await drawn_up(purse, clock)
    assert "<script>" not in as_html(statement)
    assert "'=1+1" in as_csv(statement)
