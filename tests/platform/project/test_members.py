"""Who works on a project, as what, and who decides that."""

import asyncio

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.platform.access import Role
from brickyard.platform.project.members import OFFER_NS
from brickyard.platform.project.projects import PROJECTS_MAX
from cloud import LocalCloud
from signed_in import Person, with_key

ROLES = ["admin", "developer", "billing", "viewer"]


async def roles(person: Person, project: str) -> dict[str, str]:
    members = (await person.call("project/ListMembers", {"project": project}))["members"]
    return {each["account"]: each["role"] for each in members}


async def two(cloud: LocalCloud, role: str) -> tuple[Person, Person, str]:
    """Make a project of Ada's, in which Bob has a role."""
    ada, bob = await Person.of(cloud, "ada"), await Person.of(cloud, "bob")
    project = await ada.project()
    await bob.joins(project, role)
    return ada, bob, project


async def test_the_owner_gives_every_role_but_its_own(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "viewer")
    for role in ROLES:
        await ada.call("project/SetRole", {"project": project, "account": bob.account, "role": role})
        assert (await roles(ada, project))[bob.account] == role
    request = {"project": project, "account": bob.account, "role": "owner"}
    assert (await ada.post("project/SetRole", request)).status_code == 400


async def test_a_new_role_holds_at_once(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "developer")
    assert (await bob.post("key/Create", {"project": project})).status_code == 200
    await ada.call("project/SetRole", {"project": project, "account": bob.account, "role": "viewer"})
    assert (await bob.post("key/Create", {"project": project})).status_code == 403
    await ada.call("project/RemoveMember", {"project": project, "account": bob.account})
    assert (await bob.post("key/List", {"project": project})).status_code == 404


async def test_an_admin_can_do_nothing_to_the_owner(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "admin")
    owner = {"project": project, "account": ada.account}
    assert (await bob.post("project/RemoveMember", owner)).status_code == 403
    assert (await bob.post("project/SetRole", {**owner, "role": "viewer"})).status_code == 403
    mine = {"project": project, "account": bob.account}
    assert (await bob.post("project/TransferOwnership", mine)).status_code == 403
    assert (await bob.post("project/AcceptOwnership", {"project": project})).status_code == 404
    assert await roles(ada, project) == {ada.account: "owner", bob.account: "admin"}


@pytest.mark.parametrize("role", ["developer", "billing", "viewer"])
async def test_those_who_do_not_manage_change_nobody(local_cloud: LocalCloud, role: str):
    _, bob, project = await two(local_cloud, role)
    eve = await Person.of(local_cloud, "eve")
    await eve.joins(project, "viewer")
    whom = {"project": project, "account": eve.account}
    assert (await bob.post("project/SetRole", {**whom, "role": "billing"})).status_code == 403
    assert (await bob.post("project/RemoveMember", whom)).status_code == 403
    itself = {"project": project, "account": bob.account, "role": "admin"}
    assert (await bob.post("project/SetRole", itself)).status_code == 403


