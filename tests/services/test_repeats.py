"""What endpoints declare of being called twice is so; and what is to be done once can be, whatever ends."""

import pytest

from account_examples import alice
from brickyard.contract import Endpoint, Example
from brickyard.platform.idempotency.claim import Claim
from brickyard.platform.idempotency.outcome import Outcome
from brickyard.settings import Settings
from cloud import LocalCloud
from example_calls import CALLS, asked, headers
from outside import Outside


@pytest.fixture
def settings(paying_settings: Settings, outside: Outside) -> Settings:
    """A cloud in which every example can be made: one that takes payments, and reaches providers."""
    return outside.reached_by(paying_settings)


ONCE = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat == "once" and each.name != "Logout"
}
UNLIKE = frozenset(("usage", "outbox"))
"""What counts when it is asked, and what is only for who runs the cloud."""
SAFE = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat == "safe" and each.service not in UNLIKE
}


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
