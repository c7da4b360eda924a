"""MET Norway's terms: a forecast is asked for again when it expires, and then only if it has changed."""

from datetime import UTC, datetime, timedelta

import pytest
from fakes import met_norway
from reach import FAKES, set_up

from brickyard.engines.clock import ManualClock
from brickyard.providers.documents import Library, life_s
from brickyard.providers.transport import Received
from brickyard.settings import Settings
from cloud import LocalCloud
from outside import Outside
from provider_fake import RunningFake
from tenant import Tenant

FAKE = FAKES["weather-met_norway"]
GOOD_S = 1800


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


@pytest.fixture
def double(outside: Outside) -> RunningFake:
    double = next(each for each in outside.running if each.fake is FAKE)
    double.asked.clear()
    double.queries.clear()
    double.statuses.clear()
    return double


async def test_one_forecast_answers_all_that_is_asked_of_a_place(
    local_cloud: LocalCloud, double: RunningFake
):
    await set_up(local_cloud, FAKE)
    await local_cloud.call("weather/Now", {"location": "51.50001,-0.12"})
    await local_cloud.call("weather/Now", {"location": "51.50002,-0.12"})
    await local_cloud.call("weather/Forecast", {"location": "51.5,-0.12", "days": 3})
    assert double.queries == [{"lat": "51.5", "lon": "-0.12"}]
    await local_cloud.call("weather/Now", {"location": "51.6,-0.12"})
    assert len(double.queries) == 2


async def test_what_has_expired_is_asked_for_only_if_it_has_changed(
    local_cloud: LocalCloud, double: RunningFake, clock: ManualClock
):
    await set_up(local_cloud, FAKE)
    first = await local_cloud.call("weather/Now", {"location": "51.50001,-0.12"})
    clock.advance(GOOD_S - 1)
    await local_cloud.call("weather/Now", {"location": "51.50002,-0.12"})
    clock.advance(1)
    again = await local_cloud.call("weather/Now", {"location": "51.50003,-0.12"})
    assert double.statuses == [200, 304]
    assert again["temp_c"] == first["temp_c"]
    await local_cloud.call("weather/Forecast", {"location": "51.5,-0.12", "days": 3})
    assert len(double.statuses) == 2


async def test_a_forecast_that_begins_earlier_is_read_from_now_on(
    local_cloud: LocalCloud, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    now = datetime.fromtimestamp(clock.now_ns() / 1e9, UTC)
    monkeypatch.setattr(met_norway, "FIRST", now.replace(minute=0, second=0) - timedelta(days=1))
    await set_up(local_cloud, FAKE)
    reply = await local_cloud.call("weather/Now", {"location": "51.7,-0.12"})
    assert reply["local_time"] == f"{now:%Y-%m-%d %H:00}"
    outlook = await local_cloud.call("weather/Forecast", {"location": "51.7,-0.12", "days": 2})
    assert outlook["forecast"][0]["date"] == f"{now:%Y-%m-%d}"


async def test_what_one_project_asked_for_is_asked_for_again_for_another(
    local_cloud: LocalCloud, double: RunningFake
):
    order = {"service": "weather", "order": ["met_norway"], "cloud": True}
    await local_cloud.call("provider/Choose", order)
    for project in (await Tenant.of(local_cloud), await Tenant.of(local_cloud)):
        await project.reply("weather/Now", {"location": "51.8,-0.12"})
    assert len(double.queries) == 2


@pytest.mark.parametrize(
    ("headers", "life"),
    [
        ({"expires": met_norway.EXPIRES, "date": met_norway.SENT}, GOOD_S),
        ({"expires": met_norway.SENT, "date": met_norway.EXPIRES}, 0),
        ({"expires": "Fri, 20 Nov 2099 14:52:11 GMT", "date": met_norway.SENT}, 6 * 3600),
        ({"expires": "0", "date": met_norway.SENT}, 0),
        ({"expires": "Fri, 99 Nov 99999999999 14:52:11 GMT", "date": met_norway.SENT}, 0),
        ({"expires": "Fri, 20 Nov 2026 14:52:11 -0000", "date": met_norway.SENT}, 0),
        ({"expires": met_norway.EXPIRES}, 0),
        ({}, 0),
    ],
)
def test_how_long_it_is_good_is_what_it_says(headers: dict[str, str], life: float):
    assert life_s(Received(200, headers, b"")) == life


class Replying:
    """In place of HTTP: each URL has a document of 600 bytes, good for half an hour."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, url: str, query: object = None, headers: object = None) -> Received:
        self.asked.append(url)
        return Received(200, {"expires": met_norway.EXPIRES, "date": met_norway.SENT}, b"x" * 600)


async def test_so_many_documents_are_kept_as_there_is_room_for(clock: ManualClock):
    library, http = Library(clock, size_max_bytes=2000), Replying()
    documents = library.of("prj")
    for name in ("a", "b", "c", "d", "b", "e", "b", "c"):  # three have room; what was used last stays
        await documents.get(http, f"https://a.example/{name}")  # pyright: ignore[reportArgumentType]
    assert [each[-1] for each in http.asked] == ["a", "b", "c", "d", "e", "c"]
