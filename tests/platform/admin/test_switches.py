"""Operators switch services and endpoints off and on: for all or for some, everywhere and at once."""

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from websockets.asyncio.client import connect

from cloud import LocalCloud, gateways
from customer import Customer
from signed_in import Person, with_key

HELLO, MANY = "helloworld/Call", {"everywhere": True, "projects": []}


async def off(cloud: LocalCloud, what: str, **more: Any) -> None:
    await cloud.call("admin/SwitchOff", {"what": what, **more})


async def on(cloud: LocalCloud, what: str) -> None:
    await cloud.call("admin/SwitchOn", {"what": what})


async def status(cloud: LocalCloud, path: str, key: str | None = None) -> int:
    return (await with_key(cloud, key or cloud.key, path, {})).status_code


async def key_of(person: Person, project: str, **wanted: Any) -> str:
    return (await person.call("key/Create", {"project": project, **wanted}))["key"]


@pytest.mark.parametrize("spelled", ["helloworld", "HelloWorld", "helloworld/Call", "helloworld.call"])
async def test_what_is_off_is_refused_until_it_is_on_again(local_cloud: LocalCloud, spelled: str):
    assert await status(local_cloud, HELLO) == 200
    await off(local_cloud, spelled)
    assert [await status(local_cloud, HELLO) for _ in range(2)] == [503, 503]
    assert await status(local_cloud, "id/Types") == 200
    await on(local_cloud, spelled)
    assert await status(local_cloud, HELLO) == 200


async def test_an_endpoint_is_off_and_the_rest_of_its_service_is_not(local_cloud: LocalCloud):
    await off(local_cloud, "db/Create")
    refused = await local_cloud.post("db/Create", {"table": "t", "record": {}})
    assert refused.status_code == 503
    assert await status(local_cloud, "db/ListTables") == 200


@pytest.mark.parametrize(
    ("what", "reason", "detail"),
    [
        ("db", "", "The operator of this cloud has switched db off."),
        (
            "DB/create",
            "We move house.",
            "The operator of this cloud has switched db/Create off: We move house.",
        ),
    ],
)
async def test_who_is_refused_is_told_by_whom_and_why(
    local_cloud: LocalCloud, what: str, reason: str, detail: str
):
    await off(local_cloud, what, reason=reason)
    told = (await local_cloud.post("db/Create", {"table": "t", "record": {}})).json()
    assert (told["id"], told["code"], told["detail"]) == ("db.create", 503, detail)
    assert (told["type"], told["retryable"]) == ("/docs/errors#switched-off", False)


async def test_it_is_off_for_the_projects_that_are_named_and_in_both_environments(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    first, second = await ada.project(), await ada.project()
    keys = [
        await key_of(ada, first),
        await key_of(ada, first, environment="test"),
        await key_of(ada, second),
    ]
    for projects, expected in (
        ([], [503, 503, 503]),
        ([first], [503, 503, 200]),
        ([second], [200, 200, 503]),
    ):
        await off(local_cloud, HELLO, projects=projects)
        assert [await status(local_cloud, HELLO, key) for key in keys] == expected
    await on(local_cloud, HELLO)
    assert [await status(local_cloud, HELLO, key) for key in keys] == [200] * 3


async def test_a_service_that_is_on_again_leaves_its_endpoints_off(local_cloud: LocalCloud):
    await off(local_cloud, "helloworld")
    await off(local_cloud, HELLO)
    await on(local_cloud, "helloworld")
    assert (await status(local_cloud, HELLO), await status(local_cloud, "id/Types")) == (503, 200)


async def test_a_refused_call_costs_nothing_and_is_counted(local_cloud: LocalCloud):
    ada = await Customer.of(local_cloud, "ada", credit="0.0003")
    await ada.writes()
    await off(local_cloud, "db")
    record = {"table": "t", "record": {"a": 1}}
    for headers in ({}, {"Idempotency-Key": "a"}):
        refused = await with_key(local_cloud, ada.key, "db/Create", record, **headers)
        assert (refused.status_code, refused.headers["usage-cost"]) == (503, "0")
    assert (await ada.person.call("billing/Balance"))["available"] == "0.0002"
    metrics = (await local_cloud.client.get("/metrics")).text
    assert 'brickyard_calls_total{endpoint="Create",service="db",status="503"} 2' in metrics
    found = (await ada.person.call("usage/Log", {"project": ada.project, "problem": "switched-off"}))["calls"]
    assert [(each["status"], each["cost"]) for each in found] == [(503, "0")] * 2
    await on(local_cloud, "db")
    again = await with_key(local_cloud, ada.key, "db/Create", record, **{"Idempotency-Key": "a"})
    assert again.status_code == 200


async def test_an_open_stream_of_it_ends(local_cloud: LocalCloud):
    address = f"{local_cloud.address.replace('http', 'ws')}/v1/event/Consume"
    headers = {"Authorization": f"Bearer {local_cloud.key}"}
    async with connect(address, additional_headers=headers) as socket:
        await socket.send('{"topic":"t","offset":"earliest"}')
        await local_cloud.call("event/Publish", {"topic": "t", "message": {"n": 1}})
        assert msgspec.json.decode(await asyncio.wait_for(socket.recv(), 5))["message"] == {"n": 1}
        await off(local_cloud, "event/Consume", reason="Too many.")
        frame = msgspec.json.decode(await asyncio.wait_for(socket.recv(), 5))
        assert (frame["code"], frame["detail"].endswith("Too many.")) == (503, True)
    await local_cloud.call("event/Publish", {"topic": "t", "message": {"n": 2}})


@pytest.mark.parametrize("service", ["account", "admin", "billing", "key"])
async def test_no_operator_locks_themselves_out(local_cloud: LocalCloud, service: str):
    for what in (
        service,
        service.upper(),
        f"{service}/{ {'key': 'List', 'admin': 'SwitchOn'}.get(service, 'X') }",
    ):
        refused = await local_cloud.post("admin/SwitchOff", {"what": what})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/what")
    assert (await local_cloud.call("admin/ListSwitchedOff"))["switches"] == []


async def test_the_rest_of_the_control_plane_can_be_off_with_sessions_too(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    await off(local_cloud, "project/Create", reason="No more guests.")
    assert (await ada.post("project/Create", {"name": "a"})).status_code == 503
    await on(local_cloud, "project/Create")
    await ada.project()


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"what": "nosuch"}, "/what"),
        ({"what": "db/Nosuch"}, "/what"),
        ({"what": ""}, "/what"),
        ({"what": "*"}, "/what"),
        ({"what": "a" * 131}, "/what"),
        ({"what": "db", "reason": "a" * 501}, "/reason"),
        ({"what": "db", "projects": ["nosuch"]}, "/projects/0"),
        ({"what": "db", "projects": ["nosuch"] * 1001}, "/projects"),
    ],
)
async def test_what_is_no_switch_is_refused(local_cloud: LocalCloud, wrong: dict[str, Any], pointer: str):
    refused = await local_cloud.post("admin/SwitchOff", wrong)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    assert (await local_cloud.call("admin/ListSwitchedOff"))["switches"] == []


