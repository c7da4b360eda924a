"""Which index answers a query, and which stretch of it: the records there are then checked one by one."""

from typing import Literal

import msgspec

from brickyard.services.db.compile import successor
from brickyard.services.db.definition import IndexDefinition
from brickyard.services.db.keys import TAGS, after, component, directed
from brickyard.services.db.order import (
    FALSE,
    NULL,
    NUMBER,
    SORTED_CHARACTERS,
    STRING,
    TRUE,
    Direction,
    Order,
    as_kept,
    sort_value,
)
from brickyard.services.db.path import Path
from brickyard.services.db.query import And, Compare, Condition, Instant, IsIn, IsNull, StartsWith

SPANS_MAX = 256
"""Stretches of an index that one query looks at; `in` lists that would make more are not used for it."""

Span = tuple[bytes, bytes]
"""A stretch of keys, or of one field of them: from the first, to before the second."""
Served = Literal["no", "forward", "backward"]
"""Whether a walk through the index meets the records in the order wanted, and in which direction."""


class IndexPlan(msgspec.Struct, frozen=True):
    """Read stretches of one index."""

    index: IndexDefinition
    spans: tuple[Span, ...]
    """Where in it; one at least."""
    served: Served
    prefix: bytes
    """The keys of the fields that the query fixes, where there is but one span."""
    fixed: int
    """How many fields these are."""
    ranged: bool
    """Whether the query gives a range of the field after them."""

    @property
    def weight(self) -> int:
        """How much of the query it answers."""
        return 2 * self.fixed + self.ranged


def plan(condition: Condition | None, order: Order, indexes: tuple[IndexDefinition, ...]) -> IndexPlan | None:
    """Choose the index that narrows the query most, or at least has its order; None to read all records."""
    conjuncts = _conjuncts(condition)
    plans = [_with_index(conjuncts, order, index) for index in indexes if index.ready]
    useful = [each for each in plans if each.weight or (order and each.served != "no")]
    return max(useful, key=_merit, default=None)


def _merit(candidate: IndexPlan) -> tuple[int, bool]:
    return candidate.weight, candidate.served != "no"


def _conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    if isinstance(condition, And):
        return tuple(inner for each in condition.conditions for inner in _conjuncts(each))
    return (condition,)


def _with_index(conjuncts: tuple[Condition, ...], order: Order, index: IndexDefinition) -> IndexPlan:
    spans: list[bytes] = [b""]
    fixed = 0
    for term in index.order:
        points = _points(conjuncts, term.path)
        if not points or len(points) * len(spans) > SPANS_MAX:
            break
        spans = [prefix + directed(point, term.direction) for prefix in spans for point in sorted(points)]
        fixed += 1
    served = _served(index.order[:fixed], index.order[fixed:], order) if len(spans) == 1 else "no"
    bounds = _range(conjuncts, index.order[fixed].path) if fixed < len(index.order) else None
    return IndexPlan(
        index=index,
        spans=_spans(spans, bounds, index.order[fixed].direction) if bounds else _whole(spans),
        served=served,
        prefix=spans[0],
        fixed=fixed,
        ranged=bounds is not None,
    )


def _whole(prefixes: list[bytes]) -> tuple[Span, ...]:
    return tuple((prefix, after(prefix) if prefix else b"\xff") for prefix in prefixes)


def _spans(prefixes: list[bytes], bounds: Span, direction: Direction) -> tuple[Span, ...]:
    low, high = _turned(bounds, direction)
    return tuple((prefix + low, prefix + high) for prefix in prefixes)


def _points(conjuncts: tuple[Condition, ...], path: Path) -> set[bytes]:
    """Give the field's keys that the query allows, if it names them; none if it does not."""
    for condition in conjuncts:
        match condition:
            case Compare(where, "==", value) if where == path and not isinstance(value, Instant):
                return {component(sort_value(value))}
            case IsIn(where, members) if where == path:
                if not any(isinstance(each, Instant) for each in members):
                    return {component(sort_value(each)) for each in members}
            case IsNull(where) if where == path:
                return {component((NULL, None))}
            case _:
                pass
    return set()


def _range(conjuncts: tuple[Condition, ...], path: Path) -> Span | None:
    """Give the narrowest stretch of the field's keys that all ranges on it leave."""
    bounds = [found for each in conjuncts if (found := _bounds(each, path)) is not None]
    if not bounds:
        return None
    return max(low for low, _ in bounds), min(high for _, high in bounds)


def _bounds(condition: Condition, path: Path) -> Span | None:
    match condition:
        case Compare(where, operator, value) if where == path:
            if isinstance(value, bool | Instant):
                return _not_equal(value) if isinstance(value, bool) else None
            return _compared(operator, value)
        case StartsWith(where, prefix) if where == path:
            return _starting(prefix)
        case _:
            return None


def _not_equal(value: bool) -> Span:  # noqa: FBT001 - a literal of the query, not a switch
    other = TAGS[FALSE if value else TRUE]
    return other, after(other)


def _compared(operator: str, value: str | float) -> Span:
    tag = TAGS[STRING] if isinstance(value, str) else TAGS[NUMBER]
    key = component(sort_value(value if isinstance(value, str) else as_kept(value)))
    # Strings alike in their sorted part share a key, and only a look at the record tells them apart.
    shared = isinstance(value, str) and len(value) >= SORTED_CHARACTERS
    match operator:
        case "<":
            return tag, after(key) if shared else key
        case "<=":
            return tag, after(key)
        case ">":
            return key if shared else after(key), after(tag)
        case ">=":
            return key, after(tag)
        case _:
            return tag, after(tag)


def _starting(prefix: str) -> Span:
    sorted_part = prefix[:SORTED_CHARACTERS]
    end = successor(sorted_part)
    tag = TAGS[STRING]
    return tag + sorted_part.encode(), after(tag) if end is None else tag + end.encode()


def _turned(span: Span, direction: Direction) -> Span:
    """Give the stretch that a field's values take when its bits are turned around."""
    if direction == "asc":
        return span
    low, high = span
    return after(directed(high, "desc")), after(directed(low, "desc"))


def _served(fixed: Order, rest: Order, order: Order) -> Served:
    """Say whether records with the `fixed` fields alike come in the order wanted."""
    constant = {term.path for term in fixed}
    wanted = tuple(term for term in order if term.path not in constant)
    if wanted == rest:
        return "forward"
    same_fields = [term.path for term in wanted] == [term.path for term in rest]
    opposite = all(one.direction != other.direction for one, other in zip(wanted, rest, strict=False))
    return "backward" if same_fields and opposite else "no"
