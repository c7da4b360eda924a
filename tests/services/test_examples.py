"""Every example of the catalog is made against the real cloud, and answered as the documentation shows it."""

import re
from typing import Any, get_args

import msgspec
import pytest
from msgspec.structs import replace

from account_examples import alice
from brickyard import platform, services
from brickyard.contract import Contract, Endpoint, Example, Problem, usd
from brickyard.contract.catalog import discover
from brickyard.contract.prose import field_prose
from brickyard.contract.words import encode_word
from brickyard.engines.mail import Letter
from brickyard.platform.billing.holds import Turn
from brickyard.platform.billing.movements import Movement
from brickyard.settings import Settings
from cloud import LocalCloud
from outside import NEEDED_CREDENTIALS, Outside
from signed_in import Person, letters, token_sent, with_key
from tenant import Tenant

CATALOG = discover(services, platform)
ENDPOINTS = {each.id: each for each in CATALOG.endpoints()}
EXAMPLES = {
    f"{each.id}-{number}": (each, example)
    for each in CATALOG.endpoints()
    for number, example in enumerate(each.declaration.examples, start=1)
}


@pytest.fixture
def settings(paying_settings: Settings, outside: Outside) -> Settings:
    """A cloud in which every example can be made: one that takes payments, and reaches providers."""
    return outside.reached_by(paying_settings)


Given = dict[str, Any]


async def _id_of_a_key(tenant: Tenant) -> Given:
    made = await tenant.reply("key/Create", {"scopes": ["cache"]})
    return {"id": made["info"]["id"]}


async def _changed(tenant: Tenant) -> Given:
    await _id_of_a_key(tenant)
    return {}


async def _other_project(tenant: Tenant) -> Given:
    return {"id": await (await Person.of(tenant.cloud, "ada")).project()}


async def _other_account(tenant: Tenant) -> Given:
    found = await tenant.reply("admin/SearchAccounts", {})
    return {"account": found["accounts"][0]["id"]}


async def _adas_account(tenant: Tenant) -> Given:
    ada = await Person.of(tenant.cloud, "ada")
    await tenant.cloud.application.books.move(
        ada.account, "grant", Movement(amount=usd("5"), reason="a test")
    )
    return {"account": ada.account}


async def _paid_call(tenant: Tenant) -> Given:
    given, books = await _adas_account(tenant), tenant.cloud.application.books
    first = Turn(
        id="hold_1",
        number=1,
        project="prj_a",
        key_id="key_a",
        endpoint="db.create",
        price_version="v1",
        expires_ns=2**62,
        wanted=(usd("0.0001"),),
    )
    hold = (await books.take(given["account"], first)).hold
    await books.take(given["account"], replace(first, number=2, calls=1, taken=hold.held, wanted=()))
    (capture,) = await books.transactions(given["account"], 2**62, 1)
    return {**given, "transaction": capture.sequence}


async def _id_of_a_letter(operator: Tenant) -> dict[str, Any]:
    listed = await operator.reply("outbox/List", {})
    return {"id": listed["letters"][0]["id"]}


async def _operator(cloud: LocalCloud) -> Tenant:
    await cloud.application.mail.send(Letter(to="ada@example.com", subject="Welcome", text="Hello."))
    return Tenant(cloud, cloud.key)


async def _id_of_a_message(tenant: Tenant) -> Given:
    return {"id": (await tenant.reply("sms/List", {}))["messages"][0]["id"]}


async def _id_of_mail(tenant: Tenant) -> Given:
    return {"id": (await tenant.reply("email/List", {}))["messages"][0]["id"]}


async def _code_sent(tenant: Tenant) -> Given:
    lines = (await letters(tenant.cloud))[0].get_content().splitlines()
    return {"code": next(each for each in lines if re.fullmatch(r"[0-9a-f]{20}", each))}


