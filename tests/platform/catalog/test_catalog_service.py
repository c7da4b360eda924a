"""The catalog as a service: what there is to call, for anyone who asks."""

from pathlib import Path
from typing import Any

import httpx2 as httpx
import jsonschema
import pytest

from brickyard import platform, services
from brickyard.app import Application
from brickyard.contract.catalog import discover
from brickyard.settings import Settings
from cloud import LocalCloud

CATALOG = discover(services, platform)


async def anonymous(cloud: LocalCloud, path: str, body: Any = None) -> Any:
    """Call without a key."""
    response = await httpx.AsyncClient().post(f"{cloud.address}/v1/{path}", json=body or {})
    assert response.status_code == 200, response.text
    return response.json()


async def page(cloud: LocalCloud) -> Any:
    return (await cloud.client.get("/v1")).json()


async def test_everyone_is_told_what_there_is_to_call(local_cloud: LocalCloud):
    shown_services = (await anonymous(local_cloud, "catalog/List"))["services"]
    assert [each["name"] for each in shown_services] == [each.name for each in CATALOG]
    listed = {each["path"]: each for service in shown_services for each in service["endpoints"]}
    for each in CATALOG.endpoints():
        shown = listed[f"/v1/{each.service}/{each.name}"]
        declared = each.declaration
        assert (shown["stream"], shown["browser"]) == (each.stream, declared.browser)
        assert (shown["repeat"], shown["public"]) == (declared.repeat, declared.public)
        assert shown["description"] == each.doc


async def test_a_service_in_full_is_the_one_of_the_page_and_its_examples_fit_its_schemas(
    local_cloud: LocalCloud,
):
    for paged in (await page(local_cloud))["services"]:
        service = (await anonymous(local_cloud, "catalog/Get", {"service": paged["name"]}))["service"]
        assert service == paged
        for each in service["endpoints"]:
            for example in each["examples"]:
                jsonschema.validate(example["request"], each["request"])
                if example["reply"] is not None:
                    jsonschema.validate(example["reply"], each["reply"])


async def test_prices_are_those_that_hold_here_tier_by_tier(local_cloud: LocalCloud):
    prices = (await local_cloud.call("billing/Prices", {"service": "db"}))["prices"]
    service = (await anonymous(local_cloud, "catalog/Get", {"service": "DB"}))["service"]
    shown = {f"db/{each['name']}": each["price"] for each in service["endpoints"]}
    assert shown == {each["endpoint"]: each["price"] for each in prices}
    (create,) = [each for each in service["endpoints"] if each["name"] == "Create"]
    tiers = {each["tier"]: each["price"] for each in create["tiers"]}
    assert (tiers["owner"], tiers["free"]) == ("0", create["price"])


def test_an_operators_price_is_in_the_catalog_and_on_the_page(tmp_path: Path):
    (tmp_path / "prices.toml").write_text('[endpoints."id/Generate"]\nprice = "0.25"\n')
    application = Application(Settings(home=tmp_path))
    try:
        endpoints = application.listing.detail("id").endpoints
    finally:
        application.close()
    (generate,) = [each for each in endpoints if each.name == "Generate"]
    assert generate.price == "0.25"


async def test_providers_are_shown_as_on_the_page(local_cloud: LocalCloud):
    every = (await anonymous(local_cloud, "catalog/Providers"))["providers"]
    paged = (await page(local_cloud))["providers"]
    assert every == [each for providers in paged.values() for each in providers]
    currency = (await anonymous(local_cloud, "catalog/Providers", {"service": "currency"}))["providers"]
    assert currency == paged["currency"]
    known = {each["name"]: each for each in currency}
    assert known["open_exchange_rates"]["state"] == "not set up"
    assert [each["name"] for each in known["open_exchange_rates"]["credentials"]] == ["app_id"]
    assert known["central_bank"]["licence"]
    assert (await anonymous(local_cloud, "catalog/Providers", {"service": "db"}))["providers"] == []


@pytest.mark.parametrize("path", ["catalog/Get", "catalog/Providers"])
async def test_a_service_that_is_not_there_is_not_found(local_cloud: LocalCloud, path: str):
    assert (await local_cloud.post(path, {"service": "nosuch"})).status_code == 404


async def test_what_is_the_same_for_all_may_be_kept_and_nothing_else(local_cloud: LocalCloud):
    for path in ("catalog/List", "catalog/Get?service=db", "billing/Prices"):
        reply = await httpx.AsyncClient().get(f"{local_cloud.address}/v1/{path}")
        assert (reply.status_code, reply.headers["cache-control"]) == (200, "public, max-age=60")
    refused = await httpx.AsyncClient().get(f"{local_cloud.address}/v1/catalog/Get?service=nosuch")
    own = await local_cloud.client.get("/v1/billing/Balance")
    for reply in (refused, own):
        assert "cache-control" not in reply.headers
