"""What belongs to others is answered as what does not exist, by every endpoint of the control plane.

Each endpoint that takes an identifier is called with one of another account's, and with one that is
nobody's: both are 404, word for word. An endpoint that is in neither table below fails the first test.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from brickyard import platform
from brickyard.contract import Endpoint
from brickyard.contract.catalog import discover
from brickyard.settings import Settings
from cloud import LocalCloud
from signed_in import PLATFORM, Person, token_sent

CONTROL_PLANE: list[Endpoint] = [
    endpoint for contract in discover(platform) if contract.control_plane for endpoint in contract.endpoints
]


@pytest.fixture
def settings(paying_settings: Settings) -> Settings:
    """A cloud that takes payments."""
    return paying_settings


class Theirs(NamedTuple):
    """What Bob has, and Ada must not see."""

    project: str
    key: str
    invitation: str
    account: str
    session: str
    passkey: str
    payment: str


Body = dict[str, Any]
Build = Callable[[Theirs], Body]


def of_project(**more: Any) -> Build:
    """Ask about the other's project."""
    return lambda theirs: {"project": theirs.project, **more}


def of_key(**more: Any) -> Build:
    """Ask about a key in the other's project."""
    return lambda theirs: {"project": theirs.project, "id": theirs.key, **more}


def of_member(**more: Any) -> Build:
    """Ask about the other, as a member of the other's project."""
    return lambda theirs: {"project": theirs.project, "account": theirs.account, **more}


IN_ANOTHERS_PROJECT: dict[str, Build] = {
    "audit.list": of_project(),
    "billing.alerts": of_project(),
    "billing.balance": of_project(),
    "billing.caps": of_project(),
    "billing.deliveries": of_project(),
    "billing.setalert": of_project(),
    "billing.setcap": lambda theirs: {"project": theirs.project, "key": theirs.key, "amount": "1"},
    "billing.setwebhook": lambda theirs: {"project": theirs.project, "url": "https://example.com/"},
    "billing.statement": of_project(),
    "billing.testalert": of_project(),
    "billing.transactions": of_project(),
    "key.create": of_project(),
    "key.get": of_key(),
    "key.list": of_project(),
    "key.revoke": of_key(),
    "key.rotate": of_key(),
    "key.update": of_key(description="x"),
    "project.acceptownership": of_project(),
    "project.cancelinvite": lambda theirs: {"project": theirs.project, "id": theirs.invitation},
    "project.delete": of_project(),
    "project.export": of_project(),
    "project.get": of_project(),
    "project.invite": of_project(email="eve@example.com"),
    "project.leave": of_project(),
    "project.listmembers": of_project(),
    "project.removemember": of_member(),
    "project.rename": of_project(name="x"),
    "project.restore": of_project(),
    "project.setrole": of_member(role="viewer"),
    "project.transferownership": of_member(),
    "provider.check": of_project(service="currency", provider="frankfurter"),
    "provider.choose": of_project(service="currency", order=["frankfurter"]),
    "provider.list": of_project(),
    "provider.remove": of_project(service="currency", provider="open_exchange_rates"),
    "provider.set": of_project(
        service="currency", provider="open_exchange_rates", credentials={"app_id": "0123456789abcdef"}
    ),
    "usage.bodies": of_project(request_id="req_1"),
    "usage.keepbodies": of_project(hours=1),
    "usage.log": of_project(),
    "usage.storage": of_project(),
    "usage.summary": of_project(),
}
"""Each endpoint that takes a project, asked by one who is no member of it."""

IN_ONES_OWN_PROJECT: dict[str, Build] = {
    "key.get": of_key(),
    "key.revoke": of_key(),
    "key.rotate": of_key(),
    "key.update": of_key(description="x"),
    "project.cancelinvite": lambda theirs: {"project": theirs.project, "id": theirs.invitation},
    "project.removemember": of_member(),
    "project.setrole": of_member(role="viewer"),
    "project.transferownership": of_member(),
}
"""Each that takes another identifier too: the other's, said to be in one's own project."""

OF_ONESELF: dict[str, Build] = {
    "account.endsession": lambda theirs: {"id": theirs.session},
    "account.removepasskey": lambda theirs: {"id": theirs.passkey},
    "payment.get": lambda theirs: {"id": theirs.payment},
}
"""Each that takes an identifier of something that belongs to a person and to no project."""

WITHOUT_IDENTIFIERS = {
    "payment.create": "names nothing that is there",
    "payment.list": "lists one's own",
    "project.accept": "a token, which is a secret and not an identifier",
    "project.create": "names nothing that is there",
    "project.list": "lists one's own",
    "billing.prices": "what everybody may know",
    **dict.fromkeys(("catalog.list", "catalog.get", "catalog.providers"), "what everybody may know"),
    **{
        each.id: "about whoever is signed in, or by a secret that was sent to them"
        for each in CONTROL_PLANE
        if each.service == "account" and each.id not in OF_ONESELF
    },
}
FOR_OPERATORS = {each.id for each in CONTROL_PLANE if each.service in {"admin", "outbox"}}
"""These are refused before anything is looked up (`test_escalation.py`)."""


def test_every_endpoint_of_the_control_plane_is_covered():
    covered = IN_ANOTHERS_PROJECT.keys() | OF_ONESELF.keys() | WITHOUT_IDENTIFIERS.keys() | FOR_OPERATORS
    assert {each.id for each in CONTROL_PLANE} == covered