# Requests that name something by an id which the cloud chose: the id shown gives way to a real one.
WITH_A_REAL_ID = {
    **dict.fromkeys(("key.get", "key.update", "key.rotate", "key.revoke"), _id_of_a_key),
    **dict.fromkeys(("admin.block", "admin.unblock"), _other_project),
    "admin.setoperator": _other_account,
    **dict.fromkeys(("admin.grantcredit", "admin.adjustbalance", "admin.settier"), _adas_account),
    "admin.refundcalls": _paid_call,
    "audit.list": _changed,
    "outbox.read": _id_of_a_letter,
    **dict.fromkeys(("email.read", "email.delete"), _id_of_mail),
    "email.verifysender": _code_sent,
    **dict.fromkeys(("sms.read", "sms.delete"), _id_of_a_message),
}


async def _project(ada: Person) -> Given:
    return {"project": await ada.project()}


async def _made(ada: Person) -> Given:
    await ada.project()
    return {}


async def _deleted(ada: Person) -> Given:
    given = await _project(ada)
    await ada.call("project/Delete", given)
    return given


async def _invited(ada: Person) -> Given:
    bob = await Person.of(ada.cloud, "bob")
    project = await bob.project()
    await bob.call("project/Invite", {"project": project, "email": "ada@example.com"})
    return {"token": await token_sent(ada.cloud)}


async def _inviting(ada: Person) -> Given:
    given = await _project(ada)
    made = await ada.call("project/Invite", {**given, "email": "bob@example.com"})
    return {**given, "id": made["invitation"]["id"]}


async def _listing(ada: Person) -> Given:
    return {"project": (await _inviting(ada))["project"]}


async def _with_bob(ada: Person) -> Given:
    given = await _project(ada)
    bob = await Person.of(ada.cloud, "bob")
    await bob.joins(given["project"], "developer")
    return {**given, "account": bob.account}


async def _of_bob(ada: Person) -> Given:
    bob = await Person.of(ada.cloud, "bob")
    given = await _project(bob)
    await ada.joins(given["project"], "developer")
    return given


async def _offered(ada: Person) -> Given:
    given = await _of_bob(ada)
    bob = await Person.of(ada.cloud, "bob")
    await bob.call("project/TransferOwnership", {**given, "account": ada.account})
    return given


async def _nothing(ada: Person) -> Given:  # noqa: ARG001 - like its kind
    return {}


async def _bought(ada: Person) -> Given:
    made = await ada.call("payment/Create", {"amount": "20", "reference": "order-1"})
    return {"id": made["payment"]["id"]}


async def _buying(ada: Person) -> Given:
    await _bought(ada)
    return {}


async def _said(ada: Person) -> Given:
    given = await _project(ada)
    made = await ada.call("key/Create", given)
    await ada.call("usage/KeepBodies", {**given, "hours": 1})
    response = await with_key(ada.cloud, made["key"], "helloworld/Call", {"name": "John"})
    return {**given, "request_id": response.headers["request-id"]}


# Calls that a person makes, who is signed in, and what has to be there before.
BY_A_PERSON = {
    "project.create": _nothing,
    "project.list": _made,
    **dict.fromkeys(
        ("project.get", "project.rename", "project.delete", "project.invite", "project.export"), _project
    ),
    **dict.fromkeys(("project.setrole", "project.removemember", "project.transferownership"), _with_bob),
    "project.restore": _deleted,
    "project.listmembers": _listing,
    "project.accept": _invited,
    "project.cancelinvite": _inviting,
    "project.leave": _of_bob,
    "project.acceptownership": _offered,
    "usage.keepbodies": _project,
    "usage.bodies": _said,
    "payment.create": _nothing,
    "payment.get": _bought,
    "payment.list": _buying,
}
# Services that are not called by just anyone: who calls them, after what has to happen first.
CALLERS = {"outbox": _operator}

each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=list(ENDPOINTS))


