"""What endpoints declare of being called twice is so; and what is to be done once can be, whatever ends."""

from typing import Any

import msgspec
import pytest
from test_examples import BY_A_PERSON, WITH_A_REAL_ID

from account_examples import alice
from brickyard import platform, services
from brickyard.contract import Endpoint, Example
from brickyard.contract.catalog import discover
from brickyard.contract.words import encode_word
from brickyard.platform.idempotency.claim import Claim
from brickyard.platform.idempotency.outcome import Outcome
from brickyard.settings import Settings
from cloud import LocalCloud
from outside import NEEDED_CREDENTIALS, Outside
from signed_in import Person
from tenant import Tenant


@pytest.fixture
def settings(paying_settings: Settings, outside: Outside) -> Settings:
    """A cloud in which every example can be made: one that takes payments, and reaches providers."""
    return outside.reached_by(paying_settings)


CALLS = {
    f"{each.id}-{number}": (each, example)
    for each in discover(services, platform).endpoints()
    for number, example in enumerate(each.declaration.examples, start=1)
    if not each.stream
}


def in_steps(endpoint: Endpoint) -> bool:
    return endpoint.service == "account" or endpoint.id in {"project.invite", "payment.create"}


ONCE = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat == "once" and not each.declaration.secret and not in_steps(each)
}
IN_STEPS = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat == "once" and in_steps(each) and each.name != "Logout"
}
"""Calls that are several transactions: what they are answered with is known when all are done."""
UNLIKE = frozenset(("usage", "outbox"))
"""What counts when it is asked, and what is only for who runs the cloud."""
SAFE = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat == "safe" and each.service not in UNLIKE
}


def plain(value: msgspec.Struct) -> dict[str, Any]:
    return msgspec.to_builtins(value, enc_hook=encode_word)


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


@pytest.mark.parametrize(("endpoint", "example"), ONCE.values(), ids=list(ONCE))
async def test_the_reply_of_what_is_done_once_is_committed_with_its_effect(
    endpoint: Endpoint, example: Example, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    kept_later: list[Outcome] = []

    async def keep(_claim: Claim, outcome: Outcome) -> None:
        kept_later.append(outcome)

    monkeypatch.setattr(Claim, "keep", keep)
    with_key, request = await asked(local_cloud, endpoint, example)
    path = f"{endpoint.service}/{endpoint.name}"
    first = await local_cloud.post(path, request, headers=with_key)
    again = await local_cloud.post(path, request, headers=with_key)
    assert (first.status_code, kept_later) == (200, [])
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(("endpoint", "example"), IN_STEPS.values(), ids=list(IN_STEPS))
async def test_what_is_done_in_steps_is_done_once_all_the_same(
    endpoint: Endpoint, example: Example, local_cloud: LocalCloud
):
    with_key, request = await asked(local_cloud, endpoint, example)
    path = f"{endpoint.service}/{endpoint.name}"
    first = await local_cloud.post(path, request, headers=with_key)
    again = await local_cloud.post(path, request, headers=with_key)
    assert first.status_code == 200
    if endpoint.declaration.secret:
        assert again.status_code == 409
        assert "holds a secret" in again.json()["detail"]
    else:
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["idempotent-replayed"] == "true"


async def test_who_has_logged_out_is_nobody_to_repeat_it(local_cloud: LocalCloud):
    person, _ = await alice(local_cloud, "account.logout")
    with_key = headers(person.key)
    statuses = [
        (await local_cloud.post("account/Logout", {}, headers=with_key)).status_code for _ in range(2)
    ]
    assert statuses == [200, 401]


@pytest.mark.parametrize(("endpoint", "example"), SAFE.values(), ids=list(SAFE))
async def test_what_is_safe_writes_nothing(
    endpoint: Endpoint, example: Example, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    noted: list[object] = []

    async def note(_claim: Claim, _transaction: object, reply: object) -> None:
        noted.append(reply)

    with_key, request = await asked(local_cloud, endpoint, example)
    monkeypatch.setattr(Claim, "note", note)
    path = f"{endpoint.service}/{endpoint.name}"
    assert (await local_cloud.post(path, request, headers=with_key)).status_code == 200
    assert noted == []
