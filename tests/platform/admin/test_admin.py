"""Operators look, and step in."""

import pytest

from cloud import LocalCloud
from signed_in import PLATFORM, Person, with_key

REASON = "It sends spam. Write to abuse@example.com."


async def registered(cloud: LocalCloud, name: str) -> Person:
    """Make a person whose account is in the register."""
    person = await Person.of(cloud, name)
    await cloud.application.sql.bound(PLATFORM).run(
        "UPDATE accounts SET name = ?3 WHERE project = ?1 AND id = ?2", person.account, name
    )
    return person


async def key_of(ada: Person, project: str) -> tuple[str, str]:
    """Make a key; gives it and its id."""
    made = await ada.call("key/Create", {"project": project})
    return made["key"], made["info"]["id"]


@pytest.mark.parametrize("what", ["key", "project", "account"])
async def test_what_is_blocked_is_refused_at_once_and_told_why(local_cloud: LocalCloud, what: str):
    ada = await registered(local_cloud, "ada")
    project = await ada.project()
    key, key_id = await key_of(ada, project)
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200
    subject = {"key": key_id, "project": project, "account": ada.account}[what]
    await local_cloud.call("admin/Block", {"id": subject, "reason": REASON})
    response = await with_key(local_cloud, key, "helloworld/Call")
    assert (response.status_code, REASON in response.json()["detail"]) == (403, True)
    session = await ada.post("project/List")
    assert session.status_code == (403 if what == "account" else 200)
    assert what != "account" or REASON in session.json()["detail"]
    await local_cloud.call("admin/Unblock", {"id": subject})
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200
    assert (await ada.post("project/List")).status_code == 200


