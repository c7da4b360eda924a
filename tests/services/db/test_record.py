import time
import tracemalloc

import msgspec
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from brickyard.services.db.record import decode, decode_fields, encode


def seconds_to_decode(number: float) -> float:
    text = encode({"numbers": [number] * 50_000})
    began = time.process_time()
    assert decode(text) == {"numbers": [number] * 50_000}
    return time.process_time() - began


def test_no_number_takes_very_much_longer_to_read_than_another():
    assert seconds_to_decode(1e-308) < 50 * seconds_to_decode(0.12345678)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70)))
def test_numbers_are_read_as_they_were_written(numbers: list[float]):
    record = {"numbers": numbers}
    text = encode(record)
    assert repr(decode(text)) == repr(record) == repr(msgspec.json.decode(text))


@given(
    st.dictionaries(st.text(max_size=2), st.integers() | st.text() | st.lists(st.floats(allow_nan=False))),
    st.sets(st.text(max_size=2)),
)
def test_fields_are_read_as_they_are_in_the_whole(record: dict[str, object], names: set[str]):
    text = msgspec.json.encode(record).decode()
    whole = decode(text)
    assert decode_fields(text, names) == {name: whole[name] for name in names & whole.keys()}


async def test_of_records_in_an_index_only_its_fields_are_read(desk: Desk):
    await desk.create("t", *({"id": str(number), "a": {"b": number}} for number in range(4)))
    for number in range(4):
        await desk.call("update", table="t", id=str(number), record={"other": [0.5] * 200_000})
    tracemalloc.start()
    try:
        await desk.call("create_index", table="t", fields=["a.b", "id"], unique=True)
        await desk.call("delete_batch", table="t", query="a.b >= 2")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4_000_000
    assert desk.rows("db_index_entries") == desk.rows("db_unique_keys") == 2
    assert await desk.ids("t", query="a.b == 1") == ["1"]
