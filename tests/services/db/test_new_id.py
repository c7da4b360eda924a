import time
from uuid import RFC_4122, UUID

from brickyard.services.db.new_id import IdMaker


def test_ids_are_uuids_of_version_7_that_bear_their_time():
    made = UUID(IdMaker().new())
    assert (made.version, made.variant) == (7, RFC_4122)
    assert abs((made.int >> 80) - time.time_ns() // 1_000_000) < 60_000


def test_no_two_ids_are_alike_however_many_are_made_at_once():
    maker = IdMaker()
    ids = [maker.new() for _ in range(50_000)]
    assert len(set(ids)) == len(ids)
    assert all(len(each) == 36 for each in ids)


def test_the_random_bits_are_all_in_use():
    maker = IdMaker()
    seen = [UUID(maker.new()).int for _ in range(2_000)]
    ones, zeros = 0, 0
    for each in seen:
        ones, zeros = ones | each, zeros | ~each
    random_bits = ((1 << 62) - 1) | ((1 << 12) - 1) << 64
    assert ones & zeros & random_bits == random_bits
