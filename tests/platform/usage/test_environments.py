"""A test key reads what test keys did and keep, and nothing that is live."""

import pytest

from cloud import LocalCloud
from signed_in import Person, with_key


@pytest.mark.parametrize("path", ["usage/Log", "usage/Summary", "usage/Storage"])
async def test_a_test_key_is_refused_what_is_live(local_cloud: LocalCloud, path: str):
    terms = {"environment": "test", "scopes": ["usage"]}
    key = (await local_cloud.call("key/Create", terms))["key"]
    assert (await with_key(local_cloud, key, path, {"environment": "live"})).status_code == 403
    for body in ({}, {"environment": "test"}):
        assert (await with_key(local_cloud, key, path, body)).status_code == 200


async def test_each_key_reads_its_own_environment_unless_it_says_otherwise(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    keys = {
        environment: await ada.call(
            "key/Create",
            {"project": project, "environment": environment, "scopes": ["usage", "db"]},
        )
        for environment in ("live", "test")
    }
    for environment, made in keys.items():
        record = {"table": environment, "record": {"a": 1}}
        for _ in range(1 if environment == "live" else 2):
            assert (await with_key(local_cloud, made["key"], "db/Create", record)).status_code == 200
    for environment, records in (("live", 1), ("test", 2)):
        made = keys[environment]
        stored = (await with_key(local_cloud, made["key"], "usage/Storage")).json()
        assert stored["records"] == records
        calls = (await with_key(local_cloud, made["key"], "usage/Log", {"endpoint": "db"})).json()["calls"]
        assert [each["key"] for each in calls] == [made["info"]["id"]] * records
    tests = await with_key(local_cloud, keys["live"]["key"], "usage/Storage", {"environment": "test"})
    assert tests.json()["records"] == 2
    assert (await ada.call("usage/Storage", {"project": project}))["records"] == 1
