"""Every change of the control plane is in the log, which nobody can change."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.engines.sql import Transaction
from brickyard.platform.audit import ITSELF
from brickyard.platform.audit.masking import MASK, TEXT_MAX, masked
from brickyard.platform.audit.trail import SELECT, Wanted, _conditions
from cloud import LocalCloud
from signed_in import PLATFORM, Person, token_sent, with_key


async def entries(person: Person, **wanted: Any) -> list[dict[str, Any]]:
    return (await person.call("audit/List", wanted))["entries"]


async def test_an_entry_says_who_did_what_and_from_where(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    response = await ada.post("key/Create", {"project": project, "description": "shop"})
    made = response.json()
    (entry,) = await entries(ada, project=project, endpoint="key/Create")
    assert entry["account"] == ada.account
    assert entry["session"].startswith("ses_")
    assert (entry["key"], entry["operator"]) == ("", False)
    assert (entry["project"], entry["subject"]) == (project, made["info"]["id"])
    assert entry["address"] == "127.0.0.1"
    assert entry["request_id"] == response.headers["request-id"]
    assert entry["time"] == made["info"]["created_at"]
    assert entry["before"] is None
    assert entry["after"]["description"] == "shop"
    assert made["key"] not in str(entry)


async def test_what_a_key_does_is_its_own(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"scopes": ["key", "audit"]})
    second = await with_key(local_cloud, made["key"], "key/Create", {"scopes": ["key/List"]})
    (entry,) = (await local_cloud.call("audit/List", {"subject": second.json()["info"]["id"]}))["entries"]
    assert (entry["key"], entry["account"], entry["session"]) == (made["info"]["id"], "", "")


async def test_only_what_was_changed_is_told_of(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"description": "old", "scopes": ["db"]})
    await local_cloud.call("key/Update", {"id": made["info"]["id"], "description": "new"})
    (entry,) = (await local_cloud.call("audit/List", {"endpoint": "key/Update"}))["entries"]
    assert (entry["before"], entry["after"]) == ({"description": "old"}, {"description": "new"})


async def test_a_change_that_fails_leaves_no_entry(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    assert (await ada.post("key/Revoke", {"project": project, "id": "key_none"})).status_code == 404
    assert (await ada.post("project/Leave", {"project": project})).status_code == 409
    assert [each["endpoint"] for each in await entries(ada, project=project)] == ["project.create"]


async def test_a_change_and_its_entry_are_one_transaction(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(local_cloud.application.audit, "note", fail)
    assert (await local_cloud.post("key/Create", {"description": "unnoted"})).status_code == 500
    assert "unnoted" not in (await local_cloud.post("key/List")).text


async def life_of_a_project(ada: Person, bob: Person, project: str) -> None:
    """Change everything about a project that can be changed."""
    made = await ada.call("key/Create", {"project": project})
    key = {"project": project, "id": made["info"]["id"]}
    await ada.call("key/Update", {**key, "description": "b"})
    rotated = await ada.call("key/Rotate", key)
    await ada.call("key/Revoke", {"project": project, "id": rotated["info"]["id"]})
    await ada.call("project/Rename", {"project": project, "name": "b"})
    invitation = await ada.call("project/Invite", {"project": project, "email": "c@example.com"})
    await ada.call("project/CancelInvite", {"project": project, "id": invitation["invitation"]["id"]})
    await ada.call("project/Invite", {"project": project, "email": "bob@example.com"})
    await bob.call("project/Accept", {"token": await token_sent(bob.cloud)})
    await ada.call("project/SetRole", {"project": project, "account": bob.account, "role": "viewer"})
    await ada.call("project/TransferOwnership", {"project": project, "account": bob.account})
    await bob.call("project/AcceptOwnership", {"project": project})
    await bob.call("project/RemoveMember", {"project": project, "account": ada.account})
    await bob.call("project/Delete", {"project": project})
    await bob.call("project/Restore", {"project": project})


async def test_every_change_of_a_projects_life_is_there_newest_first(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await life_of_a_project(ada, bob, project)
    found = [each["endpoint"] for each in await entries(bob, project=project)]
    assert found == [
        "project.restore",
        "project.delete",
        "project.removemember",
        "project.acceptownership",
        "project.transferownership",
        "project.setrole",
        "project.accept",
        "project.invite",
        "project.cancelinvite",
        "project.invite",
        "project.rename",
        "key.revoke",
        "key.rotate",
        "key.rotate",
        "key.update",
        "key.create",
        "project.create",
    ]


async def test_the_log_is_paged_and_gives_each_entry_once(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    for number in range(9):
        await ada.call("project/Rename", {"project": project, "name": f"name {number}"})
    seen: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await ada.call("audit/List", {"project": project, "limit": 4, "cursor": cursor})
        seen += page["entries"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    names = [each["after"]["name"] for each in seen]
    assert names == [*(f"name {number}" for number in range(8, -1, -1)), "a project"]


@pytest.mark.parametrize("cursor", ["x", "aud_", "aud_' OR 1=1", "aud_0000000000000000000000000000\n"])
async def test_a_made_up_cursor_is_refused(local_cloud: LocalCloud, cursor: str):
    assert (await local_cloud.post("audit/List", {"cursor": cursor})).status_code == 400


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"endpoint": "project"}, ["project.rename", "project.create"]),
        ({"endpoint": "project/Rename"}, ["project.rename"]),
        ({"endpoint": "proj"}, []),
        ({"subject": "key_none"}, []),
        ({"key": "key_none"}, []),
    ],
)
async def test_entries_are_found_by_what_they_are(
    local_cloud: LocalCloud, wanted: dict[str, Any], found: list[str]
):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    await ada.call("key/Create", {"project": project})
    await ada.call("project/Rename", {"project": project, "name": "b"})
    assert [each["endpoint"] for each in await entries(ada, project=project, **wanted)] == found


async def test_a_span_of_time_bounds_what_is_found(local_cloud: LocalCloud, clock: ManualClock):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    middle = datetime.fromtimestamp(clock.now_ns() / 1e9 + 30, UTC).isoformat()
    clock.advance(60)
    await ada.call("project/Rename", {"project": project, "name": "b"})
    late = await entries(ada, project=project, **{"from": middle})
    early = await entries(ada, project=project, to=middle)
    assert [each["endpoint"] for each in late] == ["project.rename"]
    assert [each["endpoint"] for each in early] == ["project.create"]


@pytest.mark.parametrize(
    "moment", ["0575-08-07T19:07:48Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"]
)
@pytest.mark.parametrize("bound", ["from", "to"])
async def test_a_time_that_cannot_be_kept_is_refused(local_cloud: LocalCloud, bound: str, moment: str):
    response = await local_cloud.post("audit/List", {bound: moment})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == f"/{bound}"


async def test_an_account_sees_what_it_did_wherever_that_was(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, "developer")
    await bob.call("key/Create", {"project": project})
    await bob.project()
    assert [each["endpoint"] for each in await entries(bob)] == [
        "project.create",
        "key.create",
        "account.login",
    ]
    assert [each["endpoint"] for each in await entries(ada)] == ["project.create", "account.login"]


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("developer", 403), ("billing", 403), ("viewer", 403)]
)
async def test_the_log_of_a_project_is_for_those_who_manage_it(
    local_cloud: LocalCloud, role: str, status: int
):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, role)
    assert (await bob.post("audit/List", {"project": project})).status_code == status


async def test_who_an_operator_was_is_not_told(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    await local_cloud.call("admin/Block", {"id": project, "reason": "spam"})
    (entry,) = await entries(ada, project=project, endpoint="admin")
    assert entry["operator"]
    assert entry["after"] == {"blocked": "spam"}
    assert (entry["key"], entry["account"], entry["address"], entry["request_id"]) == ("", "", "", "")


REWRITE: list[Callable[[Transaction], Awaitable[int]]] = [
    lambda tx: tx.changed("DELETE FROM audit WHERE project = ?1"),
    lambda tx: tx.changed("UPDATE audit SET account = 'acc_mallory' WHERE project = ?1"),
    lambda tx: tx.changed("UPDATE audit SET after = '{}' WHERE project = ?1"),
    lambda tx: tx.changed("UPDATE audit SET time_ns = 0, before = NULL, after = NULL WHERE project = ?1"),
]


@pytest.mark.only_on("sqlite", "triggers guard the log there")
@pytest.mark.parametrize("rewrite", REWRITE)
async def test_no_statement_rewrites_an_entry(
    local_cloud: LocalCloud, rewrite: Callable[[Transaction], Awaitable[int]]
):
    before = await local_cloud.call("audit/List")
    with pytest.raises(Exception, match="only added to"):
        await local_cloud.application.sql.bound(PLATFORM).transact(rewrite)
    assert await local_cloud.call("audit/List") == before


@pytest.mark.only_on("sqlite", "triggers guard the log there")
async def test_no_other_program_rewrites_an_entry_either(local_cloud: LocalCloud):
    file = local_cloud.application.home / "brickyard.db"
    with closing(sqlite3.connect(file)) as connection, pytest.raises(sqlite3.Error, match="only added to"):
        connection.execute("DELETE FROM audit")


async def test_no_endpoint_touches_an_entry(local_cloud: LocalCloud):
    """Call each endpoint of the control plane with an entry's id for whatever it asks for."""
    (entry,) = (await local_cloud.call("audit/List", {"limit": 1}))["entries"]
    for contract in local_cloud.application.catalog:
        for endpoint in contract.endpoints if contract.control_plane else ():
            fields = endpoint.request.__struct_fields__
            body = {name: entry["id"] for name in ("id", "subject", "account", "project") if name in fields}
            await local_cloud.post(f"{endpoint.service}/{endpoint.name}", body)
    found = (await local_cloud.call("audit/List", {"subject": entry["subject"], "limit": 200}))["entries"]
    assert entry in found


