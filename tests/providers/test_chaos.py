"""Whatever the first provider does, the second answers in time, nobody waits for one known to be dead."""

import time
from pathlib import Path
from typing import Any

import pytest
from reach import FAKES, reaching, set_up

from brickyard.settings import Settings
from cloud import LocalCloud, ProcessCloud
from provider_fake import LIMITED_S, Fault, RunningFake

FIRST, SECOND = FAKES["currency-frankfurter"], FAKES["currency-open_exchange_rates"]
FAULTS: list[Fault] = ["down", "slow", "garbage", "empty", "half", "limited", "huge", "bomb", "unauthorized"]
LIMIT_S = 8
"""How long a task of currency may take, whoever is asked."""


@pytest.fixture
def settings(tmp_path: Path, rates: list[RunningFake]) -> Settings:
    return reaching(tmp_path / "home", rates)


def day(number: int) -> dict[str, Any]:
    """Ask for something that was not asked before."""
    return {"code": "EUR", "date": f"2021-{number // 28 + 1:02}-{number % 28 + 1:02}"}


async def state_of(cloud: LocalCloud, provider: str) -> dict[str, Any]:
    """Give how a provider is, as the catalog shows it."""
    listed = await cloud.call("provider/List", {"service": "currency"})
    return next(each for each in listed["providers"] if each["name"] == provider)


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_second_answers_when_the_first_does_not(
    fault: Fault, rates: list[RunningFake], local_cloud: LocalCloud
):
    await set_up(local_cloud, FIRST, SECOND)
    rates[0].always = fault
    started = time.monotonic()
    response = await local_cloud.post("currency/History", day(1))
    assert response.status_code == 200, response.text
    assert response.headers["provider"] == "open_exchange_rates"
    assert time.monotonic() - started < LIMIT_S


async def test_one_that_nobody_listens_for_is_passed_over(
    rates: list[RunningFake], nobody: str, local_cloud: LocalCloud
):
    await set_up(local_cloud, FIRST, SECOND)
    rates[0].ended.set()
    local_cloud.application.settings.provider_urls._origins[FIRST.origin] = nobody  # type: ignore[index]
    response = await local_cloud.post("currency/History", day(1))
    assert response.headers["provider"] == "open_exchange_rates"


async def test_one_that_fails_thrice_is_left_alone(rates: list[RunningFake], local_cloud: LocalCloud):
    await set_up(local_cloud, FIRST, SECOND)
    rates[0].always = "down"
    for number in range(10):
        response = await local_cloud.post("currency/History", day(number))
        assert response.headers["provider"] == "open_exchange_rates"
    assert len(rates[0].asked) == 3
    assert (await state_of(local_cloud, "frankfurter"))["state"] == "resting"
    assert (await state_of(local_cloud, "open_exchange_rates"))["state"] == "up"


async def test_one_that_says_when_to_come_back_is_left_alone_until_then(
    rates: list[RunningFake], local_cloud: LocalCloud
):
    await set_up(local_cloud, FIRST, SECOND)
    rates[0].faults.append("limited")
    for number in range(3):
        await local_cloud.post("currency/History", day(number))
    assert len(rates[0].asked) == 1
    shown = await state_of(local_cloud, "frankfurter")
    assert shown["state"] == "resting"
    assert LIMITED_S > 0


async def test_what_was_had_before_is_given_when_nobody_answers(
    rates: list[RunningFake], local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    await set_up(local_cloud, FIRST)
    assert "age" not in (await local_cloud.post("currency/Rates", {"code": "EUR"})).headers
    again = await local_cloud.post("currency/Rates", {"code": "EUR"})
    assert again.headers["cache-status"] == "brickyard; hit"
    assert again.headers["provider"] == "frankfurter"
    assert len(rates[0].asked) == 1
    moment = time.monotonic()
    monkeypatch.setattr(local_cloud.application._providers.broker.shelf, "_now", lambda: moment + 3600)
    rates[0].always = "down"
    stale = await local_cloud.post("currency/Rates", {"code": "EUR"})
    assert stale.status_code == 200
    assert int(stale.headers["age"]) >= 3599
    assert stale.json() == again.json()


async def test_a_second_is_asked_as_well_when_the_first_is_slow(
    rates: list[RunningFake], local_cloud: LocalCloud
):
    await set_up(local_cloud, FIRST, SECOND)
    order = [FIRST.provider, SECOND.provider]
    await local_cloud.call("provider/Choose", {"service": "currency", "order": order, "hedge": True})
    for number in range(6):
        assert (await local_cloud.post("currency/History", day(number))).headers["provider"] == "frankfurter"
    rates[0].always = "slow"
    started = time.monotonic()
    response = await local_cloud.post("currency/History", day(7))
    assert response.headers["provider"] == "open_exchange_rates"
    assert time.monotonic() - started < LIMIT_S / 2


async def test_with_nobody_left_it_says_what_was_tried(rates: list[RunningFake], local_cloud: LocalCloud):
    await set_up(local_cloud, FIRST, SECOND)
    rates[0].always, rates[1].always = "down", "garbage"
    response = await local_cloud.post("currency/Rates", {"code": "EUR"})
    assert response.status_code == 503
    body = response.json()
    assert [(each["provider"], each["kind"]) for each in body["tried"]] == [
        ("frankfurter", "down"),
        ("open_exchange_rates", "garbage"),
    ]
    assert body["retryable"] is True


def test_credentials_are_nowhere_but_sealed(tmp_path: Path):
    canary = "c0ffee5ec2e7c0ffee5ec2e7c0ffee5e"
    with ProcessCloud(tmp_path / "home", BRICKYARD_LOG_LEVEL="debug") as cloud:
        place = {"service": "currency", "provider": "open_exchange_rates"}
        cloud.call("provider/Set", {**place, "credentials": {"app_id": canary}})
        cloud.call("provider/Choose", {"service": "currency", "order": ["open_exchange_rates"]})
        shown = [
            cloud.post("provider/List", {}).text,
            cloud.post("provider/Check", place).text,
            cloud.post("currency/Rates", {"code": "EUR"}).text,
            cloud.post("provider/Set", {**place, "credentials": {"app_id": [canary]}}).text,
            cloud.post("provider/Set", {**place, "credentials": {canary: "x"}}).text.replace(canary, "", 1),
            cloud.post("audit/List", {}).text,
            cloud.post("usage/Log", {}).text,
        ]
    assert all(canary not in each for each in shown[:4]), shown
    assert all(canary not in each for each in shown[5:]), shown
    assert canary not in cloud.log.read_text()
    for file in cloud.home.rglob("*"):
        if file.is_file():
            assert canary.encode() not in file.read_bytes(), file
