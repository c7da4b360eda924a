"""Publishable keys: for pages, where anyone can read them."""

from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from websockets.asyncio.client import connect

from brickyard import platform, services
from brickyard.contract import Endpoint
from brickyard.contract.catalog import discover
from cloud import LocalCloud, ProcessCloud
from signed_in import with_key

SHOP, ADMIN, OTHER = "https://shop.example", "http://localhost:3000", "https://evil.example"
CATALOG = discover(services, platform)
ENDPOINTS = [each for each in CATALOG.endpoints() if not each.declaration.public]  # those need no key

SAFE = {"feature.list", "helloworld.call", "helloworld.stream", "id.generate", "id.types"}
"""What end users may call. Whoever adds one says here why it is safe.

- `feature` tells what is switched on for the project: an app shows just that.
- `helloworld` and `id` read and write nothing, and answer in microseconds.
"""


async def publishable(cloud: LocalCloud, **wanted: Any) -> str:
    request = {"kind": "publishable", "origins": [SHOP, ADMIN], **wanted}
    return (await cloud.call("key/Create", request))["key"]


async def from_page(cloud: LocalCloud, key: str, origin: str | None, path: str) -> httpx.Response:
    return await with_key(cloud, key, path, {}, **({} if origin is None else {"Origin": origin}))


async def test_it_says_what_it_is(local_cloud: LocalCloud):
    reply = await local_cloud.call("key/Create", {"kind": "publishable", "origins": [SHOP]})
    assert reply["key"].startswith("bk_pk_live_")
    assert reply["info"]["hint"].startswith("bk_pk_live_…")
    assert (reply["info"]["kind"], reply["info"]["origins"]) == ("publishable", [SHOP])


@pytest.mark.parametrize("origin", [SHOP, ADMIN])
async def test_it_works_in_its_pages(local_cloud: LocalCloud, origin: str):
    key = await publishable(local_cloud)
    for _ in range(2):  # the way in is remembered
        response = await from_page(local_cloud, key, origin, "helloworld/Call")
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == origin
        assert "origin" in response.headers["vary"].lower()
        assert "request-id" in response.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "*",
        OTHER,
        SHOP + "/",
        SHOP.upper(),
        SHOP + ":443",
        "http://shop.example",
        "shop.example",
    ],
)
@pytest.mark.parametrize("remembered", [True, False])
async def test_it_works_nowhere_else(local_cloud: LocalCloud, origin: str | None, remembered: bool):  # noqa: FBT001 - a case
    key = await publishable(local_cloud)
    if remembered:
        assert (await from_page(local_cloud, key, SHOP, "helloworld/Call")).status_code == 200
    response = await from_page(local_cloud, key, origin, "helloworld/Call")
    assert response.status_code == 403
    assert SHOP not in response.text


async def test_a_stream_is_for_its_pages_too(local_cloud: LocalCloud):
    key = await publishable(local_cloud)
    response = await from_page(local_cloud, key, SHOP, "helloworld/Stream")
    assert response.headers["access-control-allow-origin"] == SHOP
    assert (await from_page(local_cloud, key, OTHER, "helloworld/Stream")).status_code == 403


@pytest.mark.parametrize(("origin", "first"), [(SHOP, {"message": "Hello"}), (OTHER, None)])
async def test_a_socket_is_opened_from_its_pages_only(
    local_cloud: LocalCloud, origin: str, first: dict[str, str] | None
):
    key = await publishable(local_cloud)
    address = local_cloud.address.replace("http", "ws") + "/v1/helloworld/Stream"
    headers = {"Authorization": f"Bearer {key}", "Origin": origin}
    async with connect(address, additional_headers=headers) as socket:
        await socket.send("{}")
        frame = msgspec.json.decode(await socket.recv())
    assert frame == first or (first is None and frame["code"] == 403)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=[each.id for each in ENDPOINTS])