async def test_entries_within_one_moment_stay_in_order(local_cloud: LocalCloud):
    audit = local_cloud.application.audit

    async def work(transaction: Transaction) -> None:
        for number in range(300):
            await audit.note(transaction, ITSELF, project="prj_x", after={"number": number})

    own = local_cloud.application.sql.bound(PLATFORM)
    await own.transact(work)
    rows = await own.rows("SELECT after FROM audit WHERE project = ?1 AND about = 'prj_x' ORDER BY id")
    assert [row[0] for row in rows] == [f'{{"number":{number}}}' for number in range(300)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "hunter2"}, {"password": MASK}),
        ({"smtp_password": "hunter2", "a": {"token": "x"}}, {"smtp_password": MASK, "a": {"token": MASK}}),
        ({"password": ""}, {"password": ""}),
        ({"note": "use bk_sk_live_" + "a" * 36}, {"note": f"use bk_sk_live_{MASK}"}),
        (["whsec_abc"], [MASK]),
        *(
            ({name: "hunter2"}, {name: MASK})
            for name in (
                *("apikey", "APIKEY", "ApiKey", "api.key", "api key", "passwd", "pwd", "smtp_pass", "otp"),
                *("password2", "access_token_value", "privateKeyPem", "secretValue", "Set-Cookie", "jwt"),
            )
        ),
        ({"pin": 1234, "recovery_codes": ["a"]}, {"pin": MASK, "recovery_codes": MASK}),
        ({"passwords": {"ada": "x"}, "webhook_secrets": ["x"]}, {"passwords": MASK, "webhook_secrets": MASK}),
        ({"bk_sk_live_" + "a" * 36: 1}, {f"bk_sk_live_{MASK}": 1}),
        ({"total_tokens": 5, "has_password": True}, {"total_tokens": 5, "has_password": True}),
        ({"secretary": "Ada", "token_type": "bearer"}, {"secretary": "Ada", "token_type": "bearer"}),
        (
            [
                "https://x.example/?token=hunter2&to=https://y.example?api_key=hunter2#b",
                "password = 'hunter2'",
            ],
            [f"https://x.example/?token={MASK}&to=https://y.example?api_key={MASK}", f"password = '{MASK}'"],
        ),
        (
            ["https://hunter2@x.example/", "redis://:hunter2@x"],
            [f"https://{MASK}@x.example/", f"redis://{MASK}@x"],
        ),
        (['{"a":{"password": "hunter2"}}'], [f'{{"a":{{"password": "{MASK}"}}}}']),
        (["X-Api-Key: hunter2", "Cookie: a=hunter2; b"], [f"X-Api-Key: {MASK}", f"Cookie: {MASK}"]),
        (
            ["token: expected a string", "password: too short"],
            ["token: expected a string", "password: too short"],
        ),
        ({"text": "x" * (TEXT_MAX + 1)}, {"text": "x" * TEXT_MAX + "…"}),
        ({"scopes": ["key"], "number": 1, "none": None}, {"scopes": ["key"], "number": 1, "none": None}),
    ],
)
def test_secrets_are_masked(value: Any, shown: Any):
    assert masked(value) == shown


@pytest.mark.only_on("sqlite", "it reads SQLite's plan")
@pytest.mark.parametrize(
    "wanted", [Wanted(account="acc_a"), Wanted(project="prj_a"), Wanted(account="acc_a", endpoint="key.")]
)
async def test_nobody_s_own_changes_are_looked_for_in_the_whole_log(local_cloud: LocalCloud, wanted: Wanted):
    conditions, values = _conditions(wanted)
    sql = local_cloud.application.sql.bound(PLATFORM)
    plan = await sql.rows(f"EXPLAIN QUERY PLAN {SELECT}{conditions} ORDER BY id DESC LIMIT 50", *values)
    searches = [line for *_, line in plan if "audit" in line]
    assert searches
    assert not [line for line in searches if line.endswith("(project=?)")], searches
