"""What Python has and JSON has not: refused before it is sent, by either client, with its place."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from brickyard import AsyncBrickyard, Brickyard
from brickyard.sdk import BrickyardError, NotJsonError
from cloud import ProcessCloud


@dataclass
class Reading:
    """A thing of the caller's own."""

    level: float


LOOP: dict[str, Any] = {}
LOOP["again"] = LOOP

UNSENDABLE = {
    "not a number": (math.nan, "/record/f", "nan"),
    "an infinity in a list": ([1, -math.inf], "/record/f/1", "-inf"),
    "in a dataclass": (Reading(math.nan), "/record/f/level", "nan"),
    "half a pair": ("\ud800", "/record/f", "surrogate"),
    "half a pair in a name": ({"a/b\udfff": 1}, "/record/f/a~1b\\udfff", "surrogate"),
    "an object": ({"deep": [object()]}, "/record/f/deep/0", "object"),
    "a loop": (LOOP, "", "in itself"),
}


@pytest.fixture
def client(shared_cloud: ProcessCloud) -> Iterator[Brickyard]:
    with Brickyard(shared_cloud.key, shared_cloud.address) as client:
        yield client


@pytest.mark.parametrize(("value", "pointer", "reason"), UNSENDABLE.values(), ids=UNSENDABLE)
async def test_what_json_has_no_form_for_is_named_and_not_sent(
    nobody: str, value: object, pointer: str, reason: str
):
    """Nobody listens there: whatever was sent would fail otherwise."""
    record = {"fine": None, "f": value}
    with pytest.raises(NotJsonError, match=reason) as by_method:
        Brickyard("key", nobody).db.create(record=record)
    with pytest.raises(NotJsonError, match=reason) as by_name:
        Brickyard("key", nobody).call("db", "Create", {"record": record})
    with pytest.raises(NotJsonError, match=reason) as awaited:
        await AsyncBrickyard("key", nobody).db.create(record=record)
    for raised in (by_method, by_name, awaited):
        assert isinstance(raised.value, BrickyardError)
        assert isinstance(raised.value, ValueError)
        assert [each.pointer for each in raised.value.errors] == [pointer]


def test_all_of_it_is_named(nobody: str):
    with pytest.raises(NotJsonError) as raised:
        next(Brickyard("key", nobody).stream("event", "Consume", {"a": math.nan, "b": [math.inf]}))
    assert [each.pointer for each in raised.value.errors] == ["/a", "/b/0"]


def test_what_json_has_a_form_for_is_sent(client: Brickyard):
    record = {"none": None, "when": datetime(2027, 1, 31, tzinfo=UTC), "of": Reading(2.5), "text": "null"}
    made = client.db.create(table="sdk_content", record=record)
    (kept,) = client.db.read(table="sdk_content", id=made.id).records
    assert kept == {"id": made.id, **record, "when": "2027-01-31T00:00:00Z", "of": {"level": 2.5}}
