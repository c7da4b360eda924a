"""Putting a read together: from where, under which conditions, in which order, from which position on."""

from collections.abc import Sequence

import msgspec

from brickyard.engines.sql import Dialect as Name
from brickyard.services.db.compile import compile_condition
from brickyard.services.db.cursor import Position
from brickyard.services.db.definition import Table
from brickyard.services.db.dialect import Dialect
from brickyard.services.db.keys import component, directed
from brickyard.services.db.order import Direction, Order
from brickyard.services.db.ordering import Ordering
from brickyard.services.db.plan import IndexPlan, Span
from brickyard.services.db.postgres_dialect import PostgresDialect
from brickyard.services.db.query import Condition
from brickyard.services.db.sqlite_dialect import SqliteDialect

DIALECTS: dict[Name, type[Dialect]] = {"sqlite": SqliteDialect, "postgresql": PostgresDialect}

COLUMNS = "r.data, r.seq, r.id, r.version, r.created_ns, r.updated_ns"
PLACES = "r.seq"
"""No more of a record than its place in the order of insertion."""


class Selection(msgspec.Struct, frozen=True):
    """Which records are wanted, in which order."""

    condition: Condition | None
    order: Order = ()
    direction: Direction = "asc"
    """Of the order of insertion, where `order` is empty."""
    position: Position | None = None
    """Where the page before ended."""

    @property
    def backwards(self) -> bool:
        """Whether the newest comes first. Records alike in a given order come oldest first."""
        return self.direction == "desc" and not self.order


class Statement(msgspec.Struct, frozen=True):
    """SQL, and the values that go with it (from `?2` on)."""

    text: str
    values: Sequence[str | int | float | bytes | None]


def select_page(
    name: Name, table: Table, selection: Selection, plan: IndexPlan | None, *, limit: int, offset: int
) -> Statement:
    """Read a page of records, in the dialect of that name."""
    speech = DIALECTS[name]()
    if _comes_sorted(selection, plan) or not speech.joins_keep_order:
        text = _ordered(COLUMNS, speech, table, selection, plan) + _bounds(speech, limit, offset)
        return Statement(text, tuple(speech))
    # What has to be sorted is sorted without its text, which would go to disk and back for it. SQLite goes
    # through the places in their order, as the left side of a CROSS JOIN.
    places = _ordered("r.table_id, r.seq", speech, table, selection, plan) + _bounds(speech, limit, offset)
    conditions = ["r.project = ?1", "r.table_id = p.table_id", "r.seq = p.seq"]
    return Statement(_select(COLUMNS, f"({places}) p CROSS JOIN db_records r", conditions), tuple(speech))


def select_places(
    name: Name, table: Table, selection: Selection, plan: IndexPlan | None, *, limit: int
) -> Statement:
    """Read where the first records are, without their text."""
    speech = DIALECTS[name]()
    text = _ordered(PLACES, speech, table, selection, plan) + _bounds(speech, limit, 0)
    return Statement(text, tuple(speech))


def select_count(name: Name, table: Table, condition: Condition | None, plan: IndexPlan | None) -> Statement:
    """Count records."""
    speech = DIALECTS[name]()
    conditions = _source(table, plan, speech) + _filter(condition, speech)
    return Statement(_select("count(*)", _tables(plan, speech), conditions), tuple(speech))


def select_still(name: Name, table: Table, condition: Condition, seqs: Sequence[int]) -> Statement:
    """Read those of some records that (still) match, the oldest first: their place, id and text."""
    speech = DIALECTS[name]()
    text = _select("r.seq, r.id, r.data", "db_records r", _still(table, condition, seqs, speech))
    return Statement(f"{text} ORDER BY r.seq", tuple(speech))


def delete_still(name: Name, table: Table, condition: Condition, seqs: Sequence[int]) -> Statement:
    """Delete those of some records that (still) match; gives the sizes of those."""
    speech = DIALECTS[name]()
    conditions = " AND ".join(_still(table, condition, seqs, speech))
    text = f"DELETE FROM db_records AS r WHERE {conditions} RETURNING octet_length(data)"  # noqa: S608 - compiled
    return Statement(text, tuple(speech))


def probe(name: Name, plan: IndexPlan, entries_max: int) -> Statement:
    """Count the entries that a plan would look at, up to a bound."""
    speech = DIALECTS[name]()
    found = _select("1", f"{_spans(plan, speech)}db_index_entries e", _entries(plan, speech))
    found += f" LIMIT {speech.bind(entries_max)}"
    return Statement(_select("count(*)", f"({found}) found", ["TRUE"]), tuple(speech))