@pytest.mark.parametrize("endpoint", CONTROL_PLANE, ids=lambda each: each.id)
def test_every_identifier_of_an_endpoint_is_covered(endpoint: Endpoint):
    """A field that names something has to be asked for with somebody else's."""
    if endpoint.id in FOR_OPERATORS or endpoint.id in WITHOUT_IDENTIFIERS:
        return
    fields = endpoint.request.__struct_fields__
    if endpoint.id in OF_ONESELF:
        assert "project" not in fields
        return
    asked = IN_ANOTHERS_PROJECT[endpoint.id](Theirs("p", "k", "i", "a", "s", "w", "m"))
    assert {name for name in ("project", "id", "account") if name in fields} <= asked.keys()
    if {"id", "account"} & set(fields):
        assert endpoint.id in IN_ONES_OWN_PROJECT


async def with_something(bob: Person) -> Theirs:
    """Give Bob one of everything."""
    project = await bob.project("bob's")
    key = await bob.call("key/Create", {"project": project})
    invitation = await bob.call("project/Invite", {"project": project, "email": "x@example.com"})
    (session,) = (await bob.call("account/ListSessions"))["sessions"]
    await bob.cloud.application.sql.bound(PLATFORM).run(
        "INSERT INTO passkeys VALUES (?1, ?2, ?3, ?4, 'a key ring', ?5, 0, 0, NULL)",
        b"credential",
        "psk_bob",
        bob.account,
        b"public key",
    )
    bought = await bob.call("payment/Create", {"amount": "20"})
    return Theirs(
        project,
        key["info"]["id"],
        invitation["invitation"]["id"],
        bob.account,
        session["id"],
        "psk_bob",
        bought["payment"]["id"],
    )


async def answers(
    ask: Callable[[Body], Awaitable[Any]], build: Build, theirs: Theirs, nobodys: Theirs
) -> list[tuple[int, str]]:
    """Ask for what is another's and for what is nobody's; gives what is told, without the ids."""
    told: list[tuple[int, str]] = []
    for things in (theirs, nobodys):
        response = await ask(build(things))
        text = response.text.replace(response.headers["request-id"], "…")
        for identifier in things:
            text = text.replace(identifier, "…")
        told.append((response.status_code, text))
    return told


def absent(theirs: Theirs) -> Theirs:
    """Give identifiers of the same form that are nobody's."""
    return Theirs(*(each[:-1] + ("x" if each[-1] != "x" else "y") for each in theirs))


@pytest.mark.parametrize("path", IN_ANOTHERS_PROJECT)
async def test_anothers_project_is_as_if_it_were_not_there(local_cloud: LocalCloud, path: str):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    theirs = await with_something(bob)
    before = await state_of(bob, theirs.project)

    async def ask(body: Body) -> Any:
        return await ada.post(path.replace(".", "/"), body)

    told = await answers(ask, IN_ANOTHERS_PROJECT[path], theirs, absent(theirs))
    assert await state_of(bob, theirs.project) == before
    await bob.call("project/Delete", {"project": theirs.project})
    told += await answers(ask, IN_ANOTHERS_PROJECT[path], theirs, absent(theirs))
    assert told[0][0] == 404
    assert told == told[:1] * 4  # there and deleted, and each time one that never was


@pytest.mark.parametrize("path", IN_ONES_OWN_PROJECT)
async def test_anothers_things_are_not_in_ones_own_project(local_cloud: LocalCloud, path: str):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    theirs, own = await with_something(bob), await ada.project()
    told = await answers(
        lambda body: ada.post(path.replace(".", "/"), {**body, "project": own}),
        IN_ONES_OWN_PROJECT[path],
        theirs,
        absent(theirs),
    )
    assert told[0][0] == 404
    assert told[0] == told[1]


@pytest.mark.parametrize("path", OF_ONESELF)
async def test_anothers_own_things_are_as_if_they_were_not_there(local_cloud: LocalCloud, path: str):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    theirs = await with_something(bob)
    told = await answers(
        lambda body: ada.post(path.replace(".", "/"), body), OF_ONESELF[path], theirs, absent(theirs)
    )
    assert told[0][0] == 404
    assert told[0] == told[1]
    assert len((await bob.call("account/ListSessions"))["sessions"]) == 1
    assert len((await bob.call("account/ListPasskeys"))["passkeys"]) == 1


@pytest.mark.parametrize("path", IN_ANOTHERS_PROJECT)
async def test_a_key_reaches_no_other_project(local_cloud: LocalCloud, path: str):
    bob = await Person.of(local_cloud, "bob")
    theirs = await with_something(bob)
    told = await answers(
        lambda body: local_cloud.post(path.replace(".", "/"), body),
        IN_ANOTHERS_PROJECT[path],
        theirs,
        absent(theirs),
    )
    assert told[0][0] in {403, 404}  # 403: what only people do
    assert told[0] == told[1]


async def state_of(person: Person, project: str) -> list[Any]:
    paths = ("project/Get", "key/List", "project/ListMembers")
    return [await person.call(path, {"project": project}) for path in paths]


async def test_a_letter_for_one_project_opens_no_other(local_cloud: LocalCloud):
    bob, eve = await Person.of(local_cloud, "bob"), await Person.of(local_cloud, "eve")
    theirs = await with_something(bob)
    token = await token_sent(local_cloud)
    assert (await eve.call("project/Accept", {"token": token}))["project"] == theirs.project
    for wrong in (token[:-1], token.swapcase(), theirs.invitation):
        assert (await eve.post("project/Accept", {"token": wrong})).status_code == 404
