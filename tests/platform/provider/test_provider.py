"""Credentials and choices: set by whom they concern, sealed, and known to every call that follows."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fakes.open_exchange_rates import APP_ID, FAKE

from brickyard.contract import usd
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.platform.billing.movements import Movement
from brickyard.platform.caller import TEST
from brickyard.platform.key.schema import PLATFORM
from brickyard.providers.mirrors import Mirrors
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database
from provider_fake import RunningFake, faking
from signed_in import Person
from tenant import Tenant

OXR = {"service": "currency", "provider": "open_exchange_rates"}
GOOD = {**OXR, "credentials": {"app_id": APP_ID}}


@pytest.fixture
async def running() -> AsyncIterator[RunningFake]:
    async with faking(FAKE) as (running,):
        yield running


@pytest.fixture
def settings(tmp_path: Path, running: RunningFake, nobody: str) -> Settings:
    home = tmp_path / "home"
    return Settings(
        home=home,
        port=0,
        database_url=database.url(home),
        egress_allow=Allowed.of("127.0.0.0/8"),
        egress_allow_tenants=AllowedToTenants.of("127.0.0.0/8"),
        provider_urls=Mirrors.of(f"{running.mirror} https://api.frankfurter.dev={nobody}"),
    )


async def provider_of(tenant: Tenant, name: str = "open_exchange_rates", **more: Any) -> dict[str, Any]:
    listed = await tenant.reply("provider/List", {"service": "currency", **more})
    return next(each for each in listed["providers"] if each["name"] == name)


async def answered_by(tenant: Tenant) -> str:
    response = await tenant.cloud.post(
        "currency/Codes", {}, headers={"Authorization": f"Bearer {tenant.key}"}
    )
    assert response.status_code == 200, response.text
    return response.headers["provider"]


async def test_credentials_are_used_and_never_shown(local_cloud: LocalCloud):
    tenant = await Tenant.of(local_cloud)
    assert await answered_by(tenant) == "central_bank"
    await tenant.reply("provider/Set", GOOD)
    assert await answered_by(tenant) == "open_exchange_rates"
    shown = await provider_of(tenant)
    assert (shown["set_by"], shown["asked"], shown["state"]) == ("project", 1, "up")
    assert shown["credentials"] == [
        {
            "name": "app_id",
            "secret": True,
            "required": True,
            "description": "The App ID, from the account's dashboard.",
        }
    ]
    assert APP_ID not in str(shown)


async def test_the_catalog_shows_how_providers_are(local_cloud: LocalCloud, running: RunningFake):
    async def shown() -> dict[str, str]:
        catalog = (await local_cloud.client.get("/v1")).json()
        assert "currency" in {each["name"] for each in catalog["services"]}
        return {each["name"]: each["state"] for each in catalog["providers"]["currency"]}

    tenant = await Tenant.of(local_cloud)
    await tenant.reply("provider/Set", GOOD)
    assert (await shown())["open_exchange_rates"] == "not set up"  # a project's own is nobody else's matter
    await local_cloud.call("provider/Set", {**GOOD, "cloud": True})
    assert (await shown())["open_exchange_rates"] == "unknown"
    await local_cloud.call("currency/Codes")
    assert (await shown())["open_exchange_rates"] == "up"
    running.always = "limited"
    for code in ("EUR", "USD"):
        await local_cloud.call("currency/History", {"code": code, "date": "2021-05-28"})
    assert (await shown())["open_exchange_rates"] == "resting"
    assert APP_ID not in (await local_cloud.client.get("/v1")).text


async def test_others_have_no_part_in_them(local_cloud: LocalCloud):
    tenant, other = await Tenant.of(local_cloud), await Tenant.of(local_cloud)
    await tenant.reply("provider/Set", GOOD)
    assert (await provider_of(other))["set_by"] == ""
    assert await answered_by(other) == "central_bank"


async def test_they_can_be_replaced_and_removed(local_cloud: LocalCloud):
    tenant = await Tenant.of(local_cloud)
    await tenant.reply("provider/Set", {**OXR, "credentials": {"app_id": "wrong"}})
    headers = {"Authorization": f"Bearer {tenant.key}"}
    assert (await local_cloud.post("currency/Codes", {}, headers=headers)).status_code == 503
    await tenant.reply("provider/Set", GOOD)
    assert await answered_by(tenant) == "open_exchange_rates"
    await tenant.reply("provider/Remove", OXR)
    assert await answered_by(tenant) == "central_bank"
    response = await local_cloud.post("provider/Remove", OXR, headers=headers)
    assert response.status_code == 404


async def test_test_keys_have_settings_of_their_own(local_cloud: LocalCloud):
    tenant = await Tenant.of(local_cloud)
    await tenant.reply("provider/Set", {**GOOD, "environment": "test"})
    assert (await provider_of(tenant))["set_by"] == ""
    assert (await provider_of(tenant, environment="test"))["set_by"] == "project"


async def test_a_test_key_changes_no_live_settings(local_cloud: LocalCloud):
    tenant = await Tenant.of(local_cloud)
    await tenant.reply("provider/Set", GOOD)
    made = await tenant.reply("key/Create", {"scopes": ["provider"], "environment": "test"})
    headers = {"Authorization": f"Bearer {made['key']}"}
    for endpoint, request in (
        ("Set", GOOD),
        ("Remove", OXR),
        ("Choose", {"service": "currency"}),
        ("Check", OXR),
    ):
        asked = await local_cloud.post(
            f"provider/{endpoint}", {**request, "environment": "live"}, headers=headers
        )
        assert asked.status_code == 403
    assert (await provider_of(tenant))["set_by"] == "project"
    assert (await local_cloud.post("provider/Set", GOOD, headers=headers)).status_code == 200


async def test_the_clouds_are_for_everyone_and_set_by_operators_only(local_cloud: LocalCloud):
    tenant = await Tenant.of(local_cloud)
    narrow = await tenant.reply("key/Create", {"scopes": ["provider"]})
    refused = await local_cloud.post(
        "provider/Set", {**GOOD, "cloud": True}, headers={"Authorization": f"Bearer {narrow['key']}"}
    )
    assert refused.status_code == 403
    ada = await Person.of(local_cloud, "ada")
    for endpoint, more in (("Set", {"credentials": {"app_id": APP_ID}}), ("Remove", {})):
        response = await ada.post(f"provider/{endpoint}", {**OXR, **more, "cloud": True})
        assert response.status_code == 403
    assert (await ada.post("provider/Choose", {"service": "currency", "cloud": True})).status_code == 403
    await local_cloud.call("provider/Set", {**GOOD, "cloud": True})
    assert (await provider_of(tenant))["set_by"] == "cloud"
    assert await answered_by(tenant) == "open_exchange_rates"


async def test_a_projects_choice_goes_before_the_clouds(local_cloud: LocalCloud):
    tenant = await Tenant.of(local_cloud)
    await local_cloud.call("provider/Set", {**GOOD, "cloud": True})
    choice = {"service": "currency", "order": ["central_bank"]}
    await local_cloud.call("provider/Choose", {**choice, "cloud": True})
    assert await answered_by(tenant) == "central_bank"
    await tenant.reply("provider/Choose", {"service": "currency", "order": ["open_exchange_rates"]})
    assert await answered_by(tenant) == "open_exchange_rates"


@pytest.mark.parametrize(
    ("endpoint", "request_", "status"),
    [
        ("Set", {**OXR, "credentials": {}}, 400),
        ("Set", {**OXR, "credentials": {"app_id": 5}}, 400),
        ("Set", {**OXR, "credentials": {"app_id": ""}}, 400),
        ("Set", {**OXR, "credentials": {"app_id": "a", "more": 1}}, 400),
        ("Set", {**OXR, "credentials": {"app_id": "a" * 20_000}}, 400),
        ("Set", {**OXR, "provider": "frankfurter", "credentials": {}}, 400),
        ("Set", {**OXR, "provider": "nobody", "credentials": {}}, 404),
        ("Set", {"service": "db", "provider": "x", "credentials": {}}, 404),
        ("Choose", {"service": "currency", "order": ["nobody"]}, 404),
        ("Choose", {"service": "currency", "order": ["frankfurter", "frankfurter"]}, 400),
        ("Choose", {"service": "currency", "order": ["frankfurter"] * 17}, 400),
        ("List", {"service": "nothing"}, 404),
        ("Check", {"service": "currency", "provider": "nobody"}, 404),
    ],
)
async def test_what_makes_no_sense_is_refused(
    endpoint: str, request_: dict[str, Any], status: int, local_cloud: LocalCloud
):
    response = await local_cloud.post(f"provider/{endpoint}", request_)
    assert response.status_code == status, response.text


@pytest.mark.parametrize(
    ("provider", "credentials", "pointer", "sentence"),
    [
        ("openai", {}, "/api_key", "The field `api_key` is missing."),
        ("openai", {"api_key": ""}, "/api_key", "The field `api_key` is empty."),
        ("openai", {"api_key": 5}, "/api_key", "The field `api_key` has to be a string."),
        ("openai", {"api_key": "sk-secret", "key": "k"}, "", "There is no field `key`."),
        (
            "openai_compatible",
            {"url": "http://127.0.0.1:11434/v1"},
            "/default_model",
            "The field `default_model` is missing.",
        ),
        (
            "openai_compatible",
            {"url": "x", "default_model": "m"},
            "/url",
            "The field `url` is wrong: expected",
        ),
        ("openai_compatible", {"url": 5}, "/url", "The field `url` has to be a string."),
    ],
)
async def test_it_is_said_which_field_of_credentials_is_wrong(
    provider: str, credentials: dict[str, Any], pointer: str, sentence: str, local_cloud: LocalCloud
):
    request = {"service": "ai", "provider": provider, "credentials": credentials}
    [error] = (await local_cloud.post("provider/Set", request)).json()["errors"]
    assert error["pointer"] == f"/credentials{pointer}"
    assert error["detail"].startswith(sentence)
    assert error["detail"].endswith(f". `provider/List` says which credentials {provider} takes.")


async def test_by_ones_own_credentials_a_call_costs_a_tenth(local_cloud: LocalCloud):
    application, project = local_cloud.application, "prj_buyer"
    await application.books.open(project, "free")
    await application.books.move(project, "grant", Movement(amount=usd("1"), reason="a test"))
    key, _ = await application.keyring.create(project, "", ("*", "provider", "usage", "billing"), None)
    tenant, headers = Tenant(local_cloud, key), {"Authorization": f"Bearer {key}"}
    response = await local_cloud.post("currency/Rates", {"code": "USD"}, headers=headers)
    assert (response.headers["usage-cost"], response.headers["provider"]) == ("0.005", "central_bank")
    await tenant.reply("provider/Set", GOOD)
    response = await local_cloud.post("currency/Rates", {"code": "USD"}, headers=headers)
    assert (response.headers["usage-cost"], response.headers["provider"]) == ("0.0005", "open_exchange_rates")
    log = await tenant.reply("usage/Log", {})
    assert {each["provider"] for each in log["calls"]} >= {"central_bank", "open_exchange_rates"}


async def test_what_a_project_had_is_forgotten_with_it(local_cloud: LocalCloud):
    application = local_cloud.application
    tenant = await Tenant.of(local_cloud)
    await tenant.reply("provider/Set", GOOD)
    await tenant.reply("provider/Set", {**GOOD, "environment": "test"})
    await tenant.reply("provider/Choose", {"service": "currency", "order": ["central_bank"]})
    sql = application.sql.bound(PLATFORM)
    owners = [row[0] for row in await sql.rows("SELECT owner FROM provider_credentials WHERE project = ?1")]
    (project,) = [each for each in owners if not each.endswith(TEST)]
    assert sorted(owners) == sorted([project, project + TEST])
    from brickyard.platform.provider.schema import FORGET

    for statement in FORGET:
        await sql.run(statement, project)
    assert await sql.rows("SELECT owner FROM provider_credentials WHERE project = ?1") == []
    assert await sql.rows("SELECT owner FROM provider_choices WHERE project = ?1") == []


async def test_the_page_shows_every_provider(local_cloud: LocalCloud):
    page = (await local_cloud.client.get("/docs/providers")).text
    for name in ("frankfurter", "open_exchange_rates", "central_bank"):
        assert f'id="currency-{name}"' in page
    assert "The App ID, from the account" in page
