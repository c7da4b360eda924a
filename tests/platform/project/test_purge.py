"""Once a deleted project cannot be restored, nothing of it is left in any table."""

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.engines.sql import erase
from brickyard.engines.webhook import Delivery
from brickyard.engines.webhook.signature import new_secret
from brickyard.platform.project.projects import GRACE_NS
from cloud import LocalCloud
from database import look
from signed_in import PLATFORM, Person, with_key

TABLES = {
    "sqlite": "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
    " WHERE m.type = 'table' AND c.name = 'project'",
    "postgresql": "SELECT table_name::text FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND column_name = 'project' AND table_name <> 'turns'",
}


def rows_of(cloud: LocalCloud, tenant: str) -> dict[str, int]:
    """Count the rows that a tenant has, by table."""
    engine = cloud.application.sql
    names = [row[0] for row in look(engine, TABLES[engine.bound(PLATFORM).dialect])]
    counts = {
        name: look(engine, f'SELECT count(*) FROM "{name}" WHERE project = ?1', tenant)[0][0]
        for name in names
    }
    return {name: count for name, count in counts.items() if count}


async def filled(cloud: LocalCloud, ada: Person) -> str:
    """Make a project with something in every building block, in both environments."""
    project = await ada.project("doomed")
    for environment in ("live", "test"):
        made = await ada.call("key/Create", {"project": project, "environment": environment})
        for path, body in {
            "db/Create": {"record": {"name": "a", "number": 1}},
            "db/CreateIndex": {"fields": ["name"]},
            "cache/Set": {"key": "a", "value": "b"},
            "event/Publish": {"topic": "t", "message": {"n": 1}},
        }.items():
            response = await with_key(cloud, made["key"], path, body)
            assert response.status_code == 200, response.text
        for number in range(450):
            response = await with_key(cloud, made["key"], "cache/Set", {"key": f"{number}", "value": "x"})
            assert response.status_code == 200
    return project


async def with_webhooks(cloud: LocalCloud, *tenants: str) -> None:
    """Have something delivered for tenants, and an address of theirs be gone."""
    webhooks = cloud.application.webhooks
    for tenant in tenants:
        await webhooks.deliver(
            tenant, Delivery(url="https://example.invalid/hook", body=b"{}", secrets=(new_secret(),))
        )
        await webhooks.deliveries.disable(tenant, "https://example.invalid/gone")


async def test_nothing_is_left_of_either_tenant(local_cloud: LocalCloud, clock: ManualClock):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await filled(local_cloud, ada)
    spared = await bob.project("spared")
    await bob.call("key/Create", {"project": spared, "description": "a name"})
    await ada.call("project/Invite", {"project": project, "email": "bob@example.com"})
    await bob.joins(project, "developer")
    await ada.call("project/TransferOwnership", {"project": project, "account": bob.account})
    await local_cloud.call("admin/Block", {"id": project, "reason": "spam"})
    await with_webhooks(local_cloud, project, f"{project}~test", spared)
    before = {tenant: rows_of(local_cloud, tenant) for tenant in (project, f"{project}~test")}
    assert all(len(tables) > 3 for tables in before.values())
    await ada.call("project/Delete", {"project": project})
    purge, now_ns = local_cloud.application.purge, clock.now_ns()
    assert await purge.purge_due(now_ns + GRACE_NS - 1) == []
    assert rows_of(local_cloud, project) == before[project]
    assert await purge.purge_due(now_ns + GRACE_NS) == [project]
    assert rows_of(local_cloud, project) == rows_of(local_cloud, f"{project}~test") == {}
    assert await purge.purge_due(now_ns + GRACE_NS) == []
    await check_the_control_plane_forgot(local_cloud, project)
    for table in ("webhook_deliveries", "webhook_gone", "outgoing"):
        owners = await local_cloud.application.sql.bound(PLATFORM).rows(
            f"SELECT owner FROM {table} WHERE project = ?1 AND owner <> ''"
        )
        assert owners == [(spared,)], table
    assert len((await bob.call("key/List", {"project": spared}))["keys"]) == 1
    (entry,) = (await bob.call("audit/List", {"project": spared, "endpoint": "key"}))["entries"]
    assert entry["after"]["description"] == "a name"


async def check_the_control_plane_forgot(cloud: LocalCloud, project: str) -> None:
    own = cloud.application.sql.bound(PLATFORM)
    for table, column in {
        "projects": "id",
        "keys": "owner",
        "members": "project_id",
        "invitations": "project_id",
        "offers": "project_id",
        "blocks": "subject",
    }.items():
        rows = await own.rows(f"SELECT 1 FROM {table} WHERE project = ?1 AND {column} = ?2", project)
        assert rows == [], table
    rows = await own.rows(
        "SELECT endpoint, before, after FROM audit WHERE project = ?1 AND about = ?2 ORDER BY id", project
    )
    assert [row[0] for row in rows][:: len(rows) - 1] == ["project.create", "cloud"]
    assert {row[1:] for row in rows[:-1]} == {(None, None)}


async def test_the_purge_comes_by_itself(local_cloud: LocalCloud, clock: ManualClock):
    ada = await Person.of(local_cloud, "ada")
    await ada.call("project/Delete", {"project": await ada.project()})
    clock.advance(GRACE_NS / 1e9)
    await local_cloud.application.purge.step()
    assert (await ada.call("project/List"))["projects"] == []


async def test_a_purge_that_was_cut_short_is_taken_up_again(
    local_cloud: LocalCloud, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    ada = await Person.of(local_cloud, "ada")
    project = await filled(local_cloud, ada)
    await ada.call("project/Delete", {"project": project})
    due_ns = clock.now_ns() + GRACE_NS
    whole = erase.erase_rows

    async def some(tenant: str) -> None:
        sql = local_cloud.application.sql.bound(tenant)
        await whole(sql, {"cache_entries": ["project", "key"]})
        raise OSError

    purge = local_cloud.application.purge
    with monkeypatch.context() as patch:
        patch.setattr(purge, "_erase", some)
        with pytest.raises(OSError):  # noqa: PT011 - the one raised above
            await purge.purge_due(due_ns)
    assert (await ada.post("project/Restore", {"project": project})).status_code == 404  # too late
    assert await purge.purge_due(due_ns) == [project]
    assert rows_of(local_cloud, project) == {}


async def test_others_write_between_the_pieces_of_an_erasure(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    ada = await Person.of(local_cloud, "ada")
    project = await filled(local_cloud, ada)
    sizes: list[int] = []
    piece = erase._erased

    async def counted(*given: object) -> int:
        sizes.append(await piece(*given))
        await local_cloud.call("cache/Set", {"key": "meanwhile", "value": "x"})
        return sizes[-1]

    monkeypatch.setattr(erase, "_erased", counted)
    await local_cloud.application.sql.erase(project)
    assert max(sizes) == erase.CHUNK_ROWS
    assert rows_of(local_cloud, project) == {}
    assert (await local_cloud.call("cache/Get", {"key": "meanwhile"}))["value"] == "x"
