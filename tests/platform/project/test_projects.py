"""Projects are made, renamed, deleted, and restored for a week."""

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.platform.project.projects import GRACE_NS, PROJECTS_MAX
from cloud import LocalCloud
from signed_in import Person, with_key

WEEK_S = GRACE_NS / 1e9


async def names(person: Person) -> list[str]:
    return [each["name"] for each in (await person.call("project/List"))["projects"]]


@pytest.mark.parametrize("name", ["a\nb", "a\0", "a\x1b[31m", "a\u2028b", " ", "\t"])
async def test_a_name_is_one_line_that_says_something(local_cloud: LocalCloud, name: str):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project("web shop")
    for path, request in (("Create", {"name": name}), ("Rename", {"name": name, "project": project})):
        refused = await ada.post(f"project/{path}", request)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/name")
    assert (await ada.call("project/Get", {"project": project}))["info"]["name"] == "web shop"


async def test_a_project_is_made_listed_and_renamed(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    made = (await ada.call("project/Create", {"name": "web shop"}))["info"]
    assert (made["role"], made["owner"], made["deleted_at"]) == ("owner", ada.account, None)
    assert (await ada.call("project/Get", {"project": made["id"]}))["info"] == made
    await ada.call("project/Rename", {"project": made["id"], "name": "shop"})
    assert await names(ada) == ["shop"]


async def test_each_account_sees_its_own_projects(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project("hers")
    assert await names(bob) == []
    await bob.joins(project, "viewer")
    assert [each["role"] for each in (await bob.call("project/List"))["projects"]] == ["viewer"]


async def test_an_account_owns_only_so_many(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    for _ in range(PROJECTS_MAX):
        last = await ada.project()
    assert (await ada.post("project/Create", {"name": "one more"})).status_code == 409
    await ada.call("project/Delete", {"project": last})  # can be restored, so it still counts
    assert (await ada.post("project/Create", {"name": "one more"})).status_code == 409


@pytest.mark.parametrize("name", ["", "x" * 101])
async def test_a_name_has_bounds(local_cloud: LocalCloud, name: str):
    ada = await Person.of(local_cloud, "ada")
    assert (await ada.post("project/Create", {"name": name})).status_code == 400


async def test_a_key_looks_at_its_own_project_and_renames_it(local_cloud: LocalCloud):
    (project,) = (await local_cloud.call("project/List"))["projects"]
    await local_cloud.call("project/Rename", {"name": "mine"})
    assert (await local_cloud.call("project/Get"))["info"] == {**project, "name": "mine"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("project/Create", {"name": "a"}),
        ("project/Delete", {}),
        ("project/Restore", {}),
        ("project/Invite", {"email": "a@example.com"}),
        ("project/TransferOwnership", {"account": "acc_mallory"}),
        ("project/SetRole", {"account": "acc_mallory", "role": "admin"}),
        ("project/RemoveMember", {"account": "acc_mallory"}),
        ("project/Leave", {}),
    ],
)
async def test_what_people_decide_no_key_does(local_cloud: LocalCloud, path: str, body: dict[str, str]):
    (project,) = (await local_cloud.call("project/List"))["projects"]
    if path != "project/Create":
        body = {**body, "project": project["id"]}
    response = await local_cloud.post(path, body)
    assert response.status_code == 403
    assert "signed in" in response.json()["detail"]


async def test_a_deleted_projects_keys_stop_at_once_and_work_again_when_it_is_restored(
    local_cloud: LocalCloud,
):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    keys = [
        (await ada.call("key/Create", {"project": project, "environment": environment}))["key"]
        for environment in ("live", "test")
    ]
    for key in keys:
        assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200
    await ada.call("project/Delete", {"project": project})
    for key in keys:
        response = await with_key(local_cloud, key, "helloworld/Call")
        assert (response.status_code, "deleted" in response.json()["detail"]) == (401, True)
    await ada.call("project/Restore", {"project": project})
    for key in keys:
        assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200


async def test_a_deleted_project_is_gone_for_all_but_its_owners_list(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, "admin")
    await ada.call("project/Delete", {"project": project})
    for path in ("project/Get", "project/ListMembers", "key/List", "key/Create", "audit/List"):
        assert (await ada.post(path, {"project": project})).status_code == 404
    assert await names(bob) == []
    assert (await bob.post("project/Restore", {"project": project})).status_code == 404
    (listed,) = (await ada.call("project/List"))["projects"]
    assert listed["deleted_at"]


async def test_the_week_ends(local_cloud: LocalCloud, clock: ManualClock):
    ada = await Person.of(local_cloud, "ada")
    early, late = await ada.project(), await ada.project()
    await ada.call("project/Delete", {"project": early})
    clock.advance(1)
    await ada.call("project/Delete", {"project": late})
    clock.advance(WEEK_S - 1)
    assert (await ada.post("project/Restore", {"project": early})).status_code == 404
    assert (await ada.post("project/Restore", {"project": late})).status_code == 200
