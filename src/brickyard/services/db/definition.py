"""What a table is known to be: its rows' id, and its indexes."""

from functools import lru_cache

import msgspec

from brickyard.contract import BadRequest, Conflict
from brickyard.services.db.order import Order, parse_order

INDEXES_MAX = 16
NO_INDEXES = "[]"


class IndexDefinition(msgspec.Struct, frozen=True):
    """An index as it is kept with its table."""

    id: int
    """What its entries belong to."""
    name: str
    fields: tuple[str, ...]
    """Each as in `orderBy`: `age`, `name desc`."""
    unique: bool
    ready: bool
    """Whether all records are in it, so that queries may use it."""

    @property
    def order(self) -> Order:
        """Its fields, read."""
        return _order(self.fields)

    @property
    def names(self) -> frozenset[str]:
        """The record's fields that it looks at, or into."""
        return _names(self.fields)


class Table(msgspec.Struct, frozen=True):
    """A table as one transaction found it."""

    name: str
    table_id: int
    indexes_text: str
    """Its indexes as they are kept: as long as this is the same, the indexes are."""

    @property
    def indexes(self) -> tuple[IndexDefinition, ...]:
        """Its indexes, in the order in which they were made."""
        return _decoded(self.indexes_text)

    @property
    def indexed_names(self) -> frozenset[str]:
        """The records' fields that any of its indexes looks at, or into."""
        return frozenset(name for index in self.indexes for name in index.names)

    def index(self, name: str) -> IndexDefinition | None:
        """Give the index of that name."""
        return next((index for index in self.indexes if index.name == name), None)


def encode_indexes(indexes: tuple[IndexDefinition, ...]) -> str:
    """Write a table's indexes as they are kept."""
    return msgspec.json.encode(indexes).decode()


def index_fields(given: list[str]) -> tuple[str, ...]:
    """Read the fields of a new index; each comes back in its one way of writing."""
    terms = [_single(text, number) for number, text in enumerate(given)]
    paths = {terms[number][0].path for number in range(len(terms))}
    if len(paths) != len(terms):
        raise BadRequest.at("/fields", "The fields of an index must be different ones.")
    return tuple(str(term[0]) for term in terms)


def room_for_one_more(table: Table) -> None:
    """Refuse more indexes than a table may have."""
    if len(table.indexes) >= INDEXES_MAX:
        raise Conflict(
            f"The table {table.name} has {INDEXES_MAX} indexes; more are not kept. Drop one first."
        )


def _single(text: str, number: int) -> Order:
    terms = parse_order(text, "asc", f"/fields/{number}")
    if len(terms) != 1:
        raise BadRequest.at(f"/fields/{number}", "Give each field by itself: a path, and `desc` or nothing.")
    return terms


@lru_cache(maxsize=4_096)
def _order(fields: tuple[str, ...]) -> Order:
    return tuple(term for text in fields for term in parse_order(text, "asc"))


@lru_cache(maxsize=4_096)
def _names(fields: tuple[str, ...]) -> frozenset[str]:
    return frozenset(str(term.path.steps[0]) for term in _order(fields))


@lru_cache(maxsize=1_024)  # of up to some 40 KB each, all fields being as long as they may
def _decoded(text: str) -> tuple[IndexDefinition, ...]:
    return msgspec.json.decode(text, type=tuple[IndexDefinition, ...])
