import re
import time
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from brickyard.gateway.request_id import PER_STEM, RequestIds
from cloud import ProcessCloud

FORM = re.compile(r"req_[0-7][0-9A-HJKMNP-TV-Z]{25}")


def test_ids_are_unique_rise_and_are_ulids():
    ids = RequestIds()
    made = [ids.next() for _ in range(20_000)]
    assert len(set(made)) == len(made)
    assert made == sorted(made)
    assert all(FORM.fullmatch(each) for each in made)


@given(
    st.lists(st.tuples(st.integers(-5, 5), st.sampled_from([1, 2, PER_STEM - 1, PER_STEM + 1])), max_size=6)
)
def test_ids_are_unique_and_rise_whatever_the_clock_does(
    moves: list[tuple[int, int]],
):
    ids, now_ns, made = RequestIds(), time.time_ns(), []
    for milliseconds, count in moves:
        now_ns += milliseconds * 1_000_000
        with mock.patch("brickyard.gateway.request_id.time.time_ns", lambda moment=now_ns: moment):
            made += [ids.next() for _ in range(count)]
    assert len(set(made)) == len(made)
    assert made == sorted(made)
    assert all(FORM.fullmatch(each) for each in made)


def test_two_sources_of_ids_make_none_alike():
    first, second = RequestIds(), RequestIds()
    made = [source.next() for source in (first, second) for _ in range(5_000)]
    assert len(set(made)) == len(made)


def test_the_id_of_each_answer_is_its_own(probe_cloud: ProcessCloud):
    seen = [probe_cloud.post("helloworld/Call").headers["request-id"] for _ in range(50)]
    assert len(set(seen)) == 50
    assert all(FORM.fullmatch(each) for each in seen)
