"""A key grants nobody, itself included, more than it has: neither money, nor calls, nor time."""

from typing import Any

import pytest

from brickyard.contract import Context, Forbidden, Money
from brickyard.platform.access import Role
from brickyard.platform.key.granting import Granting
from brickyard.platform.key.record import Descent, KeyRecord, KeySettings
from brickyard.platform.key.scope_names import ScopeNames
from cloud import LocalCloud
from signed_in import Person, with_key

LIFTED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "time": (
        {"expires_at": "2026-12-01T00:00:00Z"},
        {"expires_at": "2026-12-01T00:00:01Z"},
        {"expires_at": ""},
    ),
    "calls": ({"rate_limit_per_s": 10}, {"rate_limit_per_s": 11}, {"rate_limit_per_s": 0}),
    "money": ({"monthly_budget": "5"}, {"monthly_budget": "5.000000001"}, {"monthly_budget": ""}),
}
"""A bound, a higher one, and none."""

each_bound = pytest.mark.parametrize("bound", LIFTED)


async def manager(cloud: LocalCloud, bound: dict[str, Any], *scopes: str) -> tuple[str, str]:
    """Make a key that is bounded, and may manage keys; gives its id and the key."""
    made = await cloud.call("key/Create", {"scopes": ["key", "db", *scopes], **bound})
    return made["info"]["id"], made["key"]


@each_bound
async def test_a_key_does_not_lift_its_own_bound(local_cloud: LocalCloud, bound: str):
    held, higher, none = LIFTED[bound]
    own, key = await manager(local_cloud, held)
    before = await local_cloud.call("key/Get", {"id": own})
    for lifted in (higher, none):
        refused = await with_key(local_cloud, key, "key/Update", {"id": own, **lifted})
        assert refused.status_code == 403
        assert next(iter(held)) in refused.json()["detail"]
    assert await local_cloud.call("key/Get", {"id": own}) == before
    same = await with_key(local_cloud, key, "key/Update", {"id": own, **held})
    assert same.status_code == 200


@each_bound
async def test_a_key_makes_none_that_is_bounded_less(local_cloud: LocalCloud, bound: str):
    held, higher, none = LIFTED[bound]
    _, key = await manager(local_cloud, held)
    for terms in ({}, higher, {} if bound == "time" else none):
        refused = await with_key(local_cloud, key, "key/Create", {"scopes": ["db"], **terms})
        assert refused.status_code == 403
    assert (await with_key(local_cloud, key, "key/Create", {"scopes": ["db"], **held})).status_code == 200


@each_bound
async def test_a_key_neither_rotates_nor_changes_one_that_is_bounded_less(
    local_cloud: LocalCloud, bound: str
):
    held, higher, _ = LIFTED[bound]
    _, key = await manager(local_cloud, held)
    for terms in ({}, higher):
        other = (await local_cloud.call("key/Create", {"scopes": ["db"], **terms}))["info"]["id"]
        for path, body in {"key/Rotate": {}, "key/Update": {"description": "x"}}.items():
            refused = await with_key(local_cloud, key, path, {"id": other, **body})
            assert refused.status_code == 403


@each_bound
async def test_a_key_that_is_rotated_by_itself_keeps_its_bound(local_cloud: LocalCloud, bound: str):
    held, _, _ = LIFTED[bound]
    own, key = await manager(local_cloud, held)
    rotated = (await with_key(local_cloud, key, "key/Rotate", {"id": own})).json()
    ((name, value),) = held.items()
    assert rotated["info"][name] == value
    assert rotated["info"]["lineage"] == own


@each_bound
async def test_who_is_signed_in_lifts_any_bound(local_cloud: LocalCloud, bound: str):
    held, higher, none = LIFTED[bound]
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, "admin")
    made = await ada.call("key/Create", {"project": project, "scopes": ["db"], **held})
    for person, lifted in ((ada, higher), (bob, none)):
        await person.call("key/Update", {"project": project, "id": made["info"]["id"], **lifted})


