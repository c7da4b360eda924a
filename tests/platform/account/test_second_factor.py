from typing import Any

import pyotp
import pytest

from brickyard.engines.clock import ManualClock
from people import PASSWORD, Mailboxes, Person


class Device:
    """An authenticator on somebody's telephone."""

    def __init__(self, clock: ManualClock, secret: str) -> None:
        self._clock, self._totp = clock, pyotp.TOTP(secret)

    def code(self, later_s: int = 0) -> str:
        return self._totp.at(self._clock.now_ns() // 1_000_000_000 + later_s)


async def with_device(person: Person, clock: ManualClock) -> tuple[Device, list[str]]:
    """Set an authenticator up; gives it, and the recovery codes."""
    device = Device(clock, (await person.call("SetUpTotp"))["secret"])
    codes = (await person.call("ConfirmTotp", code=device.code()))["recovery_codes"]
    clock.advance(30)
    return device, codes


async def challenge(person: Person) -> str:
    reply: dict[str, Any] = await person.call("Login", email=person.email, password=PASSWORD)
    assert (reply["token"], reply["account"]) == ("", "")
    return reply["challenge"]


async def test_with_an_authenticator_a_password_is_not_enough(ada: Person, clock: ManualClock):
    device, _ = await with_device(ada, clock)
    met = await challenge(ada)
    assert (await ada.post("ConfirmLogin", challenge=met, code="000000")).status_code == 401
    await ada.enter("ConfirmLogin", challenge=met, code=device.code())
    assert (await ada.call("Get"))["has_totp"] is True


async def test_an_authenticator_that_was_begun_beside_another_replaces_nothing(
    ada: Person, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    """It was begun while there was none yet."""
    await with_device(ada, clock)

    async def none_yet(_account: str) -> None:
        return None

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(ada.cloud.application.desk.authenticator, "_row", none_yet)
        other = Device(clock, (await ada.call("SetUpTotp"))["secret"])
    assert (await ada.post("ConfirmTotp", code=other.code())).status_code == 409


async def test_a_magic_link_takes_the_second_factor_too(
    ada: Person, mailboxes: Mailboxes, clock: ManualClock
):
    await with_device(ada, clock)
    await ada.call("SendMagicLink", email=ada.email)
    reply = await ada.call("FinishMagicLink", code=mailboxes.code(ada.email))
    assert reply["token"] == ""
    assert reply["challenge"]


async def test_digits_work_once(ada: Person, clock: ManualClock):
    device, _ = await with_device(ada, clock)
    digits = device.code()
    await ada.enter("ConfirmLogin", challenge=await challenge(ada), code=digits)
    refused = await ada.post("ConfirmLogin", challenge=await challenge(ada), code=digits)
    assert refused.status_code == 401


async def test_digits_of_before_those_last_used_do_not_work(ada: Person, clock: ManualClock):
    device, _ = await with_device(ada, clock)
    await ada.enter("ConfirmLogin", challenge=await challenge(ada), code=device.code(30))
    refused = await ada.post("ConfirmLogin", challenge=await challenge(ada), code=device.code())
    assert refused.status_code == 401


@pytest.mark.parametrize(("off_s", "status"), [(-60, 401), (-30, 401), (0, 200), (30, 200), (60, 401)])
async def test_a_clock_may_be_off_by_one_step(ada: Person, clock: ManualClock, off_s: int, status: int):
    """The step before now is the one that set the authenticator up: used."""
    device, _ = await with_device(ada, clock)
    reply = await ada.post("ConfirmLogin", challenge=await challenge(ada), code=device.code(off_s))
    assert reply.status_code == status


async def test_a_challenge_is_met_once_and_expires(ada: Person, clock: ManualClock):
    device, codes = await with_device(ada, clock)
    met = await challenge(ada)
    await ada.enter("ConfirmLogin", challenge=met, code=codes[0])
    assert (await ada.post("ConfirmLogin", challenge=met, code=codes[1])).status_code == 400
    late = await challenge(ada)
    clock.advance(600)
    assert (await ada.post("ConfirmLogin", challenge=late, code=device.code())).status_code == 400


async def test_each_recovery_code_works_once_however_it_is_typed(ada: Person, clock: ManualClock):
    _, codes = await with_device(ada, clock)
    assert len(set(codes)) == 10
    typed = codes[0].replace("-", "").upper()
    await ada.enter("ConfirmLogin", challenge=await challenge(ada), code=typed)
    refused = await ada.post("ConfirmLogin", challenge=await challenge(ada), code=codes[0])
    assert refused.status_code == 401


async def test_new_recovery_codes_replace_the_old(ada: Person, clock: ManualClock):
    _, old = await with_device(ada, clock)
    new = (await ada.call("RenewRecoveryCodes"))["recovery_codes"]
    assert (await ada.post("ConfirmLogin", challenge=await challenge(ada), code=old[0])).status_code == 401
    await ada.enter("ConfirmLogin", challenge=await challenge(ada), code=new[0])


async def test_guesses_at_the_digits_are_slowed_down(ada: Person, clock: ManualClock):
    await with_device(ada, clock)
    met = await challenge(ada)
    statuses = [(await ada.post("ConfirmLogin", challenge=met, code=f"{n:06}")).status_code for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2


async def test_nothing_is_asked_for_before_the_authenticator_has_shown_a_code(
    ada: Person, clock: ManualClock
):
    await ada.call("SetUpTotp")
    assert (await ada.post("ConfirmTotp", code="000000")).status_code == 400
    await ada.login()
    assert (await ada.call("Get"))["has_totp"] is False
    clock.advance(0)


async def test_a_second_authenticator_waits_for_the_first_to_go(ada: Person, clock: ManualClock):
    await with_device(ada, clock)
    assert (await ada.post("SetUpTotp")).status_code == 409
    await ada.call("RemoveTotp")
    await ada.login()
    await with_device(ada, clock)
