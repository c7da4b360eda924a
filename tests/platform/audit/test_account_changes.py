"""What is changed of an account is in the log: by whom, from where, before and after, and no secret."""

from typing import Any

import pyotp
import pytest

from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing.movements import Movement
from cloud import LocalCloud
from people import Mailboxes, Person
from signed_in import PLATFORM
from signed_in import Person as Member

DAY_S = 86_400


@pytest.fixture
async def ada(local_cloud: LocalCloud) -> Person:
    mailboxes = Mailboxes.of(local_cloud)
    return await Person(local_cloud, mailboxes, "ada@example.com").sign_up("Ada")


async def changes(person: Person, endpoint: str = "") -> list[dict[str, Any]]:
    """What the account's owner sees, newest first."""
    headers = {"Authorization": f"Bearer {person.token}"}
    response = await person.cloud.post("audit/List", {"endpoint": endpoint}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()["entries"]


async def test_an_account_s_story_is_told_from_its_beginning(ada: Person):
    account = (await ada.call("Get"))["id"]
    told = [(each["endpoint"], each["subject"], each["after"]) for each in await changes(ada)]
    begun = [each for each in told if each[1] == account]
    assert [each[2] for each in reversed(begun)][:3] == [
        {"name": "Ada"},
        {"email": "ada@example.com"},
        {"changed": "password"},
    ]
    assert {each[0] for each in begun} == {"account.confirmsignup"}
    (session,) = [each for each in await changes(ada) if "session" in (each["after"] or {})]
    assert session["after"]["session"].startswith("ses_")
    assert (session["account"], session["address"]) == ("", "127.0.0.1")  # nobody was signed in yet


async def test_a_name_and_an_e_mail_are_told_as_they_were_and_are(ada: Person):
    await ada.call("Update", name="Countess")
    (renamed,) = await changes(ada, "account/Update")
    assert (renamed["before"], renamed["after"]) == ({"name": "Ada"}, {"name": "Countess"})
    assert renamed["account"] == renamed["subject"]
    await ada.call("ChangeEmail", email="ada@example.net")
    await ada.call("ConfirmEmail", code=ada.mailboxes.code("ada@example.net"))
    (moved,) = await changes(ada, "account/ConfirmEmail")
    assert (moved["before"], moved["after"]) == ({"email": "ada@example.com"}, {"email": "ada@example.net"})


async def test_what_stays_as_it_was_is_no_change(ada: Person):
    await ada.call("Update", name="Ada")
    await ada.call("Restore")
    await ada.call("RemoveTotp")
    await ada.call("EndOtherSessions")
    assert {each["endpoint"] for each in await changes(ada)} == {"account.confirmsignup"}


async def test_who_guesses_in_vain_changes_nothing(ada: Person):
    before = await changes(ada)
    assert (await ada.elsewhere().post("Login", email=ada.email, password="not this one")).status_code == 401
    assert (await ada.post("ConfirmEmail", code="no such code")).status_code == 400
    assert (await ada.post("RemovePasskey", id="psk_none")).status_code == 404
    assert await changes(ada) == before


async def test_a_password_that_was_reset_is_told_to_its_owner_though_nobody_was_signed_in(ada: Person):
    await ada.call("SendPasswordReset", email=ada.email)
    ada.password = "another horse battery"
    elsewhere = ada.elsewhere()
    await elsewhere.call("ResetPassword", code=ada.mailboxes.code(ada.email), password=ada.password)
    await ada.login()
    reset = await changes(ada, "account/ResetPassword")
    assert [(each["before"] is None, each["after"]) for each in reset] == [
        (False, None),  # every session was ended
        (True, {"changed": "password"}),
    ]
    assert {each["account"] for each in reset} == {""}


async def test_no_secret_is_in_the_log(ada: Person, local_cloud: LocalCloud):
    secret = (await ada.call("SetUpTotp"))["secret"]
    now_s = local_cloud.application.clock.now_ns() // 1_000_000_000
    codes = (await ada.call("ConfirmTotp", code=pyotp.TOTP(secret).at(now_s)))["recovery_codes"]
    challenge = (await ada.elsewhere().call("Login", email=ada.email, password=ada.password))["challenge"]
    await ada.enter("ConfirmLogin", challenge=challenge, code=codes[0])
    rows = await local_cloud.application.sql.bound(PLATFORM).rows("SELECT * FROM audit WHERE project = ?1")
    shown = str(rows)
    for each in (secret, *codes, challenge, ada.token, ada.password):
        assert each not in shown
    assert "a recovery code" in shown


async def test_of_an_account_that_is_no_more_the_log_shows_nothing(ada: Person, local_cloud: LocalCloud):
    account = (await ada.call("Get"))["id"]
    await ada.call("Delete")
    clock = local_cloud.application.clock
    assert isinstance(clock, ManualClock)
    clock.advance(8 * DAY_S)
    await local_cloud.application.desk.farewell.carry_out()
    sql = local_cloud.application.sql.bound(PLATFORM)
    rows = await sql.rows(
        "SELECT endpoint, before, after FROM audit WHERE project = ?1 AND about = '' AND subject = ?2"
        " ORDER BY id",
        account,
    )
    assert len(rows) > 4
    assert {(before, after) for _, before, after in rows} == {(None, None)}
    assert rows[-1][0] == "cloud"
    everything = str(await sql.rows("SELECT * FROM audit WHERE project = ?1"))
    assert "ada@example.com" not in everything
    assert "Ada" not in everything


async def test_an_owner_sees_what_operators_did_but_not_which_of_them(local_cloud: LocalCloud):
    ada = await Member.of(local_cloud, "ada")
    eve = await Member.of(local_cloud, "eve")
    await local_cloud.call("admin/SetOperator", {"account": eve.account, "operator": True})
    await eve.call("admin/GrantCredit", {"account": ada.account, "amount": "5", "reason": "a gift"})
    (gift,) = (await ada.call("audit/List", {"endpoint": "admin/GrantCredit"}))["entries"]
    assert (gift["operator"], gift["account"], gift["address"]) == (True, "", "")
    assert gift["after"]["amount"] == "5"


async def test_operators_see_everybody_s_changes_and_whose_they_were(local_cloud: LocalCloud):
    ada, bob = await Member.of(local_cloud, "ada"), await Member.of(local_cloud, "bob")
    eve = await Member.of(local_cloud, "eve")
    await local_cloud.call("admin/SetOperator", {"account": eve.account, "operator": True})
    project = await ada.project()
    await bob.project()
    await eve.call("admin/GrantCredit", {"account": ada.account, "amount": "5", "reason": "a gift"})
    hers = (await eve.call("admin/ListChanges", {"account": ada.account}))["entries"]
    assert [each["endpoint"] for each in hers] == ["admin.grantcredit", "project.create", "account.login"]
    assert hers[0]["account"] == eve.account
    (made,) = (await eve.call("admin/ListChanges", {"project": project}))["entries"]
    assert made["account"] == ada.account
    all_of_them = (await eve.call("admin/ListChanges", {"endpoint": "project/Create"}))["entries"]
    assert {each["account"] for each in all_of_them} == {ada.account, bob.account}
    first = await eve.call("admin/ListChanges", {"limit": 2})
    rest = await eve.call("admin/ListChanges", {"limit": 200, "cursor": first["next_cursor"]})
    ids = [each["id"] for each in first["entries"] + rest["entries"]]
    assert ids == sorted(ids, reverse=True)
    assert (await ada.post("admin/ListChanges")).status_code == 403


async def test_money_that_is_moved_and_its_entry_are_one_commit(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    ada = await Member.of(local_cloud, "ada")
    gift = {"account": ada.account, "amount": "5", "reason": "a gift", "reference": "gift 1"}

    async def fails(*_: object, **__: object) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(local_cloud.application.audit, "note", fails)
        assert (await local_cloud.post("admin/GrantCredit", gift)).status_code == 503
    assert (await ada.call("billing/Balance"))["balance"] == "0"
    await local_cloud.call("admin/GrantCredit", gift)
    await local_cloud.call("admin/GrantCredit", gift)  # the same, by its reference
    assert (await ada.call("billing/Balance"))["balance"] == "5"
    assert len((await ada.call("audit/List", {"endpoint": "admin/GrantCredit"}))["entries"]) == 1


async def test_caps_and_alerts_are_told_as_they_were_and_are(local_cloud: LocalCloud):
    ada = await Member.of(local_cloud, "ada")
    project = await ada.project()
    await local_cloud.application.books.grant(ada.account, Movement(amount=usd("5"), reason="a gift"))
    for amount in ("25", "25", "10", None):
        await ada.call("billing/SetCap", {"project": project, "amount": amount})
    capped = (await ada.call("audit/List", {"project": project, "endpoint": "billing/SetCap"}))["entries"]
    assert [(each["before"], each["after"]) for each in capped] == [
        ({"cap": "10"}, None),
        ({"cap": "25"}, {"cap": "10"}),
        (None, {"cap": "25"}),
    ]
    await ada.call("billing/SetAlert", {"low_balance": "3"})
    await ada.call("billing/SetAlert", {"low_balance": "3"})
    (alerted,) = (await ada.call("audit/List", {"endpoint": "billing/SetAlert"}))["entries"]
    assert (alerted["before"]["low_balance"], alerted["after"]["low_balance"]) == ("0", "3")