@pytest.mark.parametrize(("endpoint", "example"), EXAMPLES.values(), ids=list(EXAMPLES))
async def test_an_example_is_answered_as_it_is_shown(
    endpoint: Endpoint, example: Example, local_cloud: LocalCloud
):
    tenant, known = await _caller(local_cloud, endpoint)
    if endpoint.service in NEEDED_CREDENTIALS:
        await local_cloud.call("provider/Set", NEEDED_CREDENTIALS[endpoint.service])
    for name, given in example.given if endpoint.id not in BY_A_PERSON else ():
        await tenant.reply(f"{endpoint.service}/{name}", _plain(given))
    path, request = f"{endpoint.service}/{endpoint.name}", _plain(example.request) | known
    if endpoint.id in WITH_A_REAL_ID:
        request |= await WITH_A_REAL_ID[endpoint.id](tenant)
    if endpoint.id in BY_A_PERSON:
        ada = await Person.of(local_cloud, "ada")
        person, given = Tenant(local_cloud, ada.token), await BY_A_PERSON[endpoint.id](ada)
        reply = await (person.first_reply if endpoint.stream else person.reply)(path, request | given)
    else:
        reply = await (tenant.first_reply if endpoint.stream else tenant.reply)(path, request)
    shown = _plain(example.reply)
    assert _settled(reply, example.varying) == _settled(shown, example.varying)


@each_endpoint
def test_every_endpoint_has_an_example(endpoint: Endpoint):
    assert endpoint.declaration.examples


@each_endpoint
def test_every_example_shows_a_request_and_a_reply_of_its_endpoint(endpoint: Endpoint):
    for example in endpoint.declaration.examples:
        assert isinstance(example.request, endpoint.request)
        assert isinstance(example.reply, endpoint.reply)


@each_endpoint
def test_every_field_is_described_in_a_sentence(endpoint: Endpoint):
    lacking = [
        f"{struct.__name__}.{field.name}"
        for struct in _structs(endpoint)
        for field in msgspec.structs.fields(struct)
        if not field_prose(struct).get(field.name, "").rstrip('"').endswith((".", "!", ")"))
    ]
    assert lacking == []


@each_endpoint
def test_every_endpoint_and_its_request_and_reply_are_described(endpoint: Endpoint):
    assert endpoint.doc.endswith(".")
    assert [struct.__name__ for struct in _structs(endpoint) if not struct.__doc__] == []


@each_endpoint
def test_every_error_that_an_endpoint_declares_is_explained(endpoint: Endpoint):
    assert [each for each in endpoint.declaration.errors if not issubclass(each, Problem)] == []
    assert [each.__name__ for each in endpoint.declaration.errors if not each.__doc__] == []


@pytest.mark.parametrize("contract", list(CATALOG), ids=lambda contract: contract.name)
def test_every_service_is_described_and_has_a_category(contract: Contract):
    assert contract.doc.endswith(".")
    assert contract.category != "other"


async def _caller(cloud: LocalCloud, endpoint: Endpoint) -> tuple[Tenant, dict[str, Any]]:
    """Give who makes an example's calls, and what of its request only they can know."""
    if endpoint.service == "account":
        return await alice(cloud, endpoint.id)
    return await CALLERS.get(endpoint.service, Tenant.of)(cloud), {}


def _plain(value: msgspec.Struct | None) -> dict[str, Any]:
    """Give a request or reply as it is written in JSON."""
    return msgspec.to_builtins(value, enc_hook=encode_word)


def _settled(reply: dict[str, Any], varying: tuple[str, ...]) -> dict[str, Any]:
    """Give a reply with the form of a field in place of a value that differs each time."""
    return {name: _form(value) if name in varying else value for name, value in reply.items()}


def _form(value: Any) -> Any:
    if isinstance(value, dict):
        numbers = value and all(isinstance(each, float) for each in value.values())  # a map, of any names
        return "numbers by name" if numbers else {name: _form(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_form(value[0])] if value else []
    return type(value).__name__


def _structs(endpoint: Endpoint) -> list[type[msgspec.Struct]]:
    """Give the request, the reply, and the structs inside them."""
    found: list[type[msgspec.Struct]] = [endpoint.request, endpoint.reply]
    for struct in found:
        found += [
            each
            for field in msgspec.structs.fields(struct)
            for each in _structs_in(field.type)
            if each not in found
        ]
    return found


def _structs_in(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [each for argument in get_args(kind) for each in _structs_in(argument)]
