"""Three kinds of callers: keys, sessions, and nobody in particular."""

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.platform.account.sessions import LIFE_NS
from cloud import LocalCloud
from signed_in import A_CALL, session_of

ALICE, BOB = "acc_alice", "acc_bob"


async def signed_in(cloud: LocalCloud, account: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {await session_of(cloud, account)}"}}


async def project_of(cloud: LocalCloud, account: str, role: str = "owner") -> str:
    project = f"prj_{account[4:]}_{role}"
    sql = cloud.application.sql.bound("platform")
    await sql.run(
        "INSERT INTO projects (project, id, account, name, created_ns) VALUES (?1, ?2, ?3, 'a', 0)",
        project,
        account,
    )
    await sql.run("INSERT INTO members VALUES (?1, ?2, ?3, ?4, 0)", project, account, role)
    return project


async def test_a_session_makes_a_key_of_a_project_and_the_key_calls(local_cloud: LocalCloud):
    session, project = await signed_in(local_cloud, ALICE), await project_of(local_cloud, ALICE)
    made = await local_cloud.post("key/Create", {"project": project}, **session)
    assert made.status_code == 200
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    await local_cloud.post("event/Publish", {"topic": "t", "message": {"n": 1}}, headers=headers)
    read = (await local_cloud.post("event/Read", {"topic": "t"}, headers=headers)).json()
    assert [each["message"] for each in read["events"]] == [{"n": 1}]
    assert (await local_cloud.call("event/Read", {"topic": "t"}))["events"] == []  # of the first project


async def test_a_session_reads_no_data(local_cloud: LocalCloud):
    response = await local_cloud.post("db/Read", **await signed_in(local_cloud, ALICE))
    assert response.status_code == 403
    assert "project's key" in response.json()["detail"]


@pytest.mark.parametrize("path", ["key/Create", "key/List", "key/Revoke"])
async def test_projects_of_others_and_of_nobody_are_answered_alike(local_cloud: LocalCloud, path: str):
    session, theirs = await signed_in(local_cloud, ALICE), await project_of(local_cloud, BOB)
    told = []
    for project in (theirs, theirs[:-1] + "x"):
        body = {"project": project, "id": "key_1"} if path == "key/Revoke" else {"project": project}
        response = await local_cloud.post(path, body, **session)
        assert response.status_code == 404
        told.append(response.json()["detail"].replace(project, "…"))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("admin", 200), ("developer", 200), ("billing", 403), ("viewer", 403)],
)
async def test_a_role_decides_who_makes_keys(local_cloud: LocalCloud, role: str, status: int):
    session, project = await signed_in(local_cloud, ALICE), await project_of(local_cloud, ALICE, role)
    assert (await local_cloud.post("key/Create", {"project": project}, **session)).status_code == status
    assert (await local_cloud.post("key/List", {"project": project}, **session)).status_code == 200


async def test_a_session_has_to_say_which_project(local_cloud: LocalCloud):
    response = await local_cloud.post("key/List", **await signed_in(local_cloud, ALICE))
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/project"


async def test_a_key_reaches_no_project_but_its_own(local_cloud: LocalCloud):
    project = await project_of(local_cloud, ALICE)
    assert (await local_cloud.post("key/List", {"project": project})).status_code == 404


async def test_a_session_that_was_ended_is_refused_at_once(local_cloud: LocalCloud):
    session, project = await signed_in(local_cloud, ALICE), await project_of(local_cloud, ALICE)
    assert (await local_cloud.post("key/List", {"project": project}, **session)).status_code == 200
    await local_cloud.application.sessions.end_all(A_CALL, ALICE)
    response = await local_cloud.post("key/List", {"project": project}, **session)
    assert (response.status_code, response.json()["detail"]) == (401, "The session has ended. Sign in again.")


async def test_a_session_expires(local_cloud: LocalCloud, clock: ManualClock):
    session, project = await signed_in(local_cloud, ALICE), await project_of(local_cloud, ALICE)
    clock.advance(LIFE_NS / 1e9)
    response = await local_cloud.post("key/List", {"project": project}, **session)
    assert (response.status_code, response.json()["detail"]) == (
        401,
        "The session has expired. Sign in again.",
    )


async def test_test_keys_work_on_data_of_their_own(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"environment": "test"})
    assert made["key"].startswith("bk_sk_test_")
    headers = {"Authorization": f"Bearer {made['key']}"}
    await local_cloud.post("cache/Set", {"key": "a", "value": "test"}, headers=headers)
    assert (await local_cloud.call("cache/Get", {"key": "a"}))["value"] == ""
    assert (await local_cloud.post("cache/Get", {"key": "a"}, headers=headers)).json()["value"] == "test"
