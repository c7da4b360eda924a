"""Keys are rotated and projects change hands: what a month has spent, and what it may, is handed on."""

from typing import Any, NamedTuple

import pytest

from brickyard.contract import usd
from brickyard.platform.billing import audit, handover
from brickyard.platform.billing.holds import Outcome, Turn
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.room import Refusal
from cloud import LocalCloud
from signed_in import Person, with_key

PRICE = "0.0001"
TWO_CALLS, THREE_CALLS = "0.0002", "0.0003"


class Made(NamedTuple):
    id: str
    key: str


async def paying(cloud: LocalCloud, name: str) -> Person:
    """Give someone whose calls cost something, and who has a dollar."""
    person = await Person.of(cloud, name)
    await cloud.call("admin/SetTier", {"account": person.account, "tier": "free"})
    gift = Movement(amount=usd("1"), reference="gift")
    await cloud.application.books.grant(person.account, gift)
    return person


async def made(person: Person, project: str, **terms: Any) -> Made:
    reply = await person.call("key/Create", {"project": project, **terms})
    return Made(reply["info"]["id"], reply["key"])


async def rotated(person: Person, project: str, key: str) -> Made:
    reply = await person.call("key/Rotate", {"project": project, "id": key})
    return Made(reply["info"]["id"], reply["key"])


async def statuses(cloud: LocalCloud, *keys: str) -> list[int]:
    """Make a call that costs `PRICE` with each key, one after another."""
    body = {"table": "t", "record": {"a": 1}}
    return [(await with_key(cloud, key, "db/Create", body)).status_code for key in keys]


async def hand_over(project: str, former: Person, to: Person) -> None:
    await to.joins(project, "admin")
    await former.call("project/TransferOwnership", {"project": project, "account": to.account})
    await to.call("project/AcceptOwnership", {"project": project})


async def caps_of(person: Person) -> list[tuple[str, str, str]]:
    found = (await person.call("billing/Caps"))["caps"]
    return [(each["key"], each["amount"], each["spent"]) for each in found]


async def faults(cloud: LocalCloud, *people: Person) -> list[str]:
    return [
        fault
        for person in people
        for fault in await cloud.application.books.write(person.account, audit.faults)
    ]


async def held(cloud: LocalCloud, person: Person, project: str, name: str) -> Outcome:
    """Have money held for one call in a person's books, as a gateway does."""
    turn = Turn(
        id=name,
        number=1,
        project=project,
        key_id="key_of_a_gateway",
        endpoint="db.create",
        price_version="v1",
        expires_ns=2**62,
        wanted=(usd(PRICE),),
    )
    return await cloud.application.books.take(person.account, turn)


@pytest.mark.parametrize("bound", ["cap", "budget"])
async def test_a_key_and_those_it_is_rotated_to_have_one_bound_together(local_cloud: LocalCloud, bound: str):
    ada = await paying(local_cloud, "ada")
    project = await ada.project()
    first = await made(ada, project, **({"monthly_budget": THREE_CALLS} if bound == "budget" else {}))
    if bound == "cap":
        await ada.call("billing/SetCap", {"project": project, "key": first.id, "amount": THREE_CALLS})
    second = await rotated(ada, project, first.id)
    assert await statuses(local_cloud, first.key, second.key) == [200, 200]
    third = await rotated(ada, project, second.id)
    assert await statuses(local_cloud, third.key, third.key, second.key, first.key) == [200, 402, 402, 402]
    other = await made(ada, project)
    assert await statuses(local_cloud, other.key) == [200]
    assert await faults(local_cloud, ada) == []


async def test_a_cap_is_set_and_lifted_by_whichever_key_of_a_lineage(local_cloud: LocalCloud):
    ada = await paying(local_cloud, "ada")
    project = await ada.project()
    first = await made(ada, project)
    second = await rotated(ada, project, first.id)
    info = (await ada.call("key/Get", {"project": project, "id": second.id}))["info"]
    assert info["lineage"] == first.id
    cap = await ada.call("billing/SetCap", {"project": project, "key": second.id, "amount": "0"})
    assert cap["cap"]["key"] == first.id
    assert await statuses(local_cloud, first.key, second.key) == [402, 402]
    await ada.call("billing/SetCap", {"project": project, "key": first.id, "amount": None})
    assert await statuses(local_cloud, first.key, second.key) == [200, 200]


