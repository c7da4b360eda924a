"""Bodies that are cheap to send and dear to read."""

import pytest

from cloud import LocalCloud

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NAMES = b"".join(b'"k%d":1,' % number for number in range(100_000))
DEAR = {
    "tiny numbers": b'{"topic":"t","message":{"a":[' + b"1e-308," * 100_000 + b"1]}}",
    "huge numbers": b'{"topic":"t","message":{"a":[' + b"1.7976931348623157e308," * 40_000 + b"1]}}",
    "empty lists": b'{"topic":"t","message":{"\\n":[' + b"[]," * 1_000_000 + b"1]}}",
    "empty objects": b'{"topic":"t","message":{"a":[' + b"{}," * 1_000_000 + b"1]}}",
    "names": b'{"topic":"t","message":{' + NAMES + b'"z":1}}',
    "names beside an escape": b'{"topic":"t","message":{"\\u0041":1,' + NAMES + b'"z":1}}',
    "unknown fields": b"{" + NAMES + b'"topic":"t"}',
    "numbers": b'{"topic":"t","message":{"a":[' + b"1," * 1_000_000 + b"1]}}",
    "strings": b'{"topic":"t","message":{"a":[' + b'"",' * 1_000_000 + b"1]}}",
    "escaped strings": b'{"topic":"t","message":{"a":[' + b'"\\"",' * 1_000_000 + b"1]}}",
    "long integers": b'{"topic":"t","message":{"a":[' + (b"1" * 4_000 + b",") * 200 + b"1]}}",
}


@pytest.mark.parametrize("body", DEAR.values(), ids=DEAR)
async def test_what_is_dear_to_read_is_refused_unread(local_cloud: LocalCloud, body: bytes):
    response = await local_cloud.post("event/Publish", body)
    assert response.status_code == 400
    assert "more than" in response.json()["detail"]


async def test_what_stands_in_strings_is_not_counted(local_cloud: LocalCloud):
    text = ",:[{1e-300 " * 20_000 + "1" * 400_000 + '\\"' * 1_000
    await local_cloud.call("db/Create", {"table": "t", "id": "1", "record": {"text": text}})
    read = await local_cloud.call("db/Read", {"table": "t", "id": "1"})
    assert read["records"] == [{"id": "1", "text": text}]


async def test_a_thousand_wide_records_are_fine(local_cloud: LocalCloud):
    records = [{f"field{number}": number for number in range(95)}] * 1_000
    reply = await local_cloud.call("db/CreateBatch", {"table": "t", "records": records})
    assert len(reply["ids"]) == 1_000


async def test_a_name_twice_is_found_among_many(local_cloud: LocalCloud):
    body = b'{"topic":"t","message":{' + NAMES[: len(NAMES) // 2].rpartition(b",")[0] + b',"k7":2}}'
    response = await local_cloud.post("event/Publish", body)
    assert (response.status_code, "'k7' twice" in response.json()["detail"]) == (400, True)


@pytest.mark.parametrize("value", [b"%" * 9_000_000, b"%41" * 3_000_000, b"a." * 4_000_000])
async def test_a_form_is_not_taken_apart_if_it_is_large(local_cloud: LocalCloud, value: bytes):
    response = await local_cloud.post("event/Publish", b"topic=t&message.a=" + value, headers=FORM)
    assert response.status_code == 413


async def test_some_numbers_with_exponents_are_fine(local_cloud: LocalCloud):
    numbers = [1e-300] * 2_000
    await local_cloud.call("db/Create", {"table": "t", "id": "1", "record": {"x": numbers}})
    read = await local_cloud.call("db/Read", {"table": "t", "id": "1"})
    assert read["records"] == [{"id": "1", "x": numbers}]
