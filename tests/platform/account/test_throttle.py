"""Guesses get slower and slower, whoever makes them; the owner always has a way in."""

import asyncio
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from brickyard.app import Application
from brickyard.engines.clock import ManualClock
from brickyard.platform.account.guard import GUESSES, LETTERS
from brickyard.platform.account.network import network_of
from brickyard.platform.account.throttle import Limit, Subject, Throttle, pause_s
from brickyard.settings import Settings
from people import PASSWORD, Mailboxes, Person


async def guess(someone: Person, password: str = "not this one") -> int:
    return (await someone.post("Login", email="ada@example.com", password=password)).status_code


async def test_guesses_from_everywhere_at_one_account_are_slowed_down(ada: Person):
    bots = [ada.elsewhere(f"203.0.{number}.1") for number in range(GUESSES.free + 3)]
    assert [await guess(each) for each in bots] == [401] * GUESSES.free + [429] * 3


async def test_a_hundred_guesses_at_once_are_no_more_than_one_after_another(ada: Person):
    bots = [ada.elsewhere(f"203.0.{number}.1") for number in range(30)]
    statuses = await asyncio.gather(*(guess(each) for each in bots))
    assert statuses.count(401) == GUESSES.free


async def test_the_right_password_is_not_looked_at_before_its_time(ada: Person):
    bot = ada.elsewhere("203.0.113.66")
    for _ in range(GUESSES.free):
        await guess(bot)
    refused = await bot.post("Login", email=ada.email, password=PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1


async def test_each_pause_is_longer_and_none_is_for_good(ada: Person, clock: ManualClock):
    bot, pauses = ada.elsewhere("203.0.113.66"), []
    for _ in range(GUESSES.free):
        await guess(bot)
    for _ in range(14):
        refused = await bot.post("Login", email=ada.email, password="not this one")
        pauses.append(int(refused.headers["retry-after"]))
        clock.advance(pauses[-1])
        assert await guess(bot) == 401
    assert pauses == sorted(pauses)
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] <= GUESSES.pause_max_s


async def test_strangers_failures_do_not_keep_the_owner_out(ada: Person):
    for number in range(GUESSES.free + 5):
        await guess(ada.elsewhere(f"203.0.{number}.1"))
    await ada.login()


async def test_where_the_owner_was_never_before_a_letter_lets_in(ada: Person, mailboxes: Mailboxes):
    for number in range(GUESSES.free + 5):
        await guess(ada.elsewhere(f"203.0.{number}.1"))
    abroad = ada.elsewhere("192.0.2.77")
    assert await guess(abroad, PASSWORD) == 429
    await abroad.call("SendMagicLink", email=ada.email)
    await abroad.enter("FinishMagicLink", code=mailboxes.code(ada.email))


async def test_a_flood_of_one_kind_of_letter_leaves_the_others(ada: Person, mailboxes: Mailboxes):
    bots = [ada.elsewhere(f"203.0.{number}.1") for number in range(LETTERS.free + 2)]
    flood = [(await each.post("SendMagicLink", email=ada.email)).status_code for each in bots]
    assert flood == [200] * LETTERS.free + [429, 429]
    await ada.call("SendPasswordReset", email=ada.email)
    await ada.call("ResetPassword", code=mailboxes.code(ada.email), password="battery staple")


async def test_one_network_does_not_try_many_accounts(person: Callable[..., Person]):
    bot = person("nobody@example.com", "2001:db8::1")
    statuses = []
    for number in range(40):
        bot.address = f"2001:db8::{number + 1:x}"  # one household's addresses
        reply = await bot.post("Login", email=f"user{number}@example.com", password="not this one")
        statuses.append(reply.status_code)
    assert statuses[:30] == [401] * 30
    assert set(statuses[30:]) == {429}


async def test_a_good_sign_in_does_not_make_a_network_forget_its_guesses(ada: Person):
    for number in range(29):
        await ada.post("Login", email=f"user{number}@example.com", password="not this one")
    await ada.login()
    await ada.post("Login", email="user30@example.com", password="not this one")
    assert (await ada.post("Login", email="user31@example.com", password="not this one")).status_code == 429


async def test_known_and_unknown_accounts_are_slowed_down_alike(ada: Person):
    told = []
    for email in (ada.email, "nobody@example.com"):
        bots = [ada.elsewhere(f"203.0.{number}.{len(email)}") for number in range(GUESSES.free + 1)]
        replies = [await each.post("Login", email=email, password="not this one") for each in bots]
        told.append([(each.status_code, each.json()["detail"]) for each in replies])
    assert told[0] == told[1]


async def test_a_restart_forgets_no_guess(settings: Settings, clock: ManualClock):
    subject = Subject("a", Limit(free=1, forgive_s=600, pause_max_s=900))
    first = Application(settings, clock)
    await Throttle(first.sql.bound("platform"), clock).admit(subject)
    first.close()
    second = Application(settings, clock)
    refused = await asyncio.gather(
        Throttle(second.sql.bound("platform"), clock).admit(subject), return_exceptions=True
    )
    second.close()
    assert type(refused[0]).__name__ == "TooManyRequests"


@given(level=st.floats(0, 1e9), more=st.floats(0, 1e9), free=st.integers(0, 100))
def test_a_pause_grows_with_the_level_up_to_its_bound(level: float, more: float, free: int):
    limit = Limit(free=free, forgive_s=1, pause_max_s=900)
    assert 0 <= pause_s(level, limit) <= pause_s(level + more, limit) <= 900
    assert (pause_s(level, limit) == 0) == (level < free)


def test_a_network_is_what_one_household_has():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("") == ""
