import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.services.id.flakes import SNOWFLAKE_EPOCH_MS, Flakes
from cloud import LocalCloud

FORMS = {
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "ulid": r"[0-7][0-9A-HJKMNP-TV-Z]{25}",
    "ksuid": r"[0-9A-Za-z]{27}",
    "xid": r"[0-9a-v]{20}",
    "nanoid": r"[A-Za-z0-9_-]{21}",
    "shortid": r"[A-Za-z0-9_-]{9}",
    "snowflake": r"[1-9][0-9]{15,18}",
    "bigflake": r"[1-9][0-9]{30,33}",
}
MAKERS = {
    "snowflake": Flakes.snowflake,
    "bigflake": Flakes.bigflake,
    "shortid": Flakes.shortid,
    "xid": Flakes.xid,
}


@pytest.mark.parametrize("kind", FORMS)
async def test_every_kind_has_its_form_and_no_two_are_alike(local_cloud: LocalCloud, kind: str):
    replies = [await local_cloud.call("id/Generate", {"type": kind}) for _ in range(20)]
    assert all(reply["type"] == kind and re.fullmatch(FORMS[kind], reply["id"]) for reply in replies)
    assert len({reply["id"] for reply in replies}) == 20


async def test_without_a_kind_it_is_a_uuid(local_cloud: LocalCloud):
    for body in ({}, {"type": ""}, {"type": None}):
        assert (await local_cloud.call("id/Generate", body))["type"] == "uuid"


async def test_the_kinds_listed_are_those_that_can_be_made(local_cloud: LocalCloud):
    assert (await local_cloud.call("id/Types"))["types"] == list(FORMS)


async def test_an_unknown_kind_is_refused(local_cloud: LocalCloud):
    response = await local_cloud.post("id/Generate", {"type": "serial"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/type"


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
@given(moments=st.lists(st.integers(1_800_000_000, 1_800_000_003), min_size=2, max_size=300))
def test_ids_of_time_never_repeat_and_always_rise_whatever_the_clock_does(
    maker: Callable[[Flakes, int], str], moments: list[int]
):
    flakes = Flakes()
    ids = [maker(flakes, second * 1_000_000_000) for second in moments]
    assert len(set(ids)) == len(ids)
    if maker in (Flakes.snowflake, Flakes.bigflake):
        numbers = [int(each) for each in ids]
        assert numbers == sorted(numbers)


def test_a_snowflake_tells_its_time():
    moment_ms = 1_800_000_000_123
    number = int(Flakes().snowflake(moment_ms * 1_000_000))
    assert (number >> 22) + SNOWFLAKE_EPOCH_MS == moment_ms
