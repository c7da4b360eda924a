from pathlib import Path

from openapi_spec_validator import validate

from cloud import ProcessCloud

SERVICE = '''
"""Draw straws."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Context, Example, Reply, Request, Service, endpoint, usd


class DrawRequest(Request):
    """Which straws."""

    straws: Annotated[int, Meta(ge=1, le=100)] = 6
    """Straws there are."""


class DrawReply(Reply):
    """What was drawn."""

    drawn: int
    """The straw that was drawn."""


class Straws(Service):
    """Draw <fair> straws."""

    category = "games"

    @endpoint(
        price=usd("0.002"),
        examples=(Example(request=DrawRequest(straws=1), reply=DrawReply(drawn=1)),),
    )
    async def draw(self, context: Context, request: DrawRequest) -> DrawReply:
        """Draw one straw."""
        return DrawReply(drawn=request.straws)
'''


def test_a_service_put_into_a_folder_is_everywhere(tmp_path: Path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "straws.py").write_text(SERVICE)
    with ProcessCloud(tmp_path / "home", BRICKYARD_SERVICES=str(folder)) as cloud:
        assert cloud.call("straws/Draw", {"straws": 1}) == {"drawn": 1}

        document = cloud.client.get("/openapi.json").json()
        validate(document)
        assert document["paths"]["/v1/straws/Draw"]["post"]["x-price"]["amount"] == "0.002"
        straws = document["components"]["schemas"]["straws.DrawRequest"]["properties"]["straws"]
        assert straws["description"] == "Straws there are."

        services = cloud.client.get("/v1").json()["services"]
        assert "straws" in {each["name"] for each in services}
        assert "/docs/services/straws" in cloud.client.get("/docs/services").text
        assert "Draw &lt;fair&gt; straws." in cloud.client.get("/").text
        assert "Straws there are." in cloud.client.get("/docs/services/straws").text
