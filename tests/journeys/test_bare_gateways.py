"""Gateways on a database that has neither advisory locks nor notices keep the same promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard import Brickyard
from cloud import ProcessCloud
from database import database

pytestmark = pytest.mark.only_on("postgres", "a SQLite file has no such server")


@pytest.fixture
def gateways(tmp_path: Path) -> Iterator[tuple[ProcessCloud, ProcessCloud]]:
    """Two gateways that start at once, each with a home of its own."""
    url = database.server().create_bare(f"bare_{abs(hash(tmp_path))}")
    clouds = [ProcessCloud(tmp_path / name, BRICKYARD_DATABASE_URL=url) for name in ("first", "second")]
    with clouds[0] as first, clouds[1] as second:
        yield first, second


def status(cloud: ProcessCloud, key: str) -> int:
    return cloud.post("helloworld/Call", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_revoked_at_one_is_refused_at_the_other_by_the_very_next_call(
    gateways: tuple[ProcessCloud, ProcessCloud],
):
    for first, second in (gateways, gateways[::-1]):
        for _ in range(10):
            made = first.call("key/Create")
            for _ in range(3):
                assert status(second, made["key"]) == 200
            first.call("key/Revoke", {"id": made["info"]["id"]})
            assert (status(second, made["key"]), status(first, made["key"])) == (401, 401)


def test_what_is_written_and_published_at_one_is_at_the_other(gateways: tuple[ProcessCloud, ProcessCloud]):
    first, second = gateways
    first.call("db/Create", {"table": "t", "record": {"id": "a"}})
    assert second.call("db/Read", {"table": "t", "id": "a"})["records"]
    with Brickyard(key=second.key, base_url=second.address) as listener:
        stream = iter(listener.event.consume(topic="t", offset="earliest"))
        for number in range(3):
            first.call("event/Publish", {"topic": "t", "message": {"n": number}})
            assert next(stream).message == {"n": number}


def test_a_stream_ends_when_its_key_is_revoked_at_the_other(gateways: tuple[ProcessCloud, ProcessCloud]):
    first, second = gateways
    made = first.call("key/Create")
    headers = {"Authorization": f"Bearer {made['key']}", "Accept": "text/event-stream"}
    with second.client.stream(
        "POST", "/v1/event/Consume", headers=headers, json={"topic": "t"}, timeout=60
    ) as stream:
        assert stream.status_code == 200
        first.call("key/Revoke", {"id": made["info"]["id"]})
        for _ in stream.iter_lines():
            pass
    assert status(second, made["key"]) == 401
