"""The examples of the catalog as calls: by whom they are made, and what has to be there before."""

import re
from typing import Any

import httpx2 as httpx
import msgspec
from msgspec.structs import replace

from account_examples import alice
from brickyard import platform, services
from brickyard.contract import Endpoint, Example, usd
from brickyard.contract.catalog import discover
from brickyard.contract.words import encode_word
from brickyard.engines.mail import Letter
from brickyard.platform.billing.holds import Turn
from brickyard.platform.billing.movements import Movement
from brickyard.platform.payment.facts import Notice, Progress, Stage
from cloud import LocalCloud
from outside import NEEDED_CREDENTIALS
from signed_in import Person, letters, token_sent, with_key
from stripe_server import GOOD_CARD
from tenant import Tenant

CALLS = {
    f"{each.id}-{number}": (each, example)
    for each in discover(services, platform).endpoints()
    for number, example in enumerate(each.declaration.examples, start=1)
    if not each.stream
}
"""Each endpoint that is no stream, with each of its examples."""

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


async def _payment_made(tenant: Tenant) -> Given:
    ada, payments = await Person.of(tenant.cloud, "ada"), tenant.cloud.application.cashier.payments
    made = (await ada.call("payment/Create", {"amount": "20"}))["payment"]
    async with httpx.AsyncClient(timeout=30) as browser:
        assert (await browser.post(made["url"], data={"card": GOOD_CARD})).status_code == 303
    paid = Progress(Stage.PAID, made["url"].rpartition("/")[2], 2000, "usd")
    await payments.hear(Notice("evt_1", "paid", ada.account, made["id"], livemode=False, fact=paid))
    return {"account": ada.account, "payment": made["id"]}


async def _account_with_a_project(tenant: Tenant) -> Given:
    await (await Person.of(tenant.cloud, "ada")).project()
    return await _adas_account(tenant)


async def _call_paid_for(tenant: Tenant) -> Given:
    return {"account": (await _paid_call(tenant))["account"]}


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
    "admin.getaccount": _account_with_a_project,
    "admin.usage": _adas_account,
    "admin.refundcalls": _paid_call,
    "admin.refundpayment": _payment_made,
    "admin.listtransactions": _call_paid_for,
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


async def _tested(ada: Person) -> Given:
    await ada.call("billing/TestAlert")
    return {}


# Calls that a person makes, who is signed in, and what has to be there before.
BY_A_PERSON = {
    "project.create": _nothing,
    "project.list": _made,
    **dict.fromkeys(("project.get", "project.rename", "project.delete", "project.invite"), _project),
    **dict.fromkeys(("project.setrole", "project.removemember", "project.transferownership"), _with_bob),
    "project.restore": _deleted,
    "project.listmembers": _listing,
    "project.accept": _invited,
    "project.cancelinvite": _inviting,
    "project.leave": _of_bob,
    "project.acceptownership": _offered,
    "project.export": _project,
    "usage.keepbodies": _project,
    "usage.bodies": _said,
    "payment.create": _nothing,
    "payment.get": _bought,
    "payment.list": _buying,
    **dict.fromkeys(("billing.setalert", "billing.setwebhook", "billing.testalert"), _nothing),
    "billing.deliveries": _nothing,
    "billing.alerts": _tested,
}
# Services that are not called by just anyone: who calls them, after what has to happen first.
CALLERS = {"outbox": _operator}


async def asked(
    cloud: LocalCloud, endpoint: Endpoint, example: Example
) -> tuple[dict[str, str], dict[str, Any]]:
    """Prepare an example's call; gives the headers to make it with, under a key, and the request."""
    if endpoint.id in BY_A_PERSON:
        ada = await Person.of(cloud, "ada")
        return headers(ada.token), plain(example.request) | await BY_A_PERSON[endpoint.id](ada)
    if endpoint.service == "account":
        tenant, known = await alice(cloud, endpoint.id)
    else:
        tenant, known = await Tenant.of(cloud), {}
    if endpoint.service in NEEDED_CREDENTIALS:
        await cloud.call("provider/Set", NEEDED_CREDENTIALS[endpoint.service])
    for name, request in example.given:
        await tenant.reply(f"{endpoint.service}/{name}", plain(request))
    if endpoint.id in WITH_A_REAL_ID:
        known |= await WITH_A_REAL_ID[endpoint.id](tenant)
    return headers(tenant.key), plain(example.request) | known


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": "a"}


def plain(value: msgspec.Struct | None) -> dict[str, Any]:
    """Give a request or reply as it is written in JSON."""
    return msgspec.to_builtins(value, enc_hook=encode_word)


def settled(reply: dict[str, Any], varying: tuple[str, ...]) -> dict[str, Any]:
    """Give a reply with the form of a field in place of a value that differs each time."""
    return {name: form(value) if name in varying else value for name, value in reply.items()}


def form(value: Any) -> Any:
    if isinstance(value, dict):
        numbers = value and all(isinstance(each, float) for each in value.values())  # a map, of any names
        return "numbers by name" if numbers else {name: form(each) for name, each in value.items()}
    if isinstance(value, list):
        return [form(value[0])] if value else []
    return type(value).__name__