async def test_one_who_is_no_member_cannot_be_changed(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    whom = {"project": await ada.project(), "account": "acc_nobody"}
    assert (await ada.post("project/SetRole", {**whom, "role": "admin"})).status_code == 404
    assert (await ada.post("project/RemoveMember", whom)).status_code == 404
    assert (await ada.post("project/TransferOwnership", whom)).status_code == 404


async def test_everyone_but_the_owner_may_leave(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "viewer")
    assert (await ada.post("project/Leave", {"project": project})).status_code == 409
    await bob.call("project/Leave", {"project": project})
    assert await roles(ada, project) == {ada.account: "owner"}
    assert (await bob.post("project/Get", {"project": project})).status_code == 404


async def test_ownership_changes_once_it_is_accepted(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "viewer")
    await ada.call("project/TransferOwnership", {"project": project, "account": bob.account})
    assert (await roles(ada, project))[ada.account] == "owner"
    assert (await bob.call("project/Get", {"project": project}))["info"]["offered_to"] == bob.account
    await bob.call("project/AcceptOwnership", {"project": project})
    assert await roles(ada, project) == {ada.account: "admin", bob.account: "owner"}
    assert (await ada.call("project/Get", {"project": project}))["info"]["owner"] == bob.account
    assert await local_cloud.application.access.payer(project) == bob.account
    assert (await bob.post("project/AcceptOwnership", {"project": project})).status_code == 404
    assert (await ada.post("project/Delete", {"project": project})).status_code == 403


async def test_an_offer_can_be_taken_back_and_replaced(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "viewer")
    eve = await Person.of(local_cloud, "eve")
    await eve.joins(project, "viewer")
    for account in (bob.account, eve.account):
        await ada.call("project/TransferOwnership", {"project": project, "account": account})
    assert (await bob.post("project/AcceptOwnership", {"project": project})).status_code == 404
    await ada.call("project/TransferOwnership", {"project": project, "account": ada.account})
    assert (await eve.post("project/AcceptOwnership", {"project": project})).status_code == 404


async def test_an_offer_ends_with_its_week_or_its_membership(local_cloud: LocalCloud, clock: ManualClock):
    ada, bob, project = await two(local_cloud, "viewer")
    offer = {"project": project, "account": bob.account}
    await ada.call("project/TransferOwnership", offer)
    clock.advance(OFFER_NS / 1e9)
    assert (await bob.post("project/AcceptOwnership", {"project": project})).status_code == 404
    await ada.call("project/TransferOwnership", offer)
    await bob.call("project/Leave", {"project": project})
    await bob.joins(project, "viewer")
    assert (await bob.post("project/AcceptOwnership", {"project": project})).status_code == 404


@pytest.mark.parametrize(("path", "status"), [("TransferOwnership", 403), ("Delete", 404)])
async def test_one_who_handed_a_project_on_meanwhile_does_nothing_of_an_owners(
    local_cloud: LocalCloud, path: str, status: int
):
    """The call was let through while it was still the owner's."""
    ada, bob, project = await two(local_cloud, "admin")
    eve = await Person.of(local_cloud, "eve")
    await eve.joins(project, "viewer")
    await ada.call("project/TransferOwnership", {"project": project, "account": bob.account})
    access, once = local_cloud.application.access, asyncio.Event()
    role, let_through = access.role, asyncio.Event()

    async def slow(project: str, account: str) -> Role | None:
        found = await role(project, account)
        if account == ada.account:
            let_through.set()
            await once.wait()
        return found

    access.role = slow
    request = {"project": project} | ({"account": eve.account} if path == "TransferOwnership" else {})
    late = asyncio.create_task(ada.post(f"project/{path}", request))
    await let_through.wait()
    await bob.call("project/AcceptOwnership", {"project": project})
    once.set()
    assert (await late).status_code == status
    assert (await bob.call("project/Get", {"project": project}))["info"]["offered_to"] == ""
    assert (await eve.post("project/AcceptOwnership", {"project": project})).status_code == 404


async def test_one_who_owns_enough_takes_over_no_more(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "viewer")
    for _ in range(PROJECTS_MAX):
        await bob.project()
    await ada.call("project/TransferOwnership", {"project": project, "account": bob.account})
    assert (await bob.post("project/AcceptOwnership", {"project": project})).status_code == 409
    assert await roles(ada, project) == {ada.account: "owner", bob.account: "viewer"}


async def test_there_is_one_owner_whatever_happens_at_once(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "admin")
    for _ in range(10):
        await ada.call("project/TransferOwnership", {"project": project, "account": bob.account})
        await asyncio.gather(
            bob.post("project/AcceptOwnership", {"project": project}),
            bob.post("project/AcceptOwnership", {"project": project}),
            ada.post("project/Leave", {"project": project}),
            bob.post("project/SetRole", {"project": project, "account": ada.account, "role": "viewer"}),
            ada.post("project/RemoveMember", {"project": project, "account": bob.account}),
            bob.post("project/Leave", {"project": project}),
        )
        found = await local_cloud.application.sql.bound("platform").rows(
            "SELECT account FROM members WHERE project = ?1 AND project_id = ?2 AND role = 'owner'", project
        )
        assert len(found) == 1
        ada, bob = (ada, bob) if found[0][0] == ada.account else (bob, ada)
        await bob.joins(project, "admin")


async def test_keys_that_a_member_made_stay_when_it_goes(local_cloud: LocalCloud):
    ada, bob, project = await two(local_cloud, "developer")
    made = await bob.call("key/Create", {"project": project})
    await ada.call("project/RemoveMember", {"project": project, "account": bob.account})
    assert (await with_key(local_cloud, made["key"], "helloworld/Call")).status_code == 200