async def test_a_blocked_key_lives_on_under_no_other_name(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    _, key_id = await key_of(ada, project)
    await local_cloud.call("admin/Block", {"id": key_id, "reason": REASON})
    response = await ada.post("key/Rotate", {"project": project, "id": key_id})
    assert (response.status_code, REASON in response.json()["detail"]) == (403, True)
    assert len((await ada.call("key/List", {"project": project}))["keys"]) == 1


async def test_a_blocked_project_is_not_freed_by_deleting_and_restoring_it(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    key, _ = await key_of(ada, project)
    await local_cloud.call("admin/Block", {"id": project, "reason": REASON})
    for path in ("project/Delete", "project/Restore"):
        await ada.call(path, {"project": project})
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 403


async def test_an_accounts_block_does_not_follow_a_project_that_it_handed_on(local_cloud: LocalCloud):
    ada, bob = await registered(local_cloud, "ada"), await registered(local_cloud, "bob")
    project = await ada.project()
    key, _ = await key_of(ada, project)
    await bob.joins(project, "admin")
    await ada.call("project/TransferOwnership", {"project": project, "account": bob.account})
    await local_cloud.call("admin/Block", {"id": ada.account, "reason": REASON})
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 403
    await bob.call("project/AcceptOwnership", {"project": project})
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200


@pytest.mark.parametrize(("subject", "status"), [("key_none", 404), ("acc_none", 404), ("nobody", 400)])
async def test_what_is_not_there_cannot_be_blocked(local_cloud: LocalCloud, subject: str, status: int):
    response = await local_cloud.post("admin/Block", {"id": subject, "reason": "x"})
    assert response.status_code == status
    assert (await local_cloud.post("admin/Unblock", {"id": subject})).status_code == status


async def test_nobody_locks_oneself_out(local_cloud: LocalCloud):
    (own,) = (await local_cloud.call("key/List"))["keys"]
    (project,) = (await local_cloud.call("project/List"))["projects"]
    for subject in (own["id"], project["id"], project["owner"]):
        assert (await local_cloud.post("admin/Block", {"id": subject, "reason": "x"})).status_code == 400


async def test_an_account_is_made_an_operators_and_dismissed(local_cloud: LocalCloud):
    ada = await registered(local_cloud, "ada")
    assert (await ada.post("admin/Overview")).status_code == 403
    await local_cloud.call("admin/SetOperator", {"account": ada.account, "operator": True})
    assert (await ada.post("admin/Overview")).status_code == 200
    await local_cloud.call("admin/SetOperator", {"account": ada.account, "operator": False})
    assert (await ada.post("admin/Overview")).status_code == 403
    unknown = await local_cloud.post("admin/SetOperator", {"account": "acc_none", "operator": True})
    assert unknown.status_code == 404


async def test_accounts_and_projects_are_found_by_id_name_and_owner(local_cloud: LocalCloud):
    ada, bob = await registered(local_cloud, "Ada_1"), await registered(local_cloud, "bob")
    project = await ada.project("100% wool")
    for text in (ada.account, "ada_", "da_1"):
        found = (await local_cloud.call("admin/SearchAccounts", {"text": text}))["accounts"]
        assert [each["id"] for each in found] == [ada.account]
        assert found[0]["projects"] == 1
    for text in (project, ada.account, "100%", "WOOL"):
        found = (await local_cloud.call("admin/SearchProjects", {"text": text}))["projects"]
        assert [each["id"] for each in found] == [project]
    await registered(local_cloud, "École Ñandú")
    for text in ("École", "Ñandú", "École Ñandú"):  # SQLite knows upper case of ASCII only
        found = (await local_cloud.call("admin/SearchAccounts", {"text": text}))["accounts"]
        assert [each["name"] for each in found] == ["École Ñandú"]
    await ada.project("Żółć")
    found = (await local_cloud.call("admin/SearchProjects", {"text": "Żó"}))["projects"]
    assert [each["name"] for each in found] == ["Żółć"]
    for text in ("%", "a%a", "a_a1"):
        found = (await local_cloud.call("admin/SearchAccounts", {"text": text}))["accounts"]
        assert found == []
    assert bob.account != ada.account


async def test_a_search_goes_on_where_it_left_off(local_cloud: LocalCloud):
    names = [f"person{number}" for number in range(5)]
    for name in names:
        await (await registered(local_cloud, name)).project(name)
    for path, field in {"SearchAccounts": "accounts", "SearchProjects": "projects"}.items():
        seen: list[str] = []
        cursor = ""
        while True:
            request = {"text": "person", "limit": 2, "cursor": cursor}
            page = await local_cloud.call(f"admin/{path}", request)
            seen += [each["name"] for each in page[field]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        assert sorted(seen) == names


async def test_the_overview_counts_what_there_is(local_cloud: LocalCloud):
    before = await local_cloud.call("admin/Overview")
    ada = await registered(local_cloud, "ada")
    project, other = await ada.project(), await ada.project()
    await key_of(ada, project)
    _, ended = await key_of(ada, project)
    await ada.call("key/Revoke", {"project": project, "id": ended})
    await ada.call("project/Delete", {"project": other})
    await local_cloud.call("admin/Block", {"id": project, "reason": "x"})
    after = await local_cloud.call("admin/Overview")
    counted = after.keys() - {"today", "month"}
    assert {name: after[name] - before[name] for name in counted} == {
        "accounts": 1,
        "projects": 1,
        "projects_deleted": 1,
        "keys": 1,
        "sessions": 1,
        "blocked": 1,
    }


async def test_all_that_operators_change_is_in_the_log(local_cloud: LocalCloud):
    ada = await registered(local_cloud, "ada")
    project = await ada.project()
    await local_cloud.call("admin/Block", {"id": project, "reason": REASON})
    await local_cloud.call("admin/Unblock", {"id": project})
    await local_cloud.call("admin/SetOperator", {"account": ada.account, "operator": True})
    await local_cloud.call("admin/SetFeatureFlag", {"name": "faster", "everywhere": True})
    rows = await local_cloud.application.sql.bound(PLATFORM).rows(
        "SELECT endpoint, about, subject FROM audit WHERE project = ?1 AND operator = 1 ORDER BY id"
    )
    assert rows == [
        ("admin.block", project, project),
        ("admin.unblock", project, project),
        ("admin.setoperator", "", ada.account),
        ("admin.setfeatureflag", "", "faster"),
    ]
