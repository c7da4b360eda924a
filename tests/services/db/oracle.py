"""What a query means, said a second time in plain Python: the tests hold the SQL to it."""

from functools import cmp_to_key
from typing import Any

from brickyard.services.db.instant import read_instant
from brickyard.services.db.order import Order, SortValue, field_value, sort_values
from brickyard.services.db.path import MISSING
from brickyard.services.db.query import (
    And,
    Compare,
    Condition,
    Contains,
    Instant,
    IsIn,
    IsNull,
    Not,
    Or,
    StartsWith,
)


def holds(condition: Condition, record: dict[str, Any], row_id: str) -> bool:
    match condition:
        case And(conditions):
            return all(holds(each, record, row_id) for each in conditions)
        case Or(conditions):
            return any(holds(each, record, row_id) for each in conditions)
        case Not(inner):
            return not holds(inner, record, row_id)
        case _:
            return _test(condition, field_value(record, row_id, condition.path))


def _test(condition: Condition, value: Any) -> bool:
    match condition:
        case Compare(_, operator, wanted):
            return _compared(operator, value, wanted)
        case IsIn(_, wanted):
            return any(_equal(value, each) for each in wanted)
        case Contains(_, wanted):
            if isinstance(value, str):
                return isinstance(wanted, str) and wanted in value
            return isinstance(value, list) and any(_same(each, wanted) for each in value)
        case StartsWith(_, prefix):
            return isinstance(value, str) and value.startswith(prefix)
        case IsNull(_):
            return value is None or value is MISSING
        case _:
            raise AssertionError(condition)


def _equal(value: Any, wanted: Any) -> bool:
    if wanted is None:
        return value is None or value is MISSING
    return _compared("==", value, wanted)


def _same(value: Any, wanted: Any) -> bool:
    return value is None if wanted is None else _compared("==", value, wanted)


def _compared(operator: str, value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Instant):
        value = read_instant(value) if isinstance(value, str) else None
        if value is None:
            return False
        wanted = wanted.milliseconds
    elif _type(value) is not _type(wanted):
        return False
    return {
        "==": value == wanted,
        "!=": value != wanted,
        "<": value < wanted,
        "<=": value <= wanted,
        ">": value > wanted,
        ">=": value >= wanted,
    }[operator]


def _type(value: Any) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def in_order(rows: list[tuple[str, dict[str, Any]]], order: Order) -> list[str]:
    """Give the ids of (id, record) pairs, which come in the order of insertion, in the order asked for."""

    def compare(one: tuple[str, dict[str, Any]], other: tuple[str, dict[str, Any]]) -> int:
        pairs = zip(sort_values(one[1], one[0], order), sort_values(other[1], other[0], order), strict=True)
        for term, (left, right) in zip(order, pairs, strict=True):
            if left != right:
                before = _before(left, right)
                return -1 if before is (term.direction == "asc") else 1
        return 0

    return [row_id for row_id, _ in sorted(rows, key=cmp_to_key(compare))]


def _before(left: SortValue, right: SortValue) -> bool:
    if left[0] != right[0]:
        return left[0] < right[0]
    return left[1] < right[1]  # type: ignore[operator]  # of the same rank, so of the same type