def _select(columns: str, tables: str, conditions: list[str]) -> str:
    """Put the parts together: all of them our own text, with places for what the caller gave."""
    return " ".join(("SELECT", columns, "FROM", tables, "WHERE", " AND ".join(conditions)))


def _ordered(
    columns: str, speech: Dialect, table: Table, selection: Selection, plan: IndexPlan | None
) -> str:
    conditions = _source(table, plan, speech)
    conditions += _filter(selection.condition, speech)
    if plan is not None and plan.served != "no":
        ordering, after = _index_order(selection, plan), _after_in_index(selection, plan, speech)
    else:
        terms = Ordering(selection.order, speech, newest_first=selection.backwards)
        ordering, after = terms.text(), terms.after(selection.position)
    return f"{_select(columns, _tables(plan, speech), [*conditions, *after])} ORDER BY {ordering}"


def _bounds(speech: Dialect, limit: int, offset: int) -> str:
    return f" LIMIT {speech.bind(limit)} OFFSET {speech.bind(offset)}"


def _still(table: Table, condition: Condition, seqs: Sequence[int], speech: Dialect) -> list[str]:
    return [
        "r.project = ?1",
        f"r.table_id = {speech.bind(table.table_id)}",
        f"r.seq IN {speech.members(speech.bind(msgspec.json.encode(seqs).decode()))}",
        compile_condition(condition, speech),
    ]


def _source(table: Table, plan: IndexPlan | None, speech: Dialect) -> list[str]:
    conditions = ["t.project = ?1", f"t.name = {speech.bind(table.name)}"]
    if plan is None:
        return [*conditions, "r.project = ?1", "r.table_id = t.table_id"]
    # If the table was truncated or its indexes changed since they were looked up, nothing is found here,
    # rather than a part of what is there.
    return [
        *conditions,
        f"t.table_id = {speech.bind(table.table_id)}",
        f"t.indexes = {speech.bind(table.indexes_text)}",
        *_entries(plan, speech),
        "r.project = ?1",
        "r.table_id = t.table_id",
        "r.seq = e.seq",
    ]


def _tables(plan: IndexPlan | None, speech: Dialect) -> str:
    # CROSS JOIN keeps SQLite to this order of tables: the narrow one leads.
    if plan is None:
        return "db_tables t CROSS JOIN db_records r"
    return f"db_tables t CROSS JOIN {_spans(plan, speech)}db_index_entries e CROSS JOIN db_records r"


def _entries(plan: IndexPlan, speech: Dialect) -> list[str]:
    conditions = ["e.project = ?1", f"e.index_id = {speech.bind(plan.index.id)}"]
    if len(plan.spans) > 1:
        return [*conditions, "e.key >= s.column1", "e.key < s.column2"]
    low, high = next(iter(plan.spans))
    return [*conditions, f"e.key >= {speech.bind(low)}", f"e.key < {speech.bind(high)}"]


def _spans(plan: IndexPlan, speech: Dialect) -> str:
    if len(plan.spans) == 1:
        return ""
    return f"(VALUES {', '.join(_span(span, speech) for span in plan.spans)}) s CROSS JOIN "


def _span(span: Span, speech: Dialect) -> str:
    low, high = span
    return f"({speech.bind(low)}, {speech.bind(high)})"


def _filter(condition: Condition | None, speech: Dialect) -> list[str]:
    return [] if condition is None else [compile_condition(condition, speech)]


def _comes_sorted(selection: Selection, plan: IndexPlan | None) -> bool:
    """Say whether records are found in the very order that is wanted."""
    return not selection.order if plan is None else plan.served == "forward"


def _index_order(selection: Selection, plan: IndexPlan) -> str:
    if selection.backwards:
        return "e.key DESC, e.seq DESC"
    return "e.key DESC, e.seq" if plan.served == "backward" else "e.key, e.seq"


def _after_in_index(selection: Selection, plan: IndexPlan, speech: Dialect) -> list[str]:
    """Say that an entry comes after the position, if there is one."""
    position = selection.position
    if position is None:
        return []
    seq = speech.bind(position.seq)
    key = speech.bind(_key_at(position, selection.order, plan))
    if selection.backwards:
        return [f"(e.key, e.seq) < ({key}, {seq})"]
    if plan.served == "backward":
        return [f"e.key <= {key} AND (e.key < {key} OR e.seq > {seq})"]
    return [f"(e.key, e.seq) > ({key}, {seq})"]


def _key_at(position: Position, order: Order, plan: IndexPlan) -> bytes:
    """Give the key, in the plan's index, of the record at a position."""
    known = {term.path: value for term, value in zip(order, position.values, strict=True)}
    rest = plan.index.order[plan.fixed :]
    return plan.prefix + b"".join(directed(component(known[term.path]), term.direction) for term in rest)
