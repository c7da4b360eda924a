from pathlib import Path

from openapi_spec_validator import validate

from cloud import ProcessCloud

SERVICE = '''
"""Throw dice."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Context, Example, Reply, Request, Service, endpoint, usd


class ThrowRequest(Request):
    """Which dice."""

    sides: Annotated[int, Meta(ge=1, le=100)] = 6
    """Sides that the die has."""


class ThrowReply(Reply):
    """What was thrown."""

    shows: int
    """The side on top."""


class Dice(Service):
    """Throw <fair> dice."""

    category = "games"

    @endpoint(
        price=usd("0.002"),
        examples=(Example(request=ThrowRequest(sides=1), reply=ThrowReply(shows=1)),),
    )
    async def throw(self, context: Context, request: ThrowRequest) -> ThrowReply:
        """Throw one die."""
        return ThrowReply(shows=request.sides)
'''


def test_a_service_put_into_a_folder_is_everywhere(tmp_path: Path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "dice.py").write_text(SERVICE)
    with ProcessCloud(tmp_path / "home", BRICKYARD_SERVICES=str(folder)) as cloud:
        assert cloud.call("dice/Throw", {"sides": 1}) == {"shows": 1}

        document = cloud.client.get("/openapi.json").json()
        validate(document)
        assert document["paths"]["/v1/dice/Throw"]["post"]["x-price"]["amount"] == "0.002"
        sides = document["components"]["schemas"]["dice.ThrowRequest"]["properties"]["sides"]
        assert sides["description"] == "Sides that the die has."

        services = cloud.client.get("/v1").json()["services"]
        assert "dice" in {each["name"] for each in services}
        assert "/docs/services/dice" in cloud.client.get("/docs/services").text
        assert "Throw &lt;fair&gt; dice." in cloud.client.get("/").text
        assert "Sides that the die has." in cloud.client.get("/docs/services/dice").text
