"""What a letter opens: signing in, another password, another e-mail."""

from collections.abc import Callable

import pytest

from brickyard.engines.clock import ManualClock
from people import PASSWORD, Mailboxes, Person

NEW = "battery staple"


async def test_a_magic_link_signs_in_once(ada: Person, mailboxes: Mailboxes):
    elsewhere = ada.elsewhere("203.0.113.9")
    await elsewhere.call("SendMagicLink", email=ada.email)
    code = mailboxes.code(ada.email)
    await elsewhere.enter("FinishMagicLink", code=code)
    assert (await elsewhere.call("Get"))["email"] == ada.email
    assert (await elsewhere.post("FinishMagicLink", code=code)).status_code == 400


async def test_a_reset_sets_another_password_and_ends_every_session(ada: Person, mailboxes: Mailboxes):
    elsewhere = ada.elsewhere("203.0.113.9")
    await elsewhere.call("SendPasswordReset", email=ada.email)
    code = mailboxes.code(ada.email)
    await elsewhere.call("ResetPassword", code=code, password=NEW)
    assert not await ada.is_signed_in()
    assert (await elsewhere.post("ResetPassword", code=code, password=PASSWORD)).status_code == 400
    assert (await elsewhere.post("Login", email=ada.email, password=PASSWORD)).status_code == 401
    elsewhere.password = NEW
    await elsewhere.login()


async def test_a_refused_password_does_not_use_the_code_up(ada: Person, mailboxes: Mailboxes):
    await ada.call("SendPasswordReset", email=ada.email)
    code = mailboxes.code(ada.email)
    assert (await ada.post("ResetPassword", code=code, password="password")).status_code == 400
    await ada.call("ResetPassword", code=code, password=NEW)


async def test_a_changed_password_makes_earlier_letters_worthless(ada: Person, mailboxes: Mailboxes):
    await ada.call("SendMagicLink", email=ada.email)
    code = mailboxes.code(ada.email)
    await ada.call("ChangePassword", new_password=NEW)
    assert (await ada.post("FinishMagicLink", code=code)).status_code == 400


@pytest.mark.parametrize(
    ("send", "use", "life_s"),
    [("SendMagicLink", "FinishMagicLink", 900), ("SendPasswordReset", "ResetPassword", 3600)],
)
async def test_a_letters_code_expires(
    ada: Person, mailboxes: Mailboxes, clock: ManualClock, send: str, use: str, life_s: int
):
    more = {"password": NEW} if use == "ResetPassword" else {}
    await ada.call(send, email=ada.email)
    clock.advance(life_s)
    assert (await ada.post(use, code=mailboxes.code(ada.email), **more)).status_code == 400


@pytest.mark.parametrize("endpoint", ["SendMagicLink", "SendPasswordReset"])
async def test_only_the_mailbox_learns_that_there_is_no_account(
    ada: Person, mailboxes: Mailboxes, endpoint: str
):
    known = await ada.post(endpoint, email=ada.email)
    unknown = await ada.post(endpoint, email="nobody@example.com")
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (200, {})
    (letter,) = mailboxes.to("nobody@example.com")
    assert letter.subject == "There is no account with this e-mail"


async def test_an_email_changes_once_the_new_mailbox_confirms(ada: Person, mailboxes: Mailboxes):
    await ada.call("ChangeEmail", email="ada@example.net")
    assert (await ada.call("Get"))["email"] == "ada@example.com"
    await ada.call("ConfirmEmail", code=mailboxes.code("ada@example.net"))
    assert (await ada.call("Get"))["email"] == "ada@example.net"
    assert "its e-mail is ada@example.net now" in mailboxes.to("ada@example.com")[-1].subject
    assert (await ada.post("Login", email="ada@example.com", password=PASSWORD)).status_code == 401


async def test_anothers_code_confirms_nothing(
    ada: Person, person: Callable[..., Person], mailboxes: Mailboxes
):
    mallory = await person("mallory@example.com", "203.0.113.66").sign_up()
    await mallory.call("ChangeEmail", email="mallory@example.net")
    code = mailboxes.code("mallory@example.net")
    assert (await ada.post("ConfirmEmail", code=code)).status_code == 400
    assert (await ada.call("Get"))["email"] == "ada@example.com"
    await mallory.call("ConfirmEmail", code=code)


async def test_nobody_takes_an_email_that_has_an_account(
    ada: Person, person: Callable[..., Person], mailboxes: Mailboxes
):
    mallory = await person("mallory@example.com", "203.0.113.66").sign_up()
    taken = await mallory.post("ChangeEmail", email=ada.email)
    free = await mallory.post("ChangeEmail", email="free@example.com")
    assert (taken.status_code, taken.json()) == (free.status_code, free.json()) == (200, {})
    assert mailboxes.to(ada.email)[-1].subject == "You have an account already"


async def test_of_two_who_claim_a_mailbox_the_first_to_confirm_has_it(
    ada: Person, person: Callable[..., Person], mailboxes: Mailboxes
):
    bob = await person("bob@example.com", "203.0.113.9").sign_up()
    codes = []
    for each in (ada, bob):
        await each.call("ChangeEmail", email="shared@example.com")
        codes.append(mailboxes.code("shared@example.com"))
    await bob.call("ConfirmEmail", code=codes[1])
    assert (await ada.post("ConfirmEmail", code=codes[0])).status_code == 400
    assert (await ada.call("Get"))["email"] == "ada@example.com"
