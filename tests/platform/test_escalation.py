"""Nobody comes by more than one was given: not by a role, a key, an invitation or a rotation."""

from typing import Any

import pytest
from test_horizontal_access import CONTROL_PLANE

from brickyard.contract import Endpoint
from brickyard.platform.access import RIGHTS, Right, Role
from cloud import LocalCloud
from signed_in import Person, with_key

NEEDS: dict[str, Right] = {
    "audit.list": Right.MANAGE,
    "billing.alerts": Right.OWN,
    "billing.balance": Right.PAY,
    "billing.caps": Right.PAY,
    "billing.deliveries": Right.OWN,
    "billing.setalert": Right.OWN,
    "billing.setcap": Right.PAY,
    "billing.setwebhook": Right.OWN,
    "billing.statement": Right.PAY,
    "billing.testalert": Right.OWN,
    "billing.transactions": Right.PAY,
    "key.create": Right.DEVELOP,
    "key.get": Right.SEE,
    "key.list": Right.SEE,
    "key.revoke": Right.DEVELOP,
    "key.rotate": Right.DEVELOP,
    "key.update": Right.DEVELOP,
    "project.acceptownership": Right.SEE,
    "project.cancelinvite": Right.MANAGE,
    "project.delete": Right.OWN,
    "project.export": Right.OWN,
    "project.get": Right.SEE,
    "project.invite": Right.MANAGE,
    "project.leave": Right.SEE,
    "project.listmembers": Right.SEE,
    "project.removemember": Right.MANAGE,
    "project.rename": Right.MANAGE,
    "project.setrole": Right.MANAGE,
    "project.transferownership": Right.OWN,
    "provider.check": Right.DEVELOP,
    "provider.choose": Right.DEVELOP,
    "provider.list": Right.SEE,
    "provider.remove": Right.DEVELOP,
    "provider.set": Right.DEVELOP,
    "usage.bodies": Right.DEVELOP,
    "usage.keepbodies": Right.MANAGE,
    "usage.log": Right.SEE,
    "usage.storage": Right.SEE,
    "usage.summary": Right.SEE,
}
"""What each endpoint that is about a project needs of a member's role."""
OF_NO_PROJECT = {"project.accept", "project.create", "project.list", "project.restore"}
OF_AN_ACCOUNT = {each.id for each in CONTROL_PLANE if each.service in {"account", "payment"}} | {
    "billing.prices",
    "catalog.list",
    "catalog.get",
    "catalog.providers",
}
"""These are about the account that calls, whatever its role in a project; or open to all."""
OF_OPERATORS = {each.id for each in CONTROL_PLANE if each.service in {"admin", "outbox"}}

MORE: dict[str, dict[str, Any]] = {
    "billing.setcap": {"amount": "1"},
    "billing.setwebhook": {"url": "https://example.com/"},
    "usage.bodies": {"request_id": "req_none"},
    "usage.keepbodies": {"hours": 1},
    "provider.check": {"service": "currency", "provider": "frankfurter"},
    "provider.choose": {"service": "currency"},
    "provider.remove": {"service": "currency", "provider": "open_exchange_rates"},
    "provider.set": {
        "service": "currency",
        "provider": "open_exchange_rates",
        "credentials": {"app_id": "0123456789abcdef"},
    },
    "project.setrole": {"account": "acc_none", "role": "viewer"},
    "project.removemember": {"account": "acc_none"},
    "project.transferownership": {"account": "acc_none"},
    "project.cancelinvite": {"id": "inv_none"},
    "project.invite": {"email": "eve@example.com", "role": "viewer"},
    "project.rename": {"name": "b"},
    **{f"key.{name}": {"id": "key_none"} for name in ("get", "revoke", "rotate", "update")},
}


def test_every_endpoint_of_the_control_plane_is_accounted_for():
    known = NEEDS.keys() | OF_NO_PROJECT | OF_AN_ACCOUNT | OF_OPERATORS
    assert known == {each.id for each in CONTROL_PLANE}


async def in_a_project(cloud: LocalCloud, role: Role) -> tuple[Person, str]:
    """Give one who has a role in a project, and the project: nobody else of the same test is there."""
    ada, bob = await Person.of(cloud, f"ada_{role}"), await Person.of(cloud, f"bob_{role}")
    project = await ada.project()
    if role is Role.OWNER:
        return ada, project
    await bob.joins(project, role)
    return bob, project


@pytest.mark.parametrize(
    "endpoint", [each for each in CONTROL_PLANE if each.id in NEEDS], ids=lambda each: each.id
)
async def test_a_role_may_what_it_may_and_no_more(local_cloud: LocalCloud, endpoint: Endpoint):
    told: dict[Role, int] = {}
    for role in Role:
        person, project = await in_a_project(local_cloud, role)
        body = {"project": project, **MORE.get(endpoint.id, {})}
        told[role] = (await person.post(f"{endpoint.service}/{endpoint.name}", body)).status_code
    assert 401 not in told.values()
    assert {role for role in Role if told[role] == 403} == {
        role for role in Role if NEEDS[endpoint.id] not in RIGHTS[role]
    }


