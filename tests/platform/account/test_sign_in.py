from collections.abc import Callable

import pytest

from brickyard.contract.rfc3339 import timestamp
from brickyard.engines.clock import ManualClock
from brickyard.platform.account.passwords import Passwords
from brickyard.platform.account.sessions import OPEN_MAX
from cloud import LocalCloud
from people import PASSWORD, Person


async def test_every_sign_in_begins_a_session_of_its_own(ada: Person):
    first = ada.token
    await ada.login()
    assert ada.token != first
    assert len((await ada.call("ListSessions"))["sessions"]) == 2


async def test_the_oldest_of_too_many_sessions_ends(ada: Person):
    account = (await ada.call("Get"))["id"]
    others = [(str(number).encode(), f"ses_z{number:04}", account) for number in range(OPEN_MAX - 1)]
    await ada.cloud.application.sql.bound("platform").transact(
        lambda transaction: transaction.run_many(
            "INSERT INTO sessions (project, hash, id, account, address, agent, created_ns, expires_ns)"
            " VALUES (?1, ?2, ?3, ?4, '', '', 0, 9000000000000000000)",
            others,
        )
    )
    again = await ada.elsewhere().login()
    assert await again.is_signed_in()
    assert not await ada.is_signed_in()
    assert len((await again.call("ListSessions"))["sessions"]) == OPEN_MAX


async def test_a_session_that_is_sent_along_is_not_the_one_that_begins(ada: Person):
    """Whoever can make somebody sign in with a known token (session fixation) gains nothing."""
    planted = ada.token
    await ada.call("Logout")
    await ada.login()
    fixed = ada.elsewhere()
    fixed.token = planted
    assert not await fixed.is_signed_in()


async def test_a_wrong_password_and_an_unknown_email_are_answered_alike(ada: Person):
    wrong = await ada.post("Login", email=ada.email, password="not this one")
    unknown = await ada.post("Login", email="nobody@example.com", password="not this one")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}


async def test_sessions_say_from_where_and_with_what_they_were_begun(ada: Person):
    other = await ada.elsewhere("203.0.113.9").login()
    first, second = (await ada.call("ListSessions"))["sessions"]
    assert (first["address"], first["current"]) == ("198.51.100.1", True)
    assert (second["address"], second["current"]) == ("203.0.113.9", False)
    assert second["agent"].startswith("python-httpx")
    assert other.token not in str(second)


async def test_sessions_say_when_they_were_last_used(
    local_cloud: LocalCloud, clock: ManualClock, ada: Person
):
    async def used_at() -> list[str | None]:
        return [each["used_at"] for each in (await ada.call("ListSessions"))["sessions"]]

    last_use = local_cloud.application.last_use
    other = await ada.elsewhere("203.0.113.9").login()
    begun = timestamp(clock.now_ns())
    assert await used_at() == [begun, None]
    await other.call("Get")
    assert await used_at() == [begun, None]  # nothing is written by a call
    await last_use.step()
    assert await used_at() == [begun, begun]
    clock.advance(3600)
    await last_use.step()
    assert await used_at() == [timestamp(clock.now_ns()), begun]  # the one that asks is used now
    await other.call("Get")
    await last_use.step()
    assert await used_at() == [timestamp(clock.now_ns())] * 2


async def test_a_session_is_ended_from_another(ada: Person):
    lost = await ada.elsewhere("203.0.113.9").login()
    (listed,) = [each for each in (await ada.call("ListSessions"))["sessions"] if not each["current"]]
    await ada.call("EndSession", id=listed["id"])
    assert not await lost.is_signed_in()
    assert await ada.is_signed_in()


async def test_nobody_ends_anothers_session(ada: Person, person: Callable[..., Person]):
    (hers,) = (await ada.call("ListSessions"))["sessions"]
    mallory = await person("mallory@example.com", "203.0.113.66").sign_up()
    refused = await mallory.post("EndSession", id=hers["id"])
    unknown = await mallory.post("EndSession", id="ses_0")
    assert refused.status_code == unknown.status_code == 404
    assert await ada.is_signed_in()


async def test_all_other_sessions_are_ended_at_once(ada: Person):
    others = [await ada.elsewhere(f"203.0.113.{number}").login() for number in (1, 2)]
    await ada.call("EndOtherSessions")
    assert [await each.is_signed_in() for each in (ada, *others)] == [True, False, False]


async def test_a_token_is_worthless_after_logout(ada: Person):
    assert await ada.is_signed_in()
    await ada.call("Logout")
    assert (await ada.post("Get")).status_code == 401


@pytest.mark.parametrize("endpoint", ["Get", "ListSessions", "Export", "Logout"])
async def test_a_key_is_nobody_who_signed_in(ada: Person, endpoint: str):
    key = await ada.cloud.application.keyring.create("prj_x", "", ("account",), None)
    ada.token = key[0]
    assert (await ada.post(endpoint)).status_code == 403


async def test_a_password_is_changed_after_a_recent_sign_in_and_ends_other_sessions(ada: Person):
    other = await ada.elsewhere("203.0.113.9").login()
    await ada.call("ChangePassword", new_password="battery staple")
    assert [await each.is_signed_in() for each in (ada, other)] == [True, False]
    assert (await ada.post("Login", email=ada.email, password=PASSWORD)).status_code == 401
    other.password = "battery staple"
    await other.login()
    assert ada.mailboxes.to(ada.email)[-1].subject == "Your account: its password was changed"


async def test_a_password_that_is_given_has_to_be_right_after_a_recent_sign_in_too(ada: Person):
    wrong = await ada.post("ChangePassword", password="not this one", new_password="battery staple")
    assert (wrong.status_code, wrong.json()["detail"]) == (403, "The password is wrong.")
    await ada.call("ChangePassword", password=PASSWORD, new_password="battery staple")


@pytest.mark.parametrize(
    ("endpoint", "request_"),
    [
        ("ChangePassword", {"new_password": "battery staple"}),
        ("ChangeEmail", {"email": "ada@example.net"}),
        ("SetUpTotp", {}),
        ("RemoveTotp", {}),
        ("Delete", {}),
    ],
)
async def test_what_matters_asks_for_the_password_when_the_sign_in_was_long_ago(
    ada: Person, clock: ManualClock, endpoint: str, request_: dict[str, str]
):
    clock.advance(15 * 60 + 1)
    assert (await ada.post(endpoint, **request_)).status_code == 403
    assert (await ada.post(endpoint, **request_, password="not this one")).status_code == 403
    assert (await ada.post(endpoint, **request_, password=PASSWORD)).status_code == 200


@pytest.mark.usefixtures("strong_hashes")
async def test_a_hash_is_made_anew_when_its_parameters_were_raised(ada: Person):
    from argon2 import PasswordHasher

    own = ada.cloud.application.sql.bound("platform")
    ((before,),) = await own.rows("SELECT hash FROM passwords WHERE project = ?1")
    assert before.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, section 4
    stronger = Passwords(PasswordHasher(time_cost=4))
    ada.cloud.application.desk.password_login._passwords = stronger
    await ada.login()
    ((after,),) = await own.rows("SELECT hash FROM passwords WHERE project = ?1")
    assert "t=4" in after
    await ada.login()
    stronger.close()
