"""Putting a read together: from where, under which conditions, in which order, from which position on."""

from collections.abc import Sequence

import msgspec

from brickyard.services.db import dialect
from brickyard.services.db.compile import compile_condition
from brickyard.services.db.cursor import Position
from brickyard.services.db.definition import Table
from brickyard.services.db.keys import component, directed
from brickyard.services.db.order import Direction, Order
from brickyard.services.db.ordering import Ordering
from brickyard.services.db.plan import IndexPlan, Span
from brickyard.services.db.query import Condition
from brickyard.services.db.values import Values

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
    table: Table, selection: Selection, plan: IndexPlan | None, *, limit: int, offset: int
) -> Statement:
    """Read a page of records."""
    if _comes_sorted(selection, plan):
        return _select_page(COLUMNS, table, selection, plan, limit=limit, offset=offset)
    # What has to be sorted is sorted without its text, which would go to disk and back for it. SQLite goes
    # through the places in their order, as the left side of a CROSS JOIN.
    places = _select_page("r.table_id, r.seq", table, selection, plan, limit=limit, offset=offset)
    conditions = ["r.project = ?1", "r.table_id = p.table_id", "r.seq = p.seq"]
    return Statement(
        _select(COLUMNS, f"({places.text}) p CROSS JOIN db_records r", conditions), places.values
    )


def select_places(table: Table, selection: Selection, plan: IndexPlan | None, *, limit: int) -> Statement:
    """Read where the first records are, without their text."""
    return _select_page(PLACES, table, selection, plan, limit=limit, offset=0)


def _select_page(
    columns: str, table: Table, selection: Selection, plan: IndexPlan | None, *, limit: int, offset: int
) -> Statement:
    values = Values()
    conditions = _source(table, plan, values)
    conditions += _filter(selection.condition, values)
    served = plan if plan is not None and plan.served != "no" else None
    terms = Ordering(selection.order, values, newest_first=selection.backwards)
    if selection.position is not None:
        conditions.append(
            _after_in_index(selection, served, values) if served else terms.after(selection.position)
        )
    ordering = _index_order(selection, served) if served else terms.text()
    text = _select(columns, _tables(plan, values), conditions)
    text += f" ORDER BY {ordering} LIMIT {values.bind(limit)} OFFSET {values.bind(offset)}"
    return Statement(text, tuple(values))


def select_count(table: Table, condition: Condition | None, plan: IndexPlan | None) -> Statement:
    """Count records."""
    values = Values()
    conditions = _source(table, plan, values) + _filter(condition, values)
    return Statement(_select("count(*)", _tables(plan, values), conditions), tuple(values))


def select_still(table: Table, condition: Condition, seqs: Sequence[int]) -> Statement:
    """Read those of some records that (still) match, the oldest first: their place, id and text."""
    values = Values()
    text = _select("r.seq, r.id, r.data", "db_records r", _still(table, condition, seqs, values))
    return Statement(f"{text} ORDER BY r.seq", tuple(values))


def delete_still(table: Table, condition: Condition, seqs: Sequence[int]) -> Statement:
    """Delete those of some records that (still) match."""
    values = Values()
    conditions = _still(table, condition, seqs, values)
    return Statement(" ".join(("DELETE FROM db_records AS r WHERE", " AND ".join(conditions))), tuple(values))


def probe(plan: IndexPlan, entries_max: int) -> Statement:
    """Count the entries that a plan would look at, up to a bound."""
    values = Values()
    found = _select("1", f"{_spans(plan, values)}db_index_entries e", _entries(plan, values))
    found += f" LIMIT {values.bind(entries_max)}"
    return Statement(_select("count(*)", f"({found}) found", ["TRUE"]), tuple(values))


def _select(columns: str, tables: str, conditions: list[str]) -> str:
    """Put the parts together: all of them our own text, with places for what the caller gave."""
    return " ".join(("SELECT", columns, "FROM", tables, "WHERE", " AND ".join(conditions)))


def _still(table: Table, condition: Condition, seqs: Sequence[int], values: Values) -> list[str]:
    return [
        "r.project = ?1",
        f"r.table_id = {values.bind(table.table_id)}",
        f"r.seq IN {dialect.members(values.bind(msgspec.json.encode(seqs).decode()))}",
        compile_condition(condition, values),
    ]


def _source(table: Table, plan: IndexPlan | None, values: Values) -> list[str]:
    conditions = ["t.project = ?1", f"t.name = {values.bind(table.name)}"]
    if plan is None:
        return [*conditions, "r.project = ?1", "r.table_id = t.table_id"]
    # If the table was truncated or its indexes changed since they were looked up, nothing is found here,
    # rather than a part of what is there.
    return [
        *conditions,
        f"t.table_id = {values.bind(table.table_id)}",
        f"t.indexes = {values.bind(table.indexes_text)}",
        *_entries(plan, values),
        "r.project = ?1",
        "r.table_id = t.table_id",
        "r.seq = e.seq",
    ]


def _tables(plan: IndexPlan | None, values: Values) -> str:
    # CROSS JOIN keeps SQLite to this order of tables: the narrow one leads.
    if plan is None:
        return "db_tables t CROSS JOIN db_records r"
    return f"db_tables t CROSS JOIN {_spans(plan, values)}db_index_entries e CROSS JOIN db_records r"


def _entries(plan: IndexPlan, values: Values) -> list[str]:
    conditions = ["e.project = ?1", f"e.index_id = {values.bind(plan.index.id)}"]
    if len(plan.spans) > 1:
        return [*conditions, "e.key >= s.column1", "e.key < s.column2"]
    low, high = next(iter(plan.spans))
    return [*conditions, f"e.key >= {values.bind(low)}", f"e.key < {values.bind(high)}"]


def _spans(plan: IndexPlan, values: Values) -> str:
    if len(plan.spans) == 1:
        return ""
    return f"(VALUES {', '.join(_span(span, values) for span in plan.spans)}) s CROSS JOIN "


def _span(span: Span, values: Values) -> str:
    low, high = span
    return f"({values.bind(low)}, {values.bind(high)})"


def _filter(condition: Condition | None, values: Values) -> list[str]:
    return [] if condition is None else [compile_condition(condition, values)]


def _comes_sorted(selection: Selection, plan: IndexPlan | None) -> bool:
    """Say whether records are found in the very order that is wanted."""
    return not selection.order if plan is None else plan.served == "forward"


def _index_order(selection: Selection, plan: IndexPlan) -> str:
    if selection.backwards:
        return "e.key DESC, e.seq DESC"
    return "e.key DESC, e.seq" if plan.served == "backward" else "e.key, e.seq"


def _after_in_index(selection: Selection, plan: IndexPlan, values: Values) -> str:
    """Say that an entry comes after the position."""
    position = selection.position
    assert position is not None
    seq = values.bind(position.seq)
    key = values.bind(_key_at(position, selection.order, plan))
    if selection.backwards:
        return f"(e.key, e.seq) < ({key}, {seq})"
    if plan.served == "backward":
        return f"e.key <= {key} AND (e.key < {key} OR e.seq > {seq})"
    return f"(e.key, e.seq) > ({key}, {seq})"


def _key_at(position: Position, order: Order, plan: IndexPlan) -> bytes:
    """Give the key, in the plan's index, of the record at a position."""
    known = {term.path: value for term, value in zip(order, position.values, strict=True)}
    rest = plan.index.order[plan.fixed :]
    return plan.prefix + b"".join(directed(component(known[term.path]), term.direction) for term in rest)
