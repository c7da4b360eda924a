"""What endpoints declare of being called twice is so; and what is to be done once can be, whatever ends."""

from typing import Any

import msgspec
import pytest

from brickyard import platform, services
from brickyard.contract import Endpoint, Example
from brickyard.contract.catalog import discover
from brickyard.contract.words import encode_word
from brickyard.platform.idempotency.claim import Claim
from brickyard.platform.idempotency.outcome import Outcome
from cloud import LocalCloud
from tenant import Tenant

CALLS = {
    f"{each.id}-{number}": (each, example)
    for each in discover(services, platform).endpoints()
    for number, example in enumerate(each.declaration.examples, start=1)
    if not each.stream
}
ONCE = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat == "once" and not each.declaration.secret
}
SAFE = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat == "safe" and each.service != "usage"  # which counts when it is asked
}


def plain(value: msgspec.Struct) -> dict[str, Any]:
    return msgspec.to_builtins(value, enc_hook=encode_word)


async def given(tenant: Tenant, endpoint: Endpoint, example: Example) -> None:
    for name, request in example.given:
        await tenant.reply(f"{endpoint.service}/{name}", plain(request))


@pytest.mark.parametrize(("endpoint", "example"), ONCE.values(), ids=list(ONCE))
async def test_the_reply_of_what_is_done_once_is_committed_with_its_effect(
    endpoint: Endpoint, example: Example, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    kept_later: list[Outcome] = []

    async def keep(_claim: Claim, outcome: Outcome) -> None:
        kept_later.append(outcome)

    monkeypatch.setattr(Claim, "keep", keep)
    tenant = await Tenant.of(local_cloud)
    await given(tenant, endpoint, example)
    headers = {"Authorization": f"Bearer {tenant.key}", "Idempotency-Key": "a"}
    path = f"{endpoint.service}/{endpoint.name}"
    first = await local_cloud.post(path, plain(example.request), headers=headers)
    again = await local_cloud.post(path, plain(example.request), headers=headers)
    assert (first.status_code, kept_later) == (200, [])
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(("endpoint", "example"), SAFE.values(), ids=list(SAFE))
async def test_what_is_safe_writes_nothing(
    endpoint: Endpoint, example: Example, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    noted: list[object] = []

    async def note(_claim: Claim, _transaction: object, reply: object) -> None:
        noted.append(reply)

    tenant = await Tenant.of(local_cloud)
    await given(tenant, endpoint, example)
    monkeypatch.setattr(Claim, "note", note)
    headers = {"Authorization": f"Bearer {tenant.key}", "Idempotency-Key": "a"}
    path = f"{endpoint.service}/{endpoint.name}"
    assert (await local_cloud.post(path, plain(example.request), headers=headers)).status_code == 200
    assert noted == []
