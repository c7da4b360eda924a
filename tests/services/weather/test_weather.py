"""The weather, by doubles of those who know it."""

from typing import Any

import pytest
from reach import FAKES, set_up

from brickyard.services.weather.embedded import point
from brickyard.services.weather.providers.met_norway import words
from brickyard.settings import Settings
from cloud import LocalCloud
from outside import Outside

NAMES = ("open_meteo", "weather_api", "open_weather", "met_norway")
BY_NAME = NAMES[:3]
LONDON = "51.51,-0.13"


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


async def pin(cloud: LocalCloud, name: str) -> None:
    await set_up(cloud, FAKES[f"weather-{name}"])


@pytest.mark.parametrize("name", NAMES)
async def test_every_provider_gives_the_same_things(name: str, local_cloud: LocalCloud):
    await pin(local_cloud, name)
    now = await local_cloud.call("weather/Now", {"location": LONDON})
    assert 8 < now["temp_c"] < 11
    assert now["temp_f"] == round(now["temp_c"] * 1.8 + 32, 1)
    assert now["wind_mph"] == round(now["wind_kph"] / 1.609344, 1)
    assert now["wind_direction"] == point(now["wind_degree"])
    assert now["condition"]
    assert now["daytime"] is True
    outlook = await local_cloud.call("weather/Forecast", {"location": LONDON, "days": 3})
    assert [each["date"] for each in outlook["forecast"]] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    for day in outlook["forecast"]:
        assert day["min_temp_c"] <= day["avg_temp_c"] <= day["max_temp_c"]
        assert day["will_it_rain"] is True
        assert 50 < day["chance_of_rain"] < 100


@pytest.mark.parametrize("name", BY_NAME)
async def test_places_are_found_by_name(name: str, local_cloud: LocalCloud):
    await pin(local_cloud, name)
    assert (await local_cloud.call("weather/Now", {"location": " london "}))["location"] == "London"
    response = await local_cloud.post("weather/Now", {"location": "Nowhereham"})
    assert response.status_code == 404


async def test_of_two_places_of_a_name_the_one_in_the_country_is_meant(local_cloud: LocalCloud):
    await pin(local_cloud, "open_meteo")
    assert (await local_cloud.call("weather/Now", {"location": "London"}))["country"] == "United Kingdom"
    assert (await local_cloud.call("weather/Now", {"location": "London, Ontario"}))["country"] == "Canada"
    assert (await local_cloud.post("weather/Now", {"location": "London, France"})).status_code == 404


@pytest.mark.parametrize(("name", "days"), [("open_weather", 5), ("met_norway", 9), ("weather_api", 3)])
async def test_who_does_not_look_so_far_says_so(name: str, days: int, local_cloud: LocalCloud):
    await pin(local_cloud, name)
    outlook = await local_cloud.call("weather/Forecast", {"location": LONDON, "days": days})
    assert len(outlook["forecast"]) == days
    response = await local_cloud.post("weather/Forecast", {"location": LONDON, "days": days + 1})
    assert response.status_code == 400
    assert str(days + 1) in response.json()["detail"]


async def test_who_cannot_do_it_gives_way_to_who_can(local_cloud: LocalCloud):
    await local_cloud.call("provider/Choose", {"service": "weather", "order": ["met_norway", "open_meteo"]})
    response = await local_cloud.post("weather/Now", {"location": "London"})
    assert response.headers["provider"] == "open_meteo"
    response = await local_cloud.post("weather/Now", {"location": LONDON})
    assert response.headers["provider"] == "met_norway"


async def test_without_days_there_is_today(local_cloud: LocalCloud):
    await pin(local_cloud, "open_meteo")
    for request in (
        {"location": LONDON},
        {"location": LONDON, "days": 0},
        {"location": LONDON, "days": None},
    ):
        assert len((await local_cloud.call("weather/Forecast", request))["forecast"]) == 1


@pytest.mark.parametrize(
    ("endpoint", "request_", "pointer"),
    [
        ("Now", {}, "/location"),
        ("Now", {"location": ""}, "/location"),
        ("Now", {"location": " \n "}, "/location"),
        ("Now", {"location": "a\u0000b"}, "/location"),
        ("Now", {"location": "a" * 201}, "/location"),
        ("Now", {"location": "91,0"}, "/location"),
        ("Now", {"location": "0,-180.5"}, "/location"),
        ("Now", {"location": 5}, "/location"),
        ("Forecast", {"location": LONDON, "days": 11}, "/days"),
        ("Forecast", {"location": LONDON, "days": -1}, "/days"),
        ("Forecast", {"location": LONDON, "days": 1.5}, "/days"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    endpoint: str, request_: dict[str, Any], pointer: str, local_cloud: LocalCloud
):
    response = await local_cloud.post(f"weather/{endpoint}", request_)
    assert response.status_code == 400
    assert [each["pointer"] for each in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("degree", "name"), [(0, "N"), (11, "N"), (12, "NNE"), (45, "NE"), (180, "S"), (348, "NNW"), (355, "N")]
)
def test_the_wind_comes_from_one_of_sixteen_points(degree: int, name: str):
    assert point(degree) == name


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("clearsky_day", "Clear sky"),
        ("lightrainshowersandthunder_night", "Light rain showers and thunder"),
        ("heavysnow", "Heavy snow"),
        ("rainandthunder", "Rain and thunder"),
        ("sleetshowers_polartwilight", "Sleet showers"),
    ],
)
def test_symbols_are_said_in_words(symbol: str, said: str):
    assert words(symbol) == said


async def test_a_fault_of_weatherapis_own_is_not_the_callers(local_cloud: LocalCloud):
    await pin(local_cloud, "weather_api")
    response = await local_cloud.post("weather/Now", {"location": "London, broken"})
    assert response.status_code == 503
    assert {each["kind"] for each in response.json()["tried"]} == {"down"}
