"""Whatever changes the control plane leaves an entry in the audit log: no endpoint can forget to."""

import pytest
from test_repeats import CALLS, asked

from brickyard import platform
from brickyard.contract import Endpoint, Example
from brickyard.contract.catalog import discover
from brickyard.settings import Settings
from cloud import LocalCloud
from signed_in import PLATFORM


@pytest.fixture
def settings(paying_settings: Settings) -> Settings:
    return paying_settings


LETTER = "It sends a letter; what its code is taken for is in the log."
WAY_IN = "It gives a challenge; the session that comes of it is in the log."
CHANGES_NOTHING = {
    "account.signup": LETTER,
    "account.sendmagiclink": LETTER,
    "account.sendpasswordreset": LETTER,
    "account.changeemail": LETTER,
    "account.beginlogin": WAY_IN,
    "account.beginpasskeylogin": WAY_IN,
    "account.beginpasskey": "It gives a challenge; the passkey that is made is in the log.",
    "account.setuptotp": "It proposes a secret; that it is used is in the log.",
}
"""Endpoints of the control plane that leave no entry, and why."""
CONTROL_PLANE = {contract.name for contract in discover(platform) if contract.control_plane}
CHANGES = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat != "safe" and each.service in CONTROL_PLANE and each.id not in CHANGES_NOTHING
}
ENTRIES = "SELECT endpoint, subject, request_id FROM audit WHERE project = ?1 AND endpoint = ?2"


@pytest.mark.parametrize(("endpoint", "example"), CHANGES.values(), ids=list(CHANGES))
async def test_a_change_is_in_the_log(endpoint: Endpoint, example: Example, local_cloud: LocalCloud):
    with_key, request = await asked(local_cloud, endpoint, example)
    sql = local_cloud.application.sql.bound(PLATFORM)
    if endpoint.id == "admin.unblock":
        await local_cloud.post("admin/Block", {**request, "reason": "a test"}, headers=with_key)
    before = await sql.rows(ENTRIES, endpoint.id)
    made = await local_cloud.post(f"{endpoint.service}/{endpoint.name}", request, headers=with_key)
    assert made.status_code == 200, made.text
    found = [each for each in await sql.rows(ENTRIES, endpoint.id) if each not in before]
    assert found
    assert all(subject for _, subject, _ in found)
    assert {request_id for _, _, request_id in found} == {made.headers["request-id"]}


async def test_the_table_knows_every_endpoint_of_the_control_plane():
    known = {each.id for each, _ in CALLS.values()}
    assert set(CHANGES_NOTHING) <= known
    assert len(CHANGES) > 40
