"""Invitations come by mail, and make a member of whoever accepts them."""

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.platform.project.invitations import LETTERS_A_DAY_MAX, LIFE_NS, OPEN_MAX
from cloud import LocalCloud
from signed_in import Person, letters, token_sent

EMAIL = "bob@example.com"


async def invited(ada: Person, project: str, role: str = "developer", email: str = EMAIL) -> str:
    """Invite someone; gives the letter's token."""
    await ada.call("project/Invite", {"project": project, "email": email, "role": role})
    return await token_sent(ada.cloud)


async def test_a_projects_name_says_nothing_in_a_letter_but_itself(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project("web shop")
    await local_cloud.application.sql.bound("platform").run(
        "UPDATE projects SET name = ?3 WHERE project = ?1 AND id = ?2",
        project,
        "web\n\nYour account is locked: \u2028http://evil.example\n",
    )
    await invited(ada, project)
    (letter,) = await letters(local_cloud)
    assert "the project “web Your account is locked: http://evil.example” on" in letter.get_content()


async def test_who_has_the_letter_becomes_a_member(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project("web shop")
    token = await invited(ada, project)
    letter = (await letters(local_cloud))[0]
    assert letter["To"] == EMAIL
    assert "web shop" in letter.get_content()
    assert f"{local_cloud.address}/console/invitation#code={token}" in letter.get_content()
    assert await bob.call("project/Accept", {"token": token}) == {"project": project, "role": "developer"}
    assert (await bob.post("key/Create", {"project": project})).status_code == 200
    assert (await bob.post("project/Accept", {"token": token})).status_code == 404  # it was for once


async def test_an_open_invitation_is_listed_without_its_token(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    response = await ada.post("project/Invite", {"project": project, "email": EMAIL, "role": "viewer"})
    token = await token_sent(local_cloud)
    listed = await ada.post("project/ListMembers", {"project": project})
    (invitation,) = listed.json()["invitations"]
    assert invitation == response.json()["invitation"]
    assert (invitation["email"], invitation["role"], invitation["invited_by"]) == (
        EMAIL,
        "viewer",
        ada.account,
    )
    log = await ada.post("audit/List", {"project": project})
    assert token not in response.text + listed.text + log.text


@pytest.mark.parametrize(
    ("inviter", "role", "status"),
    [
        ("owner", "admin", 200),
        ("admin", "admin", 200),
        ("admin", "viewer", 200),
        ("owner", "owner", 400),
        ("developer", "viewer", 403),
        ("billing", "billing", 403),
        ("viewer", "viewer", 403),
    ],
)
async def test_one_invites_to_no_more_than_one_is(
    local_cloud: LocalCloud, inviter: str, role: str, status: int
):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, inviter)
    request = {"project": project, "email": "eve@example.com", "role": role}
    assert (await bob.post("project/Invite", request)).status_code == status


async def test_an_invitation_ends_with_its_week(local_cloud: LocalCloud, clock: ManualClock):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    token = await invited(ada, project)
    clock.advance(LIFE_NS / 1e9)
    assert (await bob.post("project/Accept", {"token": token})).status_code == 404
    assert (await ada.call("project/ListMembers", {"project": project}))["invitations"] == []


async def test_an_invitation_can_be_taken_back(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    made = await ada.call("project/Invite", {"project": project, "email": EMAIL})
    request = {"project": project, "id": made["invitation"]["id"]}
    await ada.call("project/CancelInvite", request)
    token = await token_sent(local_cloud)
    assert (await bob.post("project/Accept", {"token": token})).status_code == 404
    assert (await ada.post("project/CancelInvite", request)).status_code == 404


async def test_an_invitation_holds_only_while_its_sender_may_send_it(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    eve = await Person.of(local_cloud, "eve")
    project = await ada.project()
    for fate in ("viewer", None):
        await bob.joins(project, "admin")
        token = await invited(bob, project, "admin")
        if fate is None:
            await ada.call("project/RemoveMember", {"project": project, "account": bob.account})
        else:
            await ada.call("project/SetRole", {"project": project, "account": bob.account, "role": fate})
        assert (await eve.post("project/Accept", {"token": token})).status_code == 404


async def test_a_second_invitation_replaces_the_first(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    first, second = await invited(ada, project, "admin"), await invited(ada, project, "viewer")
    assert (await bob.post("project/Accept", {"token": first})).status_code == 404
    assert (await bob.call("project/Accept", {"token": second}))["role"] == "viewer"


async def test_a_member_accepts_nothing_more(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, "viewer")
    token = await invited(ada, project, "admin")
    assert (await bob.post("project/Accept", {"token": token})).status_code == 409
    assert (await bob.call("project/Get", {"project": project}))["info"]["role"] == "viewer"


async def test_an_invitation_to_a_deleted_project_is_none(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    token = await invited(ada, project)
    await ada.call("project/Delete", {"project": project})
    assert (await bob.post("project/Accept", {"token": token})).status_code == 404


async def test_a_project_writes_only_so_many_letters_to_strangers(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    for number in range(OPEN_MAX):
        await invited(ada, project, email=f"{number}@example.com")
    sent = len(await letters(local_cloud))
    request = {"project": project, "email": "one.more@example.com"}
    assert (await ada.post("project/Invite", request)).status_code == 409
    assert len(await letters(local_cloud)) == sent


async def test_nobody_is_sent_letter_after_letter(local_cloud: LocalCloud, clock: ManualClock):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    request = {"project": project, "email": EMAIL}
    for _ in range(LETTERS_A_DAY_MAX):
        made = await ada.call("project/Invite", request)
        await ada.call("project/CancelInvite", {"project": project, "id": made["invitation"]["id"]})
        clock.advance(60)
    refused = await ada.post("project/Invite", request)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "3600"
    clock.advance(86_400)
    assert (await ada.post("project/Invite", request)).status_code == 200


@pytest.mark.parametrize(
    "email",
    [
        "",
        "bob",
        "bob@",
        "@example.com",
        "a b@example.com",
        "bob@example.com\n",
        "bob@example.com\nBcc: x@y.zz",
    ],
)
async def test_what_is_no_address_is_sent_no_letter(local_cloud: LocalCloud, email: str):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    response = await ada.post("project/Invite", {"project": project, "email": email})
    assert (response.status_code, await letters(local_cloud)) == (400, [])
