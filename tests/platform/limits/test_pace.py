"""Large requests are taken at a steady pace: faster ones wait, and far faster ones are refused."""

import asyncio
import time
from pathlib import Path

import pytest

from brickyard.contract import TooManyRequests, usd
from brickyard.platform.billing.movements import Movement
from brickyard.platform.limits.counted import AGE_S, FOLLOWED, LAG_MAX_S
from brickyard.platform.limits.pace import SAVED_S, WAIT_MAX_S, Pace
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database

PER_S = 200_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "prices.toml").write_text(f"[tiers.free]\nlarge_bytes_per_second = {PER_S}\n")
    return Settings(home=home, port=0, database_url=database.url(home))


def test_what_is_not_used_is_saved_up_for_a_moment_only():
    pace = Pace(100)
    assert pace.wait_s(1000.0, 100) == 0
    assert pace.wait_s(1000.0, 50) == pytest.approx(0.5)
    assert pace.wait_s(1000.0, 50) == pytest.approx(1.0)
    assert pace.wait_s(1500.0, 100) == 0
    assert pace.wait_s(1500.0, 100) == pytest.approx(SAVED_S)


def test_one_that_would_wait_too_long_is_refused_and_takes_nothing():
    pace = Pace(100)
    pace.wait_s(1000.0, 100 + 900)
    with pytest.raises(TooManyRequests) as refused:
        pace.wait_s(1000.0, 300)
    assert refused.value.retry_after_s == pytest.approx(9 + 3 - WAIT_MAX_S)
    assert pace.wait_s(1000.0, 100) == pytest.approx(10)


def test_what_others_take_is_waited_for_up_to_a_bound():
    pace = Pace(100)
    pace.debit(100, 1000.0, 1)
    assert pace.wait_s(1000.0, 50) == pytest.approx(1 * FOLLOWED - AGE_S - 0.5)
    for _ in range(5):
        pace.debit(1_000_000, 1000.0, 1)
    with pytest.raises(TooManyRequests) as refused:
        pace.wait_s(1000.0, 100)
    assert refused.value.retry_after_s == pytest.approx(SAVED_S + WAIT_MAX_S + LAG_MAX_S + 1)
    assert pace.taken == 50


async def test_large_calls_wait_and_small_ones_do_not(local_cloud: LocalCloud):
    application = local_cloud.application
    await application.books.open("prj_large", "free")
    await application.books.grant("prj_large", Movement(amount=usd("1"), reason="a test"))
    key, _ = await application.keyring.create("prj_large", "", ("*",), None)
    headers = {"Authorization": f"Bearer {key}"}
    large = {"table": "t", "record": {"text": "x" * (PER_S // 2)}}
    begun, ended = time.monotonic(), list[str]()

    async def call(name: str, path: str, request: dict[str, object]) -> None:
        response = await local_cloud.post(path, request, headers=headers)
        assert response.status_code == 200, response.text
        ended.append(name)

    await asyncio.gather(
        *(call("large", "db/Create", large) for _ in range(4)), call("small", "helloworld/Call", {})
    )
    assert ended.index("small") < 3
    assert time.monotonic() - begun > 0.9  # two seconds' worth, of which one was saved up
