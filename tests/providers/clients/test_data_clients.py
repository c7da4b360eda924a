"""The doubles of who knows weather, places and rates, asked by clients of theirs that are widely used."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aioopenexchangerates import Client as OpenExchangeRatesClient
from aioopenexchangerates import OpenExchangeRatesAuthError
from fakes import met_norway as met_double
from fakes import open_exchange_rates as rates_double
from fakes import open_meteo as meteo_double
from fakes import open_weather as open_weather_double
from geopy.exc import GeocoderInsufficientPrivileges, GeocoderQueryError
from geopy.geocoders import Nominatim
from metno_locationforecast import Forecast, Place
from pyowm import OWM
from pyowm.commons.exceptions import UnauthorizedError
from pyowm.utils.config import get_default_config
from redirected import redirected_session

from outside import Outside


class TestNominatim:
    def client(self, outside: Outside, agent: str = "a-test-of-a-double") -> Nominatim:
        domain = outside.url_of("geocoding", "nominatim").removeprefix("http://")
        return Nominatim(user_agent=agent, domain=domain, scheme="http")

    def test_search(self, outside: Outside):
        found: Any = self.client(outside).geocode(
            "10 Russell Street, London", addressdetails=True, language="en"
        )
        assert (found.latitude, found.longitude) == (51.5123064, -0.1216235)
        assert found.raw["address"]["city"] == "London"
        parts = {"street": "10 Russell Street", "city": "London", "postalcode": "WC2B 5HZ"}
        assert self.client(outside).geocode(parts) is not None
        assert self.client(outside).geocode("Nowhere at all") is None

    def test_reverse(self, outside: Outside):
        found: Any = self.client(outside).reverse((51.5123, -0.1216), language="en", zoom=18)
        assert found.raw["address"]["road"] == "Russell Street"
        assert self.client(outside).reverse((0.0, 0.0)) is None

    def test_refusals(self, outside: Outside):
        with pytest.raises(GeocoderInsufficientPrivileges):
            self.client(outside, "Python-urllib/3.11").geocode("London")
        with pytest.raises(GeocoderQueryError):
            self.client(outside).geocode("")


class TestOpenWeather:
    def client(self, outside: Outside, appid: str = open_weather_double.APPID) -> OWM:
        url = outside.url_of("weather", "open_weather")
        config = get_default_config()
        config["connection"] |= {"use_ssl": False, "use_proxy": True}
        return OWM(appid, config | {"proxies": {"http": url}})

    def test_weather(self, outside: Outside):
        found: Any = self.client(outside).weather_manager().weather_at_coords(51.5073, -0.1276)
        weather = found.weather
        assert (weather.detailed_status, weather.humidity, weather.clouds) == ("light rain", 81, 75)
        assert weather.temperature("celsius")["temp"] == 9.4
        assert (found.location.name, found.location.country) == ("London", "GB")

    def test_forecast(self, outside: Outside):
        found: Any = self.client(outside).weather_manager().forecast_at_coords(51.5073, -0.1276, "3h")
        weathers = list(found.forecast)
        assert len(weathers) == 40
        assert weathers[0].precipitation_probability == 0.63

    def test_places(self, outside: Outside):
        (found,) = self.client(outside).geocoding_manager().geocode("London", country="GB", limit=1)
        assert (found.lat, found.lon) == (51.5073, -0.1276)

    def test_refusals(self, outside: Outside):
        with pytest.raises(UnauthorizedError):
            self.client(outside, "another").weather_manager().weather_at_coords(51.5, -0.1)


class TestMetNorway:
    def forecast(self, outside: Outside, folder: Path, agent: str = "a-test-of-a-double") -> Forecast:
        url = f"{outside.url_of('weather', 'met_norway')}/weatherapi/locationforecast/2.0/"
        place = Place("London", 51.50853123, -0.12574123, 25)
        return Forecast(place, agent, "complete", str(folder), url)

    def test_forecast(self, outside: Outside, tmp_path: Path):
        forecast = self.forecast(outside, tmp_path)
        assert forecast.update() == "Data-Modified"
        first = forecast.data.intervals[0]
        assert (first.symbol_code, first.variables["air_temperature"].value) == ("lightrainshowers_day", 9.4)
        assert first.start_time == met_double.FIRST

    def test_what_has_not_changed_is_not_sent_again(self, outside: Outside, tmp_path: Path):
        forecast = self.forecast(outside, tmp_path)
        forecast.update()
        forecast.data.expires = datetime(2026, 11, 20, tzinfo=UTC)
        assert forecast.update() == "Data-Not-Modified"

    def test_who_says_not_who_they_are_is_refused(self, outside: Outside, tmp_path: Path):
        with pytest.raises(OSError, match="403"):
            self.forecast(outside, tmp_path, "python-requests/2.34").update()


class TestOpenMeteo:
    """Its client is imported by who needs it: that takes ten seconds of a processor's time."""

    async def test_forecast(self, outside: Outside):
        from open_meteo import DailyParameters, HourlyParameters, OpenMeteo

        asked = [HourlyParameters.TEMPERATURE_2M, HourlyParameters.WEATHER_CODE]
        daily = [DailyParameters.SUNRISE, DailyParameters.TEMPERATURE_2M_MAX]
        async with redirected_session(outside.double_of) as session:
            found = await OpenMeteo(session=session).forecast(
                latitude=51.5, longitude=-0.12, current=asked, daily=daily, forecast_days=3, timezone="auto"
            )
        assert found.current is not None
        assert found.current.temperature_2m == meteo_double.CURRENT["temperature_2m"]
        assert found.daily is not None
        assert len(found.daily.time) == 3

    async def test_places(self, outside: Outside):
        from open_meteo import OpenMeteo

        async with redirected_session(outside.double_of) as session:
            found = await OpenMeteo(session=session).geocoding(name="London", count=2)
        assert [each.country for each in found.results or []] == ["United Kingdom", "Canada"]

    async def test_refusals(self, outside: Outside):
        from open_meteo import OpenMeteo, OpenMeteoError

        async with redirected_session(outside.double_of) as session:
            with pytest.raises(OpenMeteoError, match="Latitude"):
                await OpenMeteo(session=session).forecast(latitude=91, longitude=0)


class TestOpenExchangeRates:
    async def test_rates(self, outside: Outside):
        async with redirected_session(outside.double_of) as session:
            found = await OpenExchangeRatesClient(rates_double.APP_ID, session).get_latest()
        assert (found.base, found.timestamp) == ("USD", rates_double.NEWEST_S)
        assert found.rates["EUR"] == 0.9189

    async def test_refusals(self, outside: Outside):
        async with redirected_session(outside.double_of) as session:
            with pytest.raises(OpenExchangeRatesAuthError):
                await OpenExchangeRatesClient("another", session).get_latest()