async def test_a_transaction_names_the_key_that_made_the_calls(local_cloud: LocalCloud):
    ada = await paying(local_cloud, "ada")
    project = await ada.project()
    first = await made(ada, project)
    second = await rotated(ada, project, first.id)
    assert await statuses(local_cloud, first.key, second.key) == [200, 200]
    found = (await ada.call("billing/Transactions", {"project": project}))["transactions"]
    assert {each["key"] for each in found} == {first.id, second.id}


async def test_a_project_takes_its_caps_and_what_was_spent_to_its_new_owner(local_cloud: LocalCloud):
    ada, bob = await paying(local_cloud, "ada"), await paying(local_cloud, "bob")
    project = await ada.project()
    key = await made(ada, project)
    await ada.call("billing/SetCap", {"project": project, "amount": THREE_CALLS})
    await ada.call("billing/SetCap", {"project": project, "key": key.id, "amount": "5"})
    assert await statuses(local_cloud, key.key) == [200]
    await hand_over(project, ada, bob)
    assert await caps_of(ada) == []
    assert await caps_of(bob) == [("", THREE_CALLS, PRICE), (key.id, "5", PRICE)]
    assert await statuses(local_cloud, *[key.key] * 3) == [200, 200, 402]
    assert (await bob.call("billing/Balance"))["balance"] == "0.9998"
    assert await faults(local_cloud, ada, bob) == []


async def test_a_keys_budget_goes_on_with_a_new_owner_and_back(local_cloud: LocalCloud):
    ada, bob = await paying(local_cloud, "ada"), await paying(local_cloud, "bob")
    project = await ada.project()
    key = await made(ada, project, monthly_budget=THREE_CALLS)
    assert await statuses(local_cloud, key.key) == [200]
    await hand_over(project, ada, bob)
    assert await statuses(local_cloud, key.key) == [200]
    await hand_over(project, bob, ada)
    assert await statuses(local_cloud, key.key, key.key) == [200, 402]
    assert await faults(local_cloud, ada, bob) == []


async def test_what_is_held_when_a_project_changes_hands_counts_as_spent(local_cloud: LocalCloud):
    ada, bob = await paying(local_cloud, "ada"), await paying(local_cloud, "bob")
    project = await ada.project()
    await ada.call("billing/SetCap", {"project": project, "amount": TWO_CALLS})
    hold = (await held(local_cloud, ada, project, "before")).hold
    await hand_over(project, ada, bob)
    assert await caps_of(bob) == [("", TWO_CALLS, PRICE)]
    (refusal,) = (await held(local_cloud, ada, project, "too late")).grants
    assert isinstance(refusal, Refusal)
    assert "another account" in refusal.problem.detail
    late = Turn(
        id=hold.id,
        number=2,
        project=project,
        key_id=hold.key_id,
        endpoint=hold.endpoint,
        price_version="v1",
        expires_ns=2**62,
        calls=1,
        taken=hold.held,
    )
    await local_cloud.application.books.take(ada.account, late)
    assert (await ada.call("billing/Balance"))["balance"] == "0.9999"
    grants = [(await held(local_cloud, bob, project, name)).grants[0] for name in ("next", "last")]
    assert [isinstance(each, Refusal) for each in grants] == [False, True]
    assert await faults(local_cloud, ada, bob) == []


async def test_a_handover_that_is_cut_short_changes_nothing(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    ada, bob = await paying(local_cloud, "ada"), await paying(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, "admin")
    key = await made(ada, project)
    await ada.call("billing/SetCap", {"project": project, "amount": TWO_CALLS})
    assert await statuses(local_cloud, key.key) == [200]
    await ada.call("project/TransferOwnership", {"project": project, "account": bob.account})
    with monkeypatch.context() as cut:
        cut.setattr(handover, "CARRY", "INSERT INTO nowhere VALUES (?1, ?2, ?3, ?4, ?5)")
        broken = await bob.post("project/AcceptOwnership", {"project": project})
        assert broken.status_code >= 500
    assert (await ada.call("project/Get", {"project": project}))["info"]["role"] == "owner"
    assert (await caps_of(ada), await caps_of(bob)) == ([("", TWO_CALLS, PRICE)], [])
    await bob.call("project/AcceptOwnership", {"project": project})
    assert (await caps_of(ada), await caps_of(bob)) == ([], [("", TWO_CALLS, PRICE)])
    assert await statuses(local_cloud, key.key, key.key) == [200, 402]
