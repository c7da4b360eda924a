"""Bodies that are cheap to send and dear to read."""

import pytest

from cloud import LocalCloud

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEAR = {
    "tiny numbers": b'{"topic":"t","message":{"a":[' + b"1e-308," * 100_000 + b"1]}}",
    "huge numbers": b'{"topic":"t","message":{"a":[' + b"1.7976931348623157e308," * 40_000 + b"1]}}",
    "empty lists": b'{"topic":"t","message":{"\\n":[' + b"[]," * 1_000_000 + b"1]}}",
    "empty objects": b'{"topic":"t","message":{"a":[' + b"{}," * 1_000_000 + b"1]}}",
}


@pytest.mark.parametrize("body", DEAR.values(), ids=DEAR)
async def test_what_is_dear_to_read_is_refused_unread(local_cloud: LocalCloud, body: bytes):
    response = await local_cloud.post("event/Publish", body)
    assert response.status_code == 400
    assert "more than" in response.json()["detail"]


@pytest.mark.parametrize("value", [b"%" * 9_000_000, b"%41" * 3_000_000, b"a." * 4_000_000])
async def test_a_form_is_not_taken_apart_if_it_is_large(local_cloud: LocalCloud, value: bytes):
    response = await local_cloud.post("event/Publish", b"topic=t&message.a=" + value, headers=FORM)
    assert response.status_code == 413


async def test_some_numbers_with_exponents_are_fine(local_cloud: LocalCloud):
    numbers = [1e-300] * 2_000
    await local_cloud.call("db/Create", {"table": "t", "id": "1", "record": {"x": numbers}})
    read = await local_cloud.call("db/Read", {"table": "t", "id": "1"})
    assert read["records"] == [{"id": "1", "x": numbers}]
