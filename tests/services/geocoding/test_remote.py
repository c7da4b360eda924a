"""Those who know streets and houses, by their doubles."""

import time

import pytest
from reach import FAKES, set_up

from brickyard.settings import Settings
from cloud import LocalCloud
from outside import Outside

NAMES = ("nominatim", "google", "mapbox")
ADDRESS = {"address": "10 russell st", "postcode": "wc2b", "city": "london", "country": "uk"}
HOUSE = {
    "line_one": "10 Russell Street",
    "city": "London",
    "country": "United Kingdom",
    "postcode": "WC2B 5HZ",
}


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


@pytest.mark.parametrize("name", NAMES)
async def test_a_house_is_found_by_its_address_and_by_where_it_is(name: str, local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES[f"geocoding-{name}"])
    for path, request in (
        ("geocoding/Lookup", ADDRESS),
        ("geocoding/Lookup", {"address": "10 Russell Street, London"}),
        ("geocoding/Reverse", {"latitude": 51.5123064, "longitude": -0.1216235}),
    ):
        reply = await local_cloud.call(path, request)
        assert reply["precision"] == "house"
        assert reply["address"] | HOUSE == reply["address"]
        assert reply["location"] == {"latitude": 51.5123064, "longitude": -0.1216235}


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_nowhere_is_not_found(name: str, local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES[f"geocoding-{name}"])
    assert (await local_cloud.post("geocoding/Lookup", {"city": "Nowhereham"})).status_code == 404
    at_sea = {"latitude": 0.0, "longitude": -30.0}
    assert (await local_cloud.post("geocoding/Reverse", at_sea)).status_code == 404


async def test_answers_are_kept_where_that_is_allowed_and_nowhere_else(local_cloud: LocalCloud):
    for name, kept in (("nominatim", True), ("google", False), ("mapbox", False)):
        await set_up(local_cloud, FAKES[f"geocoding-{name}"])
        for _ in range(2):
            response = await local_cloud.post("geocoding/Lookup", ADDRESS)
        assert ("age" in response.headers) == kept


async def test_nominatim_is_asked_once_a_second(local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES["geocoding-nominatim"])
    started = time.monotonic()
    for number in range(3):
        await local_cloud.call("geocoding/Lookup", {"address": f"{number} Russell Street"})
    assert time.monotonic() - started >= 2


async def test_without_settings_the_keyless_is_asked_before_the_gazetteer(local_cloud: LocalCloud):
    response = await local_cloud.post("geocoding/Lookup", ADDRESS)
    assert response.headers["provider"] == "nominatim"


async def test_googles_key_stands_in_no_address(local_cloud: LocalCloud, outside: Outside):
    fake = FAKES["geocoding-google"]
    await set_up(local_cloud, fake)
    double = next(each for each in outside.running if each.fake is fake)
    before = len(double.asked)
    await local_cloud.call("geocoding/Lookup", {"address": "10/2 Russell Street?key=x#y, ../.."})
    assert double.asked[before:] == ["GET /v4/geocode/address"]
    assert double.queries[-1] == {"addressQuery": "10/2 Russell Street?key=x#y, ../..", "languageCode": "en"}


async def test_a_flat_is_as_precise_as_its_house(local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES["geocoding-mapbox"])
    reply = await local_cloud.call("geocoding/Lookup", {"address": "10 Russell Street Apt 4, London"})
    assert (reply["precision"], reply["address"]["line_one"]) == ("house", "10 Russell Street Apt 4")
