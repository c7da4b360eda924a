"""A key whose calls a second are bounded makes no more of them by way of other keys."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from brickyard.gateway import money, pipeline
from brickyard.platform.admission import admission
from brickyard.platform.key.embedded import MAKERS_MAX
from cloud import LocalCloud
from signed_in import with_key

PER_S = 12


class Stopwatch:
    """The time that limits go by; it stands still."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    stopwatch = Stopwatch()
    stopped = SimpleNamespace(monotonic=stopwatch.monotonic, perf_counter=time.perf_counter)
    for module in (admission, money, pipeline):
        monkeypatch.setattr(module, "time", stopped)
    return stopwatch


async def make(cloud: LocalCloud, maker: str | None, per_s: int) -> tuple[str, dict[str, Any]]:
    """Make a key that may make more, by `maker` or by one that is not bounded."""
    body = {"scopes": ["key", "helloworld"], "rate_limit_per_s": per_s}
    made = await cloud.call("key/Create", body) if maker is None else await by(cloud, maker, "Create", body)
    return made["key"], made["info"]


async def by(cloud: LocalCloud, key: str, endpoint: str, body: dict[str, Any]) -> Any:
    response = await with_key(cloud, key, f"key/{endpoint}", body)
    assert response.status_code == 200, response.text
    return response.json()


async def flood(cloud: LocalCloud, *keys: str) -> list[int]:
    """Call by turns with each key until it is refused, which it stays; gives how many were let in by each."""
    through = dict.fromkeys(keys, 0)
    calling = list(keys)
    while calling:
        for key in calling.copy():
            response = await with_key(cloud, key, "helloworld/Call")
            assert response.status_code in (200, 429)
            through[key] += response.status_code == 200
            if response.status_code == 429 or through[key] == 2 * PER_S:
                calling.remove(key)
    return list(through.values())


async def test_a_bounded_key_and_those_it_makes_call_no_more_often_than_it_may(
    local_cloud: LocalCloud, stopwatch: Stopwatch
):
    maker, info = await make(local_cloud, None, PER_S)
    made = [await make(local_cloud, maker, per_s) for per_s in (PER_S, PER_S, PER_S // 2)]
    assert {each["rate_within"] for _, each in made} == {info["id"]}
    keys = [maker, *(key for key, _ in made)]
    for _ in range(3):
        stopwatch.now_s += 1
        through = await flood(local_cloud, *keys)
        assert sum(through) == PER_S
        assert min(through) > 0
    stopwatch.now_s += 1
    assert await flood(local_cloud, keys[-1]) == [PER_S // 2]
    assert sum(await flood(local_cloud, *keys[:-1])) == PER_S // 2


async def test_what_a_made_key_makes_is_within_the_bounds_of_both(
    local_cloud: LocalCloud, stopwatch: Stopwatch
):
    first, _ = await make(local_cloud, None, PER_S)
    second, _ = await make(local_cloud, first, 6)
    thirds = [(await make(local_cloud, second, per_s))[0] for per_s in (6, 5, 4)]
    stopwatch.now_s += 1
    assert sum(await flood(local_cloud, second, *thirds)) == 6
    assert sum(await flood(local_cloud, first, second, *thirds)) == PER_S - 6


async def test_a_key_that_is_rotated_has_one_rate_with_the_one_that_takes_its_place(
    local_cloud: LocalCloud, stopwatch: Stopwatch
):
    old, info = await make(local_cloud, None, PER_S)
    made, _ = await make(local_cloud, old, PER_S)
    rotated = await by(local_cloud, old, "Rotate", {"id": info["id"]})
    stopwatch.now_s += 1
    assert sum(await flood(local_cloud, old, rotated["key"], made)) == PER_S
    again = await local_cloud.call("key/Rotate", {"id": rotated["info"]["id"]})
    assert sum(await flood(local_cloud, old, rotated["key"], again["key"])) == 0
    stopwatch.now_s += 1
    await by(local_cloud, again["key"], "Update", {"id": again["info"]["id"], "rate_limit_per_s": 5})
    assert (await local_cloud.call("key/Get", {"id": info["id"]}))["info"]["rate_limit_per_s"] == 5
    stopwatch.now_s += 1
    assert sum(await flood(local_cloud, old, rotated["key"], again["key"], made)) == 5


async def test_who_is_signed_in_lifts_the_bound_of_a_maker_and_so_of_those_it_made(
    local_cloud: LocalCloud, stopwatch: Stopwatch
):
    maker, info = await make(local_cloud, None, PER_S)
    made, child = await make(local_cloud, maker, PER_S)
    await local_cloud.call("key/Update", {"id": child["id"], "rate_limit_per_s": 0})
    stopwatch.now_s += 1
    assert sum(await flood(local_cloud, made, maker)) == PER_S
    await local_cloud.call("key/Update", {"id": info["id"], "rate_limit_per_s": 0})
    assert sum(await flood(local_cloud, made, maker)) == 4 * PER_S


async def test_a_key_made_by_one_that_is_not_bounded_has_a_rate_of_its_own(
    local_cloud: LocalCloud, stopwatch: Stopwatch
):
    free, _ = await make(local_cloud, None, 0)
    made = [await make(local_cloud, free, PER_S) for _ in range(2)]
    assert [each["rate_within"] for _, each in made] == [None, None]
    stopwatch.now_s += 1
    assert await flood(local_cloud, *(key for key, _ in made)) == [PER_S, PER_S]


async def test_the_headers_say_what_binds(local_cloud: LocalCloud, stopwatch: Stopwatch):
    maker, _ = await make(local_cloud, None, PER_S)
    equal, _ = await make(local_cloud, maker, PER_S)
    narrow, _ = await make(local_cloud, maker, 5)
    stopwatch.now_s += 1
    assert await flood(local_cloud, narrow) == [5]
    refused = await with_key(local_cloud, narrow, "helloworld/Call")
    assert "makes more than 5 calls" in refused.json()["detail"]
    answered = await with_key(local_cloud, equal, "helloworld/Call")
    assert answered.headers["ratelimit-policy"] == f'"key";q={PER_S};w=1'
    assert await flood(local_cloud, maker) == [PER_S - 5 - 1]
    stopwatch.now_s += 0.5
    assert sum(await flood(local_cloud, maker)) == PER_S // 2
    refused = await with_key(local_cloud, narrow, "helloworld/Call")
    assert f"make more than {PER_S} calls" in refused.json()["detail"]
    assert refused.headers["ratelimit-policy"] == f'"key";q=5;w=1, "maker";q={PER_S};w=1'


async def test_no_key_is_within_the_bounds_of_very_many(local_cloud: LocalCloud, stopwatch: Stopwatch):
    key = None
    for number in range(MAKERS_MAX + 1):
        key, _ = await make(local_cloud, key, PER_S - number)
    assert key is not None
    refused = await with_key(
        local_cloud, key, "key/Create", {"scopes": ["helloworld"], "rate_limit_per_s": 1}
    )
    assert refused.status_code == 403
    assert "ask signed in" in refused.json()["detail"]
    stopwatch.now_s += 1
    assert await flood(local_cloud, key) == [PER_S - MAKERS_MAX]
