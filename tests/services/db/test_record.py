import time

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from brickyard.services.db.record import decode, encode


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
