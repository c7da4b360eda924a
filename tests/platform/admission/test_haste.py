"""How fast one may call, through the front door."""

import asyncio
import re
import time
from pathlib import Path

import pytest

from brickyard.settings import Settings
from cloud import LocalCloud

PER_S = 5


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A cloud whose free tier makes few calls a second."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "prices.toml").write_text(f"[tiers.free]\nrequests_per_second = {PER_S}\n")
    return Settings(home=home, port=0)


async def key_of(cloud: LocalCloud, project: str) -> dict[str, dict[str, str]]:
    await cloud.application.books.open(project, "free")
    key, _ = await cloud.application.keyring.create(project, "", ("*",), None)
    return {"headers": {"Authorization": f"Bearer {key}"}}


async def test_more_than_allowed_is_refused_with_429_and_when_to_come_again(local_cloud: LocalCloud):
    key = await key_of(local_cloud, "prj_hasty")
    responses = [await local_cloud.post("helloworld/Call", **key) for _ in range(PER_S)]
    assert [each.status_code for each in responses] == [200] * PER_S
    assert responses[0].headers["ratelimit-policy"] == f'"account";q={PER_S};w=1'
    left = re.fullmatch(r'"account";r=(\d+);t=(\d+)', responses[0].headers["ratelimit"])
    assert left
    assert int(left[1]) == PER_S - 1
    many = await asyncio.gather(*(local_cloud.post("helloworld/Call", **key) for _ in range(10)))
    refused = [each for each in many if each.status_code == 429]
    assert refused
    assert {each.headers["retry-after"] for each in refused} == {"1"}
    assert {each.json()["retryable"] for each in refused} == {True}
    assert all("ratelimit" in each.headers for each in refused)


async def test_all_keys_of_an_account_share_its_limit_and_no_other_account_does(local_cloud: LocalCloud):
    first, second = [await key_of(local_cloud, "prj_hasty") for _ in range(2)]
    other = await key_of(local_cloud, "prj_patient")
    statuses = [
        (await local_cloud.post("helloworld/Call", **key)).status_code
        for key in (first, second) * (PER_S * 2)
    ]
    assert 429 in statuses
    assert (await local_cloud.post("helloworld/Call", **other)).status_code == 200


async def test_one_who_is_refused_is_not_read_from_for_a_moment(local_cloud: LocalCloud):
    """So a flood costs the others little: its connections rest after every refusal."""
    key = await key_of(local_cloud, "prj_flood")
    async with asyncio.timeout(30):
        for _ in range(PER_S):
            await local_cloud.post("helloworld/Call", **key)
        began = time.monotonic()
        statuses = [(await local_cloud.post("helloworld/Call", **key)).status_code for _ in range(4)]
    assert statuses.count(429) <= (time.monotonic() - began) / 0.25 + 2


async def test_repeats_are_calls_that_take_their_time(local_cloud: LocalCloud):
    headers = (await key_of(local_cloud, "prj_repeats"))["headers"] | {"Idempotency-Key": "a"}
    for _ in range(PER_S):
        assert (await local_cloud.post("helloworld/Call", headers=headers)).status_code == 200
    many = await asyncio.gather(*(local_cloud.post("helloworld/Call", headers=headers) for _ in range(10)))
    assert 429 in {each.status_code for each in many}
