"""The cities of the world, without a network: a city where there is one, and never a guess."""

from typing import Any

import pytest

from cloud import LocalCloud


@pytest.mark.parametrize(
    ("request_", "latitude", "country"),
    [
        ({"city": "London"}, 51.5, "United Kingdom"),
        ({"city": "london", "country": "uk"}, 51.5, "United Kingdom"),
        ({"city": "London", "country": "CA"}, 43.0, "Canada"),
        ({"address": "London"}, 51.5, "United Kingdom"),
        ({"address": "London, Ontario"}, 43.0, "Canada"),
        ({"address": "London, Ontario, Canada"}, 43.0, "Canada"),
        ({"address": "10 Russell Street, London, UK"}, 51.5, "United Kingdom"),
        (
            {"address": "10 russell st", "city": "london", "postcode": "wc2b", "country": "uk"},
            51.5,
            "United Kingdom",
        ),
        ({"address": "Paris, France"}, 48.9, "France"),
        ({"city": "zurich"}, 47.4, "Switzerland"),
        ({"city": "ZÜRICH", "country": "Switzerland"}, 47.4, "Switzerland"),
        ({"city": "saint etienne", "country": "fr"}, 45.4, "France"),
        ({"city": "New York City", "country": "USA"}, 40.7, "United States"),
        ({"city": "Roma"}, 41.9, "Italy"),
        ({"city": "Roma", "country": "LS"}, -29.4, "Lesotho"),
        ({"city": "München"}, 48.1, "Germany"),
        ({"city": "MUNCHEN", "country": "de"}, 48.1, "Germany"),
        ({"city": "北京"}, 39.9, "China"),
        ({"city": "Москва"}, 55.8, "Russian Federation"),
        ({"city": "القاهرة"}, 30.1, "Egypt"),
        ({"address": "Marienplatz 1, München, Germany"}, 48.1, "Germany"),
        ({"city": "Porto"}, 41.1, "Portugal"),  # and not Bordeaux, which some call so
        ({"city": "Salem", "country": "US"}, 44.9, "United States"),
        ({"city": "Islamabad"}, 33.7, "Pakistan"),
    ],
)
async def test_a_city_is_found(
    request_: dict[str, Any], latitude: float, country: str, local_cloud: LocalCloud
):
    response = await local_cloud.post("geocoding/Lookup", request_)
    assert response.status_code == 200, response.text
    reply = response.json()
    assert round(reply["location"]["latitude"], 1) == latitude
    assert reply["address"]["country"] == country
    assert reply["precision"] == "city"
    assert reply["address"]["line_one"] == ""
    assert response.headers["provider"] == "gazetteer"


@pytest.mark.parametrize(
    "request_",
    [
        {"city": "Nowhereham"},
        {"city": "London", "country": "Atlantis"},
        {"city": "London", "country": "FR"},
        {"address": "10 Russell Street"},
        {"postcode": "WC2B 5HZ"},
        {"country": "France"},
        {"address": ",,,"},
        {"city": "%"},
        {"city": "' OR 1=1 --"},
    ],
)
async def test_what_is_not_known_is_not_guessed(request_: dict[str, Any], local_cloud: LocalCloud):
    response = await local_cloud.post("geocoding/Lookup", request_)
    assert response.status_code == 404, response.text


@pytest.mark.parametrize(
    ("latitude", "longitude", "city"),
    [
        (48.8584, 2.2945, "Paris"),
        (40.7484, -73.9857, "New York City"),
        (-41.2866, 174.7756, "Wellington"),
        (64.1466, -21.9426, "Reykjavík"),
    ],
)
async def test_the_nearest_city_is_what_is_there(
    latitude: float, longitude: float, city: str, local_cloud: LocalCloud
):
    at = {"latitude": latitude, "longitude": longitude}
    reply = await local_cloud.call("geocoding/Reverse", at)
    assert reply["precision"] == "city"
    assert abs(reply["location"]["latitude"] - latitude) < 0.2
    if city in {"Wellington", "Reykjavík"}:
        assert reply["address"]["city"] == city


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(0.0, -30.0), (-48.9, -123.4), (90.0, 0.0), (-90.0, 180.0)]
)
async def test_in_the_middle_of_nowhere_there_is_nothing(
    latitude: float, longitude: float, local_cloud: LocalCloud
):
    at = {"latitude": latitude, "longitude": longitude}
    assert (await local_cloud.post("geocoding/Reverse", at)).status_code == 404


@pytest.mark.parametrize(
    ("endpoint", "request_", "pointer"),
    [
        ("Lookup", {}, "/address"),
        ("Lookup", {"address": " \t "}, "/address"),
        ("Lookup", {"address": "a" * 301}, "/address"),
        ("Lookup", {"address": "a\u0000b"}, "/address"),
        ("Lookup", {"city": "a\u202eb"}, "/city"),
        ("Lookup", {"city": ["London"]}, "/city"),
        ("Reverse", {"latitude": 90.01, "longitude": 0}, "/latitude"),
        ("Reverse", {"latitude": 0, "longitude": -181}, "/longitude"),
        ("Reverse", {"latitude": 0}, "/longitude"),
        ("Reverse", {"latitude": "51.5", "longitude": 0}, "/latitude"),
        ("Reverse", {"latitude": 1e308, "longitude": 0}, "/latitude"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    endpoint: str, request_: dict[str, Any], pointer: str, local_cloud: LocalCloud
):
    response = await local_cloud.post(f"geocoding/{endpoint}", request_)
    assert response.status_code == 400, response.text
    assert [each["pointer"] for each in response.json()["errors"]] == [pointer]