@pytest.mark.parametrize("bound", ["budget", "cap"])
async def test_what_a_bounded_key_makes_spends_from_its_bound(local_cloud: LocalCloud, bound: str):
    """Else it would make a hundred keys, which spend each of them what it may."""
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    terms = {"monthly_budget": "5"} if bound == "budget" else {}
    maker = await ada.call("key/Create", {"project": project, "scopes": ["key", "billing", "db"], **terms})
    own = maker["info"]["id"]
    if bound == "cap":
        await ada.call("billing/SetCap", {"project": project, "key": own, "amount": "5"})
    second = (await with_key(local_cloud, maker["key"], "key/Create", {"scopes": ["db"], **terms})).json()
    assert second["info"]["lineage"] == own
    free = await ada.call("key/Create", {"project": project, "scopes": ["key", "db"]})
    other = (await with_key(local_cloud, free["key"], "key/Create", {"scopes": ["db"]})).json()
    assert other["info"]["lineage"] == other["info"]["id"]


@pytest.mark.parametrize("bound", ["money", "calls", "cap"])
async def test_a_bounded_key_rotates_no_other_to_spend_and_call_in_its_place(
    local_cloud: LocalCloud, bound: str
):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    terms = LIFTED[bound][0] if bound in LIFTED else {}
    scopes = {"project": project, "scopes": ["key", "db"]}
    first, other = [await ada.call("key/Create", {**scopes, **terms}) for _ in range(2)]
    own = first["info"]["id"]
    if bound == "cap":
        await ada.call("billing/SetCap", {"project": project, "key": own, "amount": "5"})
    made = (await with_key(local_cloud, first["key"], "key/Create", {"scopes": ["db"], **terms})).json()
    refused = await with_key(local_cloud, first["key"], "key/Rotate", {"id": other["info"]["id"]})
    assert refused.status_code == 403
    assert "rotates itself" in refused.json()["detail"]
    for each in (made["info"]["id"], own):
        rotated = await with_key(local_cloud, first["key"], "key/Rotate", {"id": each, "overlap_hours": 1})
        assert rotated.status_code == 200
    assert (await with_key(local_cloud, other["key"], "db/Count", {"table": "t"})).status_code == 200


async def test_a_key_does_not_change_its_own_cap(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    made = await ada.call("key/Create", {"project": project, "scopes": ["key", "billing"]})
    own = made["info"]["id"]
    await ada.call("billing/SetCap", {"project": project, "key": own, "amount": "5"})
    rotated = (await with_key(local_cloud, made["key"], "key/Rotate", {"id": own})).json()
    for amount in (None, "6"):
        for key in (own, rotated["info"]["id"]):
            refused = await with_key(
                local_cloud, rotated["key"], "billing/SetCap", {"key": key, "amount": amount}
            )
            assert refused.status_code == 403
    (cap,) = (await ada.call("billing/Caps"))["caps"]
    assert (cap["key"], cap["amount"]) == (own, "5")


def granting(held: KeySettings) -> Granting:
    names = ScopeNames(())
    calling = KeyRecord(id="key_a", hint="", descent=Descent().of("key_a"), settings=held, created_ns=0)
    context = Context("req_a", "prj_a", "key_a", held.scopes, "", role="owner")
    return Granting(names, context, Role.OWNER, calling, operator=False)


def test_a_publishable_key_would_grant_publishable_keys_for_its_own_pages_only():
    page = KeySettings(kind="publishable", scopes=("*",), origins=("https://a.example",))
    granting(page).check(page)
    elsewhere = KeySettings(kind="publishable", scopes=("*",), origins=("https://b.example",))
    for wider in (KeySettings(scopes=("*",)), elsewhere):
        with pytest.raises(Forbidden):
            granting(page).check(wider)


def test_a_bound_of_nothing_is_a_bound():
    with pytest.raises(Forbidden):
        granting(KeySettings(scopes=("*",), monthly_budget=Money(0))).check(KeySettings(scopes=("*",)))
