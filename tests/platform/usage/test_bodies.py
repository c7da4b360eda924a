"""What was said in calls is kept for projects that ask for it, for a time, and never with a secret in it."""

import json
from typing import Any

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.platform.audit.masking import MASK
from brickyard.platform.project.projects import GRACE_NS
from brickyard.platform.usage import bodies
from brickyard.platform.usage.bodies import KEPT_MAX_BYTES, READ_MAX_BYTES, kept_of
from cloud import LocalCloud
from database import look
from signed_in import Person, with_key

SECRETS = {
    "password": "hunter2",
    "apiKey": "abc",
    "api-key": "abc",
    "smtp_password": "hunter2",
    "Authorization": "x",
    "note": "the key is bk_sk_live_abcdefghijklmnop",
    "stripe": "sk_live_abcdefghijklmnop",
    "header": "Bearer abcdefghijklmnop",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
    "url": "postgres://ada:hunter2@example.com/db",
    "inside": [{"token": "hunter2", "secrets": {"secret": ["hunter2"]}}],
}


class Project:
    """A project of somebody's, and a key to it."""

    def __init__(self, owner: Person, id_: str, key: str) -> None:
        self.owner, self.id, self.key = owner, id_, key

    @classmethod
    async def of(cls, cloud: LocalCloud, name: str = "ada", environment: str = "live") -> "Project":
        owner = await Person.of(cloud, name)
        project = await owner.project()
        made = await owner.call("key/Create", {"project": project, "environment": environment})
        return cls(owner, project, made["key"])

    async def keep(self, hours: int) -> Any:
        return await self.owner.call("usage/KeepBodies", {"project": self.id, "hours": hours})

    async def said(self, request_id: str, environment: str = "live") -> dict[str, str] | int:
        request = {"project": self.id, "request_id": request_id, "environment": environment}
        response = await self.owner.post("usage/Bodies", request)
        return response.json() if response.status_code == 200 else response.status_code

    async def call(self, path: str, body: Any = None, **headers: str) -> str:
        """Make a call; gives its request id."""
        response = await with_key(self.owner.cloud, self.key, path, body, **headers)
        return response.headers["request-id"]


def all_kept(cloud: LocalCloud, project: Project) -> list[Any]:
    return look(cloud.application.sql, "SELECT request FROM usage_bodies WHERE project = ?1", project.id)


async def test_bodies_are_kept_from_when_it_is_asked_for_until_its_time_is_over(
    local_cloud: LocalCloud, clock: ManualClock
):
    project = await Project.of(local_cloud)
    other = await Project.of(local_cloud, "bob")
    before = await project.call("helloworld/Call", {"name": "Ada"})
    await project.keep(2)
    during = await project.call("helloworld/Call", {"name": "Ada"})
    others = await other.call("helloworld/Call", {"name": "Ada"})
    clock.advance(2 * 3600)
    after = await project.call("helloworld/Call", {"name": "Ada"})
    assert await project.said(before) == await project.said(after) == await other.said(others) == 404
    assert await project.said(during) == {"request": '{"name":"Ada"}', "reply": '{"message":"Hello Ada"}'}
    assert await other.said(during) == 404


async def test_keeping_ends_at_once_when_it_is_switched_off(local_cloud: LocalCloud):
    project = await Project.of(local_cloud, environment="test")
    assert (await project.keep(168))["until"] is not None
    during = await project.call("helloworld/Call", {"name": "Ada"})
    assert (await project.keep(0))["until"] is None
    after = await project.call("helloworld/Call", {"name": "Ada"})
    assert isinstance(await project.said(during, "test"), dict)
    assert await project.said(after, "test") == await project.said(during) == 404


async def test_what_failed_was_done_once_or_is_secret(local_cloud: LocalCloud):
    project = await Project.of(local_cloud)
    await project.keep(1)
    refused = await project.call("helloworld/Call", {"name": 7})
    assert await project.said(refused) == {"request": '{"name":7}', "reply": ""}
    once = await project.call("cache/Set", {"key": "a", "value": "b"}, **{"Idempotency-Key": "1"})
    said = await project.said(once)
    assert isinstance(said, dict)
    assert json.loads(said["request"]) == {"key": MASK, "value": "b"}
    assert said["reply"].startswith("{")
    request = {"project": project.id, "scopes": ["*", "key"], "description": "one that makes keys"}
    project.key = (await project.owner.call("key/Create", request))["key"]
    said = await project.said(await project.call("key/Create", {"scopes": ["cache"]}))
    assert isinstance(said, dict)
    assert said["reply"] == ""