async def test_all_that_is_off_is_listed_and_every_change_is_in_the_audit_log(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    await off(local_cloud, "email", reason="Spam.", projects=[project])
    await off(local_cloud, "db/Create")
    await off(local_cloud, "db/Create")  # which changes nothing
    found = (await local_cloud.call("admin/ListSwitchedOff"))["switches"]
    shown = [[each[name] for name in ("what", "reason", "everywhere", "projects")] for each in found]
    assert shown == [["db/Create", "", True, []], ["email", "Spam.", False, [project]]]
    await on(local_cloud, "email")
    entries = (await local_cloud.call("admin/ListChanges", {"limit": 3}))["entries"]
    is_on = {"everywhere": False, "projects": [], "reason": ""}
    spam = {"everywhere": False, "projects": [project], "reason": "Spam."}
    assert [(each["endpoint"], each["subject"], each["before"], each["after"]) for each in entries] == [
        ("admin.switchon", "email", spam, is_on),
        ("admin.switchoff", "db.create", is_on, {**MANY, "reason": ""}),
        ("admin.switchoff", "email", is_on, spam),
    ]


async def test_the_catalog_shows_what_is_off_for_all(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")

    async def shown() -> set[str]:
        """Give what is off, by `catalog/List`, when `catalog/Get` and the page say the same."""
        listed = (await local_cloud.call("catalog/List"))["services"]
        found = {each["name"] for each in listed if each["switched_off"]} | {
            endpoint["path"] for each in listed for endpoint in each["endpoints"] if endpoint["switched_off"]
        }
        page = {each["name"]: each for each in (await local_cloud.client.get("/v1")).json()["services"]}
        for name in ("db", "helloworld"):
            assert (await local_cloud.call("catalog/Get", {"service": name}))["service"] == page[name]
            endpoints = {each["path"] for each in page[name]["endpoints"] if each["switched_off"]}
            assert endpoints == {each for each in found if each.startswith(f"/v1/{name}/")}
        return found

    assert await shown() == set()
    await off(local_cloud, "email", projects=[await ada.project()])
    assert await shown() == set()
    await off(local_cloud, "helloworld")
    await off(local_cloud, "db/Create")
    hello = {"helloworld", "/v1/helloworld/Call", "/v1/helloworld/Stream"}
    assert await shown() == {*hello, "/v1/db/Create"}
    await on(local_cloud, "helloworld")
    assert await shown() == {"/v1/db/Create"}


async def test_what_is_open_to_all_is_off_for_all(local_cloud: LocalCloud):
    address = f"{local_cloud.address}/v1/catalog/List"
    async with httpx.AsyncClient() as anyone:
        assert (await anyone.post(address, json={})).status_code == 200
        await off(local_cloud, "catalog")
        assert (await anyone.post(address, json={})).status_code == 503


async def test_calls_look_at_no_switch_once_their_way_in_is_known(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    looks = 0
    check = local_cloud.application.switches.check

    async def counted(endpoint: str, project: str) -> None:
        nonlocal looks
        looks += endpoint == "helloworld.call"
        await check(endpoint, project)

    monkeypatch.setattr(local_cloud.application.switches, "check", counted)
    for _ in range(20):
        assert await status(local_cloud, HELLO) == 200
    assert 1 <= looks <= 10  # a shared database may take some calls until the epoch is known


def test_what_is_switched_at_one_gateway_is_switched_at_another(tmp_path: Path):
    with ExitStack() as stack:
        one, other = (stack.enter_context(each) for each in gateways(tmp_path))
        other.client.headers["Authorization"] = f"Bearer {one.key}"
        for _ in range(3):
            assert [each.post(HELLO).status_code for each in (one, other)] == [200, 200]
            one.call("admin/SwitchOff", {"what": "helloworld", "reason": "Noon."})
            told = other.post(HELLO)
            assert (told.status_code, json.loads(told.content)["detail"][-5:]) == (503, "Noon.")
            assert one.post(HELLO).status_code == 503
            other.call("admin/SwitchOn", {"what": "helloworld"})
