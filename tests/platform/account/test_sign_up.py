import asyncio
from collections.abc import Callable

import pytest

from brickyard.engines.clock import ManualClock
from cloud import LocalCloud
from people import PASSWORD, Mailboxes, Person

DAY_S = 24 * 3600


async def test_who_confirms_the_letter_has_an_account_and_a_project_of_their_own(ada: Person):
    profile = await ada.call("Get")
    assert (profile["email"], profile["name"], profile["has_password"]) == ("ada@example.com",) * 2 + (True,)
    memberships = (await ada.call("Export"))["data"]["memberships"]
    assert [each["role"] for each in memberships] == ["owner"]
    headers = {"Authorization": f"Bearer {ada.token}"}
    project = {"project": memberships[0]["project_id"]}
    assert (await ada.cloud.post("key/Create", project, headers=headers)).status_code == 200


async def test_a_letter_has_a_link_to_the_cloud_whose_code_no_server_sees(person: Callable[..., Person]):
    someone = person()
    await someone.call("SignUp", email=someone.email, password=PASSWORD)
    (letter,) = someone.mailboxes.to(someone.email)
    assert (
        f"https://cloud.example/console/sign-up#code={someone.mailboxes.code(someone.email)}" in letter.text
    )


async def test_nothing_is_made_before_the_letter_is_confirmed(person: Callable[..., Person]):
    someone = person()
    await someone.call("SignUp", email=someone.email, password=PASSWORD)
    assert (await someone.post("Login", email=someone.email, password=PASSWORD)).status_code == 401


async def test_an_email_is_the_same_however_it_is_written(ada: Person):
    await ada.elsewhere().enter("Login", email=" ADA@Example.COM ", password=PASSWORD)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ada@straße.de", "ada@xn--strae-oqa.de"),
        ("ada@STRASSE.de", "ada@strasse.de"),
        ("Ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@bücher。example", "ada@xn--bcher-kva.example"),
    ],
)
async def test_an_international_domain_is_its_own_and_no_others(
    person: Callable[..., Person], written: str, kept: str
):
    someone = person(written)
    await someone.call("SendMagicLink", email=written)
    assert [each.to for each in someone.mailboxes.letters] == [kept]


@pytest.mark.parametrize("email", ["ada@💩.la", "ada@-ä.com", "ada@a_ä.com", "ada@" + "ä" * 70 + ".com"])
async def test_a_domain_that_cannot_be_one_is_refused(person: Callable[..., Person], email: str):
    for endpoint in ("Login", "SignUp"):
        refused = await person().post(endpoint, email=email, password=PASSWORD)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/email")


async def test_whoever_only_has_the_letter_opens_nothing_of_the_one_who_signed_up(
    person: Callable[..., Person],
):
    attacker, owner = person("ada@example.com", "203.0.113.66"), person("ada@example.com")
    await attacker.call("SignUp", email=owner.email, password="the attacker's own")
    code = owner.mailboxes.code(owner.email)
    refused = await owner.post("ConfirmSignUp", code=code, password=PASSWORD)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/password")
    await owner.sign_up()
    late = await attacker.post("ConfirmSignUp", code=code, password="the attacker's own")
    assert late.status_code == 400


async def test_a_code_works_once(ada: Person):
    code = ada.mailboxes.code(ada.email)
    assert (await ada.post("ConfirmSignUp", code=code, password=PASSWORD)).status_code == 400


async def test_a_code_works_for_a_day(person: Callable[..., Person], clock: ManualClock):
    someone = person()
    await someone.call("SignUp", email=someone.email, password=PASSWORD)
    clock.advance(DAY_S)
    code = someone.mailboxes.code(someone.email)
    assert (await someone.post("ConfirmSignUp", code=code, password=PASSWORD)).status_code == 400


@pytest.mark.parametrize("endpoint", ["FinishMagicLink", "ResetPassword"])
async def test_a_code_is_good_for_its_own_purpose_only(person: Callable[..., Person], endpoint: str):
    someone = person()
    await someone.call("SignUp", email=someone.email, password=PASSWORD)
    request = {"code": someone.mailboxes.code(someone.email)}
    if endpoint == "ResetPassword":
        request["password"] = "another good one"
    assert (await someone.post(endpoint, **request)).status_code == 400


async def test_a_hundred_sign_ups_at_once_make_one_account(
    local_cloud: LocalCloud, person: Callable[..., Person]
):
    everyone = [person(address=f"198.51.{number}.1") for number in range(100)]
    asked = await asyncio.gather(
        *(each.post("SignUp", email=each.email, password=PASSWORD) for each in everyone)
    )
    assert {each.status_code for each in asked} == {200, 429}
    codes = {each.text.split("#code=")[1].split()[0] for each in everyone[0].mailboxes.letters}
    assert len(codes) > 3
    confirmed = await asyncio.gather(
        *(everyone[0].post("ConfirmSignUp", code=each, password=PASSWORD) for each in codes)
    )
    assert sorted(each.status_code for each in confirmed) == [200] + [400] * (len(codes) - 1)
    own = local_cloud.application.sql.bound("platform")
    assert (await own.rows("SELECT count(*) FROM emails WHERE project = ?1")) == [(1,)]
    assert (await own.rows("SELECT count(*) FROM accounts WHERE project = ?1 AND name LIKE '%@%'")) == [(1,)]


@pytest.mark.parametrize(
    "email",
    ["ada", "@example.com", "ada@", "ada@exa mple.com", "a\r\nBcc: b@x.org@example.com", "<ada@example.com>",
     "ada@example.com, bob@example.com", "ada@example..com", "ad\u00e4@example.com"],
)  # fmt: skip
async def test_what_is_no_email_is_refused(person: Callable[..., Person], email: str):
    refused = await person().post("SignUp", email=email, password=PASSWORD)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/email")


@pytest.mark.parametrize(
    "password", ["short", "x" * 257, "password123", "PassWord123", "ada@example.com", "zzzzzzzzzz"]
)
async def test_a_password_that_is_tried_first_is_refused(person: Callable[..., Person], password: str):
    refused = await person().post("SignUp", email="ada@example.com", password=password)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/password")
    assert password not in refused.text or password == "ada@example.com"


async def test_fields_that_are_not_asked_for_are_refused(person: Callable[..., Person]):
    refused = await person().post(
        "SignUp", email="a@example.com", password=PASSWORD, role="owner", id="acc_1"
    )
    assert refused.status_code == 400
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/role", "/id"]


async def test_the_owner_of_a_mailbox_is_told_that_it_has_an_account(ada: Person, mailboxes: Mailboxes):
    await ada.elsewhere("203.0.113.66").call("SignUp", email=ada.email, password="some other one")
    letter = mailboxes.to(ada.email)[-1]
    assert letter.subject == "You have an account already"
    assert "#code=" not in letter.text
    await ada.elsewhere().login()
