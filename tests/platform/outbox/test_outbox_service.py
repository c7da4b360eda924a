import email
import email.policy

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.engines.mail import Letter
from cloud import LocalCloud
from tenant import Tenant


async def write(cloud: LocalCloud, subject: str) -> str:
    return await cloud.application.mail.send(Letter(to="ada@example.com", subject=subject, text="Grüße"))


async def test_the_operator_sees_what_the_cloud_wrote(local_cloud: LocalCloud, clock: ManualClock):
    for subject in ("one", "two", "three"):
        await write(local_cloud, subject)
        clock.advance(60)
    letters = (await local_cloud.call("outbox/List", {"limit": 2}))["letters"]
    assert [(each["subject"], each["to"], each["state"]) for each in letters] == [
        ("three", "ada@example.com", "kept"),
        ("two", "ada@example.com", "kept"),
    ]
    older = (await local_cloud.call("outbox/List", {"before": letters[-1]["id"]}))["letters"]
    assert [each["subject"] for each in older] == ["one"]


async def test_the_operator_reads_a_letter_as_it_travels(local_cloud: LocalCloud):
    found = await local_cloud.call("outbox/Read", {"id": await write(local_cloud, "Grüße")})
    message = email.message_from_string(found["source"], policy=email.policy.default)
    assert message["Subject"] == found["letter"]["subject"] == "Grüße"
    assert message["From"] == "Brickyard <brickyard@localhost>"


async def test_a_letter_that_is_not_there_cannot_be_read(local_cloud: LocalCloud):
    assert (await local_cloud.post("outbox/Read", {"id": "ltr_none"})).status_code == 404


@pytest.mark.parametrize("path", ["outbox/List", "outbox/Read"])
async def test_another_project_sees_nothing_whatever_its_scopes(local_cloud: LocalCloud, path: str):
    letter_id = await write(local_cloud, "private")
    keyring = local_cloud.application.keyring
    key, _ = await keyring.create("prj_theirs", "theirs", ("*", "outbox"), None)
    request = {"id": letter_id} if path.endswith("Read") else {}
    reply = await local_cloud.post(path, request, headers={"Authorization": f"Bearer {key}"})
    assert reply.status_code == 403
    assert "private" not in reply.text


async def test_a_key_without_the_scope_can_neither_read_nor_grant_it(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"scopes": ["*", "key"]})
    tenant = Tenant(local_cloud, made["key"])
    headers = {"headers": {"Authorization": f"Bearer {tenant.key}"}}
    assert (await local_cloud.post("outbox/List", {}, **headers)).status_code == 403
    assert (await local_cloud.post("key/Create", {"scopes": ["outbox"]}, **headers)).status_code == 403