async def test_secrets_are_masked_by_name_and_by_their_looks(local_cloud: LocalCloud):
    project = await Project.of(local_cloud)
    await project.keep(1)
    said = await project.said(await project.call("db/Create", {"record": {**SECRETS, "name": "Ada"}}))
    assert isinstance(said, dict)
    for shown in (said["request"], str(all_kept(local_cloud, project))):
        assert "Ada" in shown
        assert not any(each in shown for each in ("hunter2", "abc", "MIIabc", "eyJzdW", "c2lnbmF0"))
    kept = json.loads(said["request"])["record"]
    assert {name for name in SECRETS if MASK not in json.dumps(kept[name], ensure_ascii=False)} == set()


@pytest.mark.parametrize(
    "body",
    [b"", b"name=Ada", b"\xff", b"{", b"[" * 60_000, b'{"a":"%s"}' % (b"x" * READ_MAX_BYTES)],
    ids=["none", "form", "binary", "cut", "deep", "large"],
)
def test_what_is_no_json_or_large_is_not_kept(body: bytes):
    assert kept_of(body) == ""


def test_a_long_body_is_cut_off():
    kept = kept_of(json.dumps({"a": ["é" * 100] * 100}, ensure_ascii=False).encode())
    assert KEPT_MAX_BYTES - 4 < len(kept.encode()) <= KEPT_MAX_BYTES
    assert kept.endswith("…")


async def test_no_more_than_so_many_are_kept(
    local_cloud: LocalCloud, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies, "PER_SECOND", 3)
    monkeypatch.setattr(bodies, "CALLS_MAX", 4)
    project = await Project.of(local_cloud)
    await project.keep(1)
    ids: list[str] = []
    for _ in range(2):
        ids += [await project.call("helloworld/Call") for _ in range(5)]
        clock.advance(1)
    kept = [number for number, each in enumerate(ids) if await project.said(each) != 404]
    assert kept == [0, 1, 2, 5, 6, 7]
    await project.owner.call("usage/Log", {"project": project.id})
    assert [number for number, each in enumerate(ids) if await project.said(each) != 404] == [2, 5, 6, 7]
    clock.advance(31 * 86_400)
    project.owner = await Person.of(local_cloud, "ada")  # the session is over
    await project.call("helloworld/Call")
    await project.owner.call("usage/Log", {"project": project.id})
    assert all_kept(local_cloud, project) == []


async def test_admins_have_bodies_kept_and_developers_read_them(local_cloud: LocalCloud):
    project, bob = await Project.of(local_cloud), await Person.of(local_cloud, "bob")
    request = {"project": project.id, "hours": 1}
    assert (await bob.post("usage/KeepBodies", request)).status_code == 404
    await bob.joins(project.id, "developer")
    assert (await bob.post("usage/KeepBodies", request)).status_code == 403
    await bob.joins(project.id, "admin")
    assert (await bob.post("usage/KeepBodies", request)).status_code == 200
    assert (await bob.post("usage/KeepBodies", {**request, "hours": 169})).status_code == 400
    call = {"project": project.id, "request_id": await project.call("helloworld/Call")}
    for role, status in {"developer": 200, "viewer": 403, "billing": 403}.items():
        await bob.joins(project.id, role)
        assert (await bob.post("usage/Bodies", call)).status_code == status
    made = await project.owner.call("key/Create", {"project": project.id, "scopes": ["usage"]})
    assert (await with_key(local_cloud, made["key"], "usage/KeepBodies", request)).status_code == 403
    listed = await project.owner.call("audit/List", {"project": project.id, "endpoint": "usage"})
    assert [bool(each["after"]["bodies_kept_until"]) for each in listed["entries"]] == [True]


async def test_they_are_erased_with_their_project(local_cloud: LocalCloud, clock: ManualClock):
    project = await Project.of(local_cloud)
    await project.keep(1)
    await project.call("helloworld/Call")
    assert len(all_kept(local_cloud, project)) == 1
    await project.owner.call("project/Delete", {"project": project.id})
    await local_cloud.application.purge.purge_due(clock.now_ns() + GRACE_NS)
    assert all_kept(local_cloud, project) == []
    engine = local_cloud.application.sql
    assert look(engine, "SELECT until_ns FROM usage_keeping WHERE project_id = ?1", project.id) == []
