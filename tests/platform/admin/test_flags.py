"""Operators switch features on; services and apps read them."""

from pathlib import Path
from typing import Any

import pytest

from brickyard.contract import Features
from cloud import LocalCloud, ProcessCloud
from database import database
from signed_in import Person, with_key

SHOP = "https://shop.example"


async def key_to(person: Person, project: str, **wanted: Any) -> str:
    return (await person.call("key/Create", {"project": project, **wanted}))["key"]


async def seen(cloud: LocalCloud, key: str, **headers: str) -> list[str]:
    response = await with_key(cloud, key, "feature/List", **headers)
    assert response.status_code == 200, response.text
    return response.json()["features"]


@pytest.mark.parametrize("name", ["faster\n", "Faster", "", "f" * 64, "fäster", "1st"])
async def test_a_name_that_no_code_has_is_refused(local_cloud: LocalCloud, name: str):
    refused = await local_cloud.post("admin/SetFeatureFlag", {"name": name})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/name")


async def test_a_flag_is_on_for_some_for_all_or_for_none(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    first, second = await ada.project(), await ada.project()
    one, other = await key_to(ada, first), await key_to(ada, second)
    assert await seen(local_cloud, one) == []
    for flag, on in (
        ({"projects": [first]}, (True, False)),
        ({"everywhere": True}, (True, True)),
        ({}, (False, False)),
    ):
        await local_cloud.call("admin/SetFeatureFlag", {"name": "faster", **flag})
        assert await seen(local_cloud, one) == ["faster"] * on[0]
        assert await seen(local_cloud, other) == ["faster"] * on[1]
    assert [each["name"] for each in (await local_cloud.call("admin/ListFeatureFlags"))["flags"]] == [
        "faster"
    ]


async def test_an_app_reads_them_with_a_publishable_key_and_a_test_key_alike(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    for name in ("newer", "faster"):
        await local_cloud.call("admin/SetFeatureFlag", {"name": name, "projects": [project]})
    page = await key_to(ada, project, kind="publishable", origins=[SHOP])
    assert await seen(local_cloud, page, Origin=SHOP) == ["faster", "newer"]
    assert await seen(local_cloud, await key_to(ada, project, environment="test")) == ["faster", "newer"]


async def test_a_service_asks_by_its_furnishing(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    features: Features = local_cloud.application.flags.bound(project)
    assert not await features.is_on("faster")
    await local_cloud.call("admin/SetFeatureFlag", {"name": "faster", "projects": [project]})
    assert await features.is_on("faster")
    assert not await local_cloud.application.flags.bound("prj_other").is_on("faster")


async def test_flags_are_remembered_until_one_is_switched(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    flags, reads = local_cloud.application.flags, 0
    read = flags.flags

    async def counted() -> Any:
        nonlocal reads
        reads += 1
        return await read()

    monkeypatch.setattr(flags, "flags", counted)
    for on in (True, False):
        reads = 0
        await local_cloud.call("admin/SetFeatureFlag", {"name": "faster", "everywhere": on})
        for _ in range(20):
            assert (await local_cloud.call("feature/List"))["features"] == ["faster"] * on
        assert 1 <= reads <= 10  # a shared database may take some calls until the epoch is known


@pytest.mark.only_on("postgres", "a home has one server")
def test_a_flag_switched_at_one_gateway_is_on_at_another(tmp_path: Path):
    with ProcessCloud(tmp_path / "home") as one:
        environment = {"BRICKYARD_DATABASE_URL": str(database.url(tmp_path / "home"))}
        with ProcessCloud(tmp_path / "other", **environment) as other:
            other.client.headers["Authorization"] = f"Bearer {one.key}"
            for on in (True, False, True):
                one.call("admin/SetFeatureFlag", {"name": "faster", "everywhere": on})
                assert other.call("feature/List")["features"] == ["faster"] * on


async def test_a_flag_for_a_project_that_is_not_there_is_refused(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project, gone = await ada.project(), await ada.project()
    await ada.call("project/Delete", {"project": gone})
    flag = {"name": "faster", "projects": [project, "nosuch", gone]}
    response = await local_cloud.post("admin/SetFeatureFlag", flag)
    assert response.status_code == 400
    assert [each["pointer"] for each in response.json()["errors"]] == ["/projects/1", "/projects/2"]
    assert (await local_cloud.call("admin/ListFeatureFlags"))["flags"] == []


async def test_a_flag_is_on_for_as_many_projects_as_can_be_named(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    flag = {"name": "faster", "projects": [project] * 1000}
    await local_cloud.call("admin/SetFeatureFlag", flag)
    too_many = await local_cloud.post("admin/SetFeatureFlag", {**flag, "projects": [project] * 1001})
    assert too_many.status_code == 400