async def test_it_calls_what_is_safe_and_nothing_else(shared_cloud: ProcessCloud, endpoint: Endpoint):
    key = shared_cloud.call("key/Create", {"kind": "publishable", "origins": [SHOP]})["key"]
    headers = {"Authorization": f"Bearer {key}", "Origin": SHOP}
    response = shared_cloud.post(f"{endpoint.service}/{endpoint.name}", headers=headers)
    assert (response.status_code == 200) == (endpoint.id in SAFE)
    assert response.status_code in {200, 403}
    assert endpoint.declaration.browser == (endpoint.id in SAFE)


async def test_its_scopes_narrow_it_further(local_cloud: LocalCloud):
    key = await publishable(local_cloud, scopes=["id"])
    assert (await from_page(local_cloud, key, SHOP, "id/Generate")).status_code == 200
    assert (await from_page(local_cloud, key, SHOP, "helloworld/Call")).status_code == 403


@pytest.mark.parametrize("scopes", [["key"], ["id", "usage/Log"], ["project"], ["admin"]])
async def test_it_never_reaches_the_control_plane(local_cloud: LocalCloud, scopes: list[str]):
    request = {"kind": "publishable", "origins": [SHOP], "scopes": scopes}
    assert (await local_cloud.post("key/Create", request)).status_code == 400
    made = await local_cloud.call("key/Create", {"kind": "publishable", "origins": [SHOP]})
    response = await local_cloud.post("key/Update", {"id": made["info"]["id"], "scopes": scopes})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "origins",
    [
        [],
        ["*"],
        ["null"],
        ["shop.example"],
        [SHOP + "/"],
        [SHOP + "/page"],
        ["https://Shop.example"],
        ["https://*.example"],
        ["https://shop.example\n"],
        ["https://user@shop.example"],
        ["http://shop.example"],
        ["http://localhost.evil.example"],
        ["ftp://shop.example"],
        ["https://häuser.example"],
    ],
)
async def test_an_origin_is_written_as_browsers_send_it(local_cloud: LocalCloud, origins: list[str]):
    response = await local_cloud.post("key/Create", {"kind": "publishable", "origins": origins})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"].startswith("/origins")


@pytest.mark.parametrize(
    "origin", ["http://localhost", "http://127.0.0.1:5173", "http://[::1]:8000", "https://a.example:8443"]
)
async def test_pages_on_this_machine_need_no_tls(local_cloud: LocalCloud, origin: str):
    key = await publishable(local_cloud, origins=[origin])
    assert (await from_page(local_cloud, key, origin, "id/Types")).status_code == 200


async def test_a_secret_key_has_no_origins_and_is_answered_anywhere(local_cloud: LocalCloud):
    assert (await local_cloud.post("key/Create", {"origins": [SHOP]})).status_code == 400
    response = await from_page(local_cloud, local_cloud.key, OTHER, "helloworld/Call")
    assert response.headers.get_list("access-control-allow-origin") == ["*"]


async def test_other_origins_hold_at_once(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"kind": "publishable", "origins": [SHOP]})
    assert (await from_page(local_cloud, made["key"], SHOP, "id/Types")).status_code == 200
    await local_cloud.call("key/Update", {"id": made["info"]["id"], "origins": [ADMIN]})
    assert (await from_page(local_cloud, made["key"], SHOP, "id/Types")).status_code == 403
    assert (await from_page(local_cloud, made["key"], ADMIN, "id/Types")).status_code == 200


def test_the_catalog_and_the_reference_say_what_is_safe(shared_cloud: ProcessCloud):
    listed = {
        f"{service['name']}.{endpoint['name'].lower()}"
        for service in shared_cloud.client.get("/v1").json()["services"]
        for endpoint in service["endpoints"]
        if endpoint["browser"]
    }
    paths = shared_cloud.client.get("/openapi.json").json()["paths"].values()
    marked = {each["post"]["operationId"] for each in paths if each["post"].get("x-browser")}
    assert listed == marked == SAFE
    assert "browser</span>" in shared_cloud.client.get("/docs/services/id").text
    assert "browser</span>" not in shared_cloud.client.get("/docs/services/db").text
