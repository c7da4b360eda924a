import base64
from pathlib import Path

import msgspec
import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from brickyard.contract import BadRequest
from brickyard.services.db.cursor import Position, decode_cursor, encode_cursor


@pytest.fixture(params=[[], ["age"], ["age desc"]], ids=["no index", "index", "index desc"])
async def people(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    for fields in [request.param] if request.param else []:
        await desk.call("create_index", table="t", fields=fields)
    await desk.create("t", *({"id": str(number), "age": number // 2} for number in range(10)))
    return desk


async def test_a_cursor_comes_only_if_there_is_more(people: Desk):
    assert "next_cursor" in await people.call("read", table="t", limit=9)
    assert "next_cursor" not in await people.call("read", table="t", limit=10)
    assert "next_cursor" not in await people.call("read", table="t", query="age == 0", limit=2)
    assert "next_cursor" not in await people.call("read", table="t", id="1", limit=1)


@pytest.mark.parametrize("order", ["age", "age desc", "id desc", "nothing", "age desc, id desc"])
async def test_pages_make_up_the_whole(people: Desk, order: str):
    whole = await people.ids("t", orderBy=order)
    assert len(whole) == 10
    assert await people.walk("t", orderBy=order, limit=3) == whole


async def test_ties_come_in_the_order_of_insertion_in_both_directions(people: Desk):
    assert await people.walk("t", orderBy="age", limit=3) == list("0123456789")
    assert await people.walk("t", orderBy="age desc", limit=3) == list("8967452301")
    assert await people.walk("t", orderBy="age", order="desc", limit=3) == list("8967452301")


@pytest.mark.parametrize("order", ["", "age", "age desc"])
async def test_pages_neither_repeat_nor_skip_when_records_come_and_go(people: Desk, order: str):
    whole = await people.ids("t", orderBy=order)
    first = await people.call("read", table="t", orderBy=order, limit=4)
    for gone in (whole[0], whole[3], whole[5]):
        await people.call("delete", table="t", id=gone)
    await people.create("t", {"id": "new", "age": 2})
    rest = await people.walk_from(first["next_cursor"], "t", orderBy=order, limit=2)
    assert [each for each in rest if each != "new"] == [whole[4], *whole[6:]]


async def test_a_cursor_stays_good_when_an_index_comes(desk: Desk):
    await desk.create("t", *({"id": str(number), "age": -number} for number in range(9)))
    first = await desk.call("read", table="t", orderBy="age", limit=4)
    await desk.call("create_index", table="t", fields=["age"])
    assert await desk.walk_from(first["next_cursor"], "t", orderBy="age") == list("43210")


async def test_a_cursor_of_another_query_is_refused(people: Desk):
    page = await people.call("read", table="t", orderBy="age", query="age >= 0", limit=2)
    cursor = page["next_cursor"]
    for other in (
        {"table": "u", "orderBy": "age", "query": "age >= 0"},
        {"table": "t", "orderBy": "age desc", "query": "age >= 0"},
        {"table": "t", "orderBy": "age", "query": "age > 0"},
        {"table": "t", "query": "age >= 0"},
    ):
        refusal = await people.refused(BadRequest, "read", cursor=cursor, **other)
        assert refusal.faults[0].pointer == "/cursor"


@given(
    st.text(max_size=50) | st.binary(max_size=50).map(lambda each: base64.urlsafe_b64encode(each).decode())
)
def test_garbage_is_no_cursor(text: str):
    with pytest.raises(BadRequest):
        decode_cursor(text, b"12345678", ())


@pytest.mark.parametrize(
    ("values", "seq"),
    [
        ([], 1),
        ([(9, None)], 1),
        ([(3, "a")], 1),
        ([(4, 1)], 1),
        ([(0, 1)], 1),
        ([(3, 2**64 - 1)], 1),
        ([(0, None)], -1),
    ],
)
async def test_a_cursor_tampered_with_is_refused(people: Desk, values: list[tuple[int, object]], seq: int):
    page = await people.call("read", table="t", orderBy="age", limit=2)
    packed = base64.urlsafe_b64decode(page["next_cursor"] + "==")
    digest = msgspec.msgpack.decode(packed, type=Position).digest
    forged = msgspec.msgpack.encode([digest, values, seq])
    cursor = base64.urlsafe_b64encode(forged).decode().rstrip("=")
    refusal = await people.refused(BadRequest, "read", table="t", orderBy="age", cursor=cursor)
    assert refusal.faults[0].pointer == "/cursor"


def test_a_position_survives_the_way_there_and_back():
    position = Position(
        b"12345678", ((0, None), (2, None), (3, -(2**63)), (3, float("inf")), (4, "ä")), 2**63 - 1
    )
    order = (None,) * 5
    assert decode_cursor(encode_cursor(position), b"12345678", order) == position  # type: ignore[arg-type]  # only its length counts


async def test_offset_counts_from_the_cursor(people: Desk):
    first = await people.call("read", table="t", limit=2)
    assert await people.ids("t", cursor=first["next_cursor"], offset=3, limit=2) == ["5", "6"]
    assert await people.ids("t", offset=100) == []


async def test_a_page_of_large_records_ends_at_eight_mebibytes(desk: Desk):
    text = "é" * 400_000
    await desk.create("t", *({"id": str(number), "text": text} for number in range(22)))
    first = await desk.call("read", table="t", limit=1_000)
    assert [record["id"] for record in first["records"]] == [str(number) for number in range(11)]
    assert await desk.walk_from(first["next_cursor"], "t", limit=1_000) == [
        str(number) for number in range(11, 22)
    ]
    assert "next_cursor" not in await desk.call("read", table="t", offset=11)


def written_bytes() -> int:
    """Give what this process has written to files up to now."""
    return int(dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())["wchar"])


@pytest.mark.parametrize("order", ["age", "age desc"])
async def test_large_records_are_sorted_without_their_text(people: Desk, order: str):
    await people.create("t", *({"id": f"x{n}", "age": -1, "text": "x" * 1_000_000} for n in range(10)))
    before = written_bytes()
    await people.walk("t", orderBy=order)
    assert written_bytes() - before < 1_000_000


@pytest.mark.parametrize("size_bytes", [1, 40, 60])
@pytest.mark.parametrize("order", ["", "age", "age desc", "id desc", "nothing"])
async def test_pages_that_end_for_their_size_make_up_the_whole(
    people: Desk, order: str, size_bytes: int, monkeypatch: pytest.MonkeyPatch
):
    whole = await people.ids("t", orderBy=order)
    meta = (await people.call("read", table="t", orderBy=order, with_meta=True))["meta"]
    monkeypatch.setattr("brickyard.services.db.reading.PAGE_BYTES", size_bytes)
    assert len(await people.ids("t", orderBy=order)) < 10
    assert await people.walk("t", orderBy=order) == await people.walk("t", orderBy=order, limit=2) == whole
    page = await people.call("read", table="t", orderBy=order, offset=4, with_meta=True)
    read = len(page["records"])
    assert page["meta"] == meta[4 : 4 + read]
    assert await people.walk_from(page["next_cursor"], "t", orderBy=order) == whole[4 + read :]


@pytest.mark.parametrize(
    "order", ["age,", "age up", ",", "age desc asc", "a b c", "1", ", ".join("abcdefghi")]
)
async def test_an_order_that_is_none_is_refused(people: Desk, order: str):
    refusal = await people.refused(BadRequest, "read", table="t", orderBy=order)
    assert refusal.faults[0].pointer == "/orderBy"
    with pytest.raises(msgspec.ValidationError):
        await people.call("read", table="t", order="up")


async def test_types_have_an_order(desk: Desk):
    values = [{"x": 1}, "b", "a", 2, 1.5, True, False, None, [1], "B", -1, "é", 10]
    await desk.create(
        "t", *({"id": str(number), "v": value} for number, value in enumerate(values)), {"id": "-"}
    )
    ordered = [record.get("v") for record in await desk.read("t", orderBy="v")]
    assert ordered == [None, None, False, True, -1, 1.5, 2, 10, "B", "a", "b", "é", {"x": 1}, [1]]