@pytest.mark.parametrize(
    "endpoint", [each for each in CONTROL_PLANE if each.id in OF_OPERATORS], ids=lambda each: each.id
)
async def test_no_role_in_a_project_makes_an_operator(local_cloud: LocalCloud, endpoint: Endpoint):
    told: dict[Role, int] = {}
    for role in Role:
        person, _ = await in_a_project(local_cloud, role)
        body = operators_body(endpoint, person)
        told[role] = (await person.post(f"{endpoint.service}/{endpoint.name}", body)).status_code
    assert told == dict.fromkeys(Role, 403)


def operators_body(endpoint: Endpoint, person: Person) -> dict[str, Any]:
    """Give a request that would be in order, if it came from an operator."""
    known = {
        "id": person.account,
        "account": person.account,
        "reason": "x",
        "operator": True,
        "name": "flag",
        "amount": "1",
        "transaction": 1,
        "tier": "free",
        "payment": "pay_none",
        "reference": "x",
        "what": "db",
    }
    return {name: each for name, each in known.items() if name in endpoint.request.__struct_fields__}


@pytest.mark.parametrize("scope", ["admin", "admin/Overview", "ADMIN", "outbox"])
async def test_no_member_makes_an_operators_key(local_cloud: LocalCloud, scope: str):
    told: dict[Role, int] = {}
    for role in Role:
        person, project = await in_a_project(local_cloud, role)
        response = await person.post("key/Create", {"project": project, "scopes": [scope]})
        told[role] = response.status_code
    assert told == dict.fromkeys(Role, 403)


async def test_a_member_gets_no_operators_key_out_of_one_that_is_there(local_cloud: LocalCloud):
    """The first key lives in a project; whoever works there must not rotate it into one's hands."""
    (first,) = (await local_cloud.call("key/List"))["keys"]
    (home,) = (await local_cloud.call("project/List"))["projects"]
    eve = await Person.of(local_cloud, "eve")
    await eve.joins(home["id"], "admin")
    for path, body in {"key/Rotate": {}, "key/Update": {"description": "x"}}.items():
        request = {"project": home["id"], "id": first["id"], **body}
        assert (await eve.post(path, request)).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMIN, Role.DEVELOPER])
async def test_a_key_acts_as_who_made_it(local_cloud: LocalCloud, role: Role):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, role)
    made = await bob.call("key/Create", {"project": project, "scopes": ["project", "audit", "key"]})
    assert made["info"]["role"] == role
    may = Right.MANAGE in RIGHTS[role]
    for path, body in {"project/Rename": {"name": "b"}, "audit/List": {}}.items():
        response = await with_key(local_cloud, made["key"], path, body)
        assert response.status_code == (200 if may else 403)
    for scopes in (["project"], ["key"]):  # and what it makes is no more than itself
        second = await with_key(local_cloud, made["key"], "key/Create", {"scopes": scopes})
        assert second.json()["info"]["role"] == role


async def test_a_developer_gets_no_owners_key_by_changing_or_rotating_it(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, "developer")
    managing = await ada.call("key/Create", {"project": project, "scopes": ["project", "key"]})
    plain = await ada.call("key/Create", {"project": project, "scopes": ["db"]})
    for path, body in {"key/Rotate": {}, "key/Update": {"scopes": ["db"]}}.items():
        request = {"project": project, "id": managing["info"]["id"], **body}
        assert (await bob.post(path, request)).status_code == 403
    request = {"project": project, "id": plain["info"]["id"]}
    assert (await bob.post("key/Rotate", request)).status_code == 200
    widened = await bob.call("key/Update", {**request, "scopes": ["project"]})
    assert widened["info"]["role"] == "developer"


async def test_a_key_changes_no_key_that_holds_more(local_cloud: LocalCloud):
    small = (await local_cloud.call("key/Create", {"scopes": ["key", "cache"]}))["key"]
    great = (await local_cloud.call("key/Create", {"scopes": ["*"]}))["info"]["id"]
    for path, body in {
        "key/Rotate": {},
        "key/Update": {"description": "x"},
    }.items():
        response = await with_key(local_cloud, small, path, {"id": great, **body})
        assert response.status_code == 403
    own = (await local_cloud.call("key/Create", {"scopes": ["cache"]}))["info"]["id"]
    widened = await with_key(local_cloud, small, "key/Update", {"id": own, "scopes": ["db"]})
    assert widened.status_code == 403


async def test_a_test_key_reaches_no_live_data_by_making_keys(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"environment": "test", "scopes": ["key", "*"]})
    live = (await local_cloud.call("key/Create", {"scopes": ["*"]}))["info"]["id"]
    assert (await with_key(local_cloud, made["key"], "key/Create", {})).status_code == 403
    assert (await with_key(local_cloud, made["key"], "key/Rotate", {"id": live})).status_code == 403
    own = await with_key(local_cloud, made["key"], "key/Create", {"environment": "test"})
    assert own.status_code == 200


@pytest.mark.parametrize("service", sorted({each.service for each in CONTROL_PLANE}))
async def test_everything_is_not_the_control_plane(local_cloud: LocalCloud, service: str):
    star = (await local_cloud.call("key/Create", {"scopes": ["*", "key"]}))["key"]
    refused = await with_key(local_cloud, star, "key/Create", {"scopes": [service]})
    assert refused.status_code == (200 if service == "key" else 403)
    names = [each.name for each in CONTROL_PLANE if each.service == service and not each.declaration.public]
    narrow = (await local_cloud.call("key/Create", {"scopes": ["*"]}))["key"]
    for name in names:
        assert (await with_key(local_cloud, narrow, f"{service}/{name}")).status_code == 403
