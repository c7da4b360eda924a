"""There is no weather without somebody who knows it, and none is made up."""

from cloud import LocalCloud


async def test_without_a_network_it_says_what_was_tried(local_cloud: LocalCloud):
    response = await local_cloud.post("weather/Now", {"location": "London"})
    assert response.status_code == 503
    tried = {each["provider"]: each["kind"] for each in response.json()["tried"]}
    assert tried == dict.fromkeys(("open_meteo", "weather_api", "open_weather", "met_norway"), "not set up")
