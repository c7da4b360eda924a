"""Rates by Frankfurter: those of one bank and one day, though it has those of many."""

import pytest
from reach import FAKES, set_up

from brickyard.settings import Settings
from cloud import LocalCloud
from outside import Outside

FAKE = FAKES["currency-frankfurter"]


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


async def test_rates_are_the_european_central_banks(local_cloud: LocalCloud):
    await set_up(local_cloud, FAKE)
    rates = (await local_cloud.call("currency/Rates", {"code": "EUR"}))["rates"]
    assert rates["USD"] == 1.0882
    assert "AED" not in rates


async def test_what_had_no_rate_that_day_is_left_out(local_cloud: LocalCloud):
    await set_up(local_cloud, FAKE)
    reply = await local_cloud.call("currency/History", {"code": "EUR", "date": "2026-09-17"})
    assert reply["date"] == "2026-09-17"
    assert "ISK" not in reply["rates"]


@pytest.mark.parametrize(("day", "status"), [("2026-09-13", 200), ("1999-01-02", 404)])
async def test_a_day_has_its_rates_or_those_before_it(day: str, status: int, local_cloud: LocalCloud):
    await set_up(local_cloud, FAKE)
    response = await local_cloud.post("currency/History", {"code": "EUR", "date": day})
    assert response.status_code == status, response.text
    if status == 200:
        assert response.json()["date"] == "2026-09-11"
