"""Passkeys, made and used by a device that signs for real."""

import copy
from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from brickyard.engines.clock import ManualClock
from device import Device
from people import Person


async def with_passkey(person: Person) -> Device:
    """Make a passkey for somebody who is signed in."""
    device = Device()
    options = (await person.call("BeginPasskey"))["options"]
    await person.call("FinishPasskey", credential=device.create(options), name="laptop")
    return device


async def challenge(person: Person) -> dict[str, Any]:
    return (await person.call("BeginPasskeyLogin"))["options"]


async def test_a_passkey_signs_in(ada: Person):
    device = await with_passkey(ada)
    elsewhere = ada.elsewhere("203.0.113.9")
    await elsewhere.enter("FinishPasskeyLogin", credential=device.get(await challenge(elsewhere)))
    assert (await elsewhere.call("Get"))["email"] == ada.email
    (listed,) = (await ada.call("ListPasskeys"))["passkeys"]
    assert listed["name"] == "laptop"
    assert listed["used_at"] is not None


async def test_whoever_asks_for_a_challenge_learns_nothing_of_accounts(
    ada: Person, person: Callable[..., Person]
):
    await with_passkey(ada)
    options = await challenge(person("nobody@example.com"))
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"


async def test_a_signature_works_once(ada: Person):
    device = await with_passkey(ada)
    credential = device.get(await challenge(ada))
    await ada.enter("FinishPasskeyLogin", credential=credential)
    assert (await ada.post("FinishPasskeyLogin", credential=credential)).status_code == 400


async def test_a_challenge_is_good_for_five_minutes(ada: Person, clock: ManualClock):
    device = await with_passkey(ada)
    credential = device.get(await challenge(ada))
    clock.advance(300)
    assert (await ada.post("FinishPasskeyLogin", credential=credential)).status_code == 400


async def test_a_challenge_of_ones_own_making_is_refused(ada: Person):
    device = await with_passkey(ada)
    made_up = device.get({"challenge": "bWFkZSB1cA"})
    assert (await ada.post("FinishPasskeyLogin", credential=made_up)).status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [("verifies", False), ("origin", "https://evil.example"), ("host", "evil.example"), ("id", b"another")],
)
async def test_a_signature_that_is_not_for_us_signs_nobody_in(ada: Person, field: str, value: object):
    device = await with_passkey(ada)
    setattr(device, field, value)
    refused = await ada.post("FinishPasskeyLogin", credential=device.get(await challenge(ada)))
    assert refused.status_code == 401


async def test_a_device_that_does_not_verify_its_owner_makes_no_passkey(ada: Person):
    device = Device()
    device.verifies = False
    options = (await ada.call("BeginPasskey"))["options"]
    assert (await ada.post("FinishPasskey", credential=device.create(options))).status_code == 400


async def test_anothers_signature_signs_nobody_in(ada: Person):
    device = await with_passkey(ada)
    impostor = Device()
    impostor.id = device.id
    refused = await ada.post("FinishPasskeyLogin", credential=impostor.get(await challenge(ada)))
    assert refused.status_code == 401


async def test_a_copy_of_a_passkey_is_noticed_by_its_counter(ada: Person):
    device = await with_passkey(ada)
    clone = copy.copy(device)
    for _ in range(2):
        await ada.enter("FinishPasskeyLogin", credential=device.get(await challenge(ada)))
    refused = await ada.post("FinishPasskeyLogin", credential=clone.get(await challenge(ada)))
    assert refused.status_code == 401


async def test_nobody_finishes_anothers_passkey(ada: Person, person: Callable[..., Person]):
    """A victim made to finish an attacker's passkey would let the attacker in."""
    mallory = await person("mallory@example.com", "203.0.113.66").sign_up()
    options = (await mallory.call("BeginPasskey"))["options"]
    assert (await ada.post("FinishPasskey", credential=Device().create(options))).status_code == 400
    assert (await ada.call("ListPasskeys"))["passkeys"] == []


async def test_a_passkey_is_kept_once(ada: Person):
    device = await with_passkey(ada)
    options = (await ada.call("BeginPasskey"))["options"]
    assert len(options["excludeCredentials"]) == 1
    assert (await ada.post("FinishPasskey", credential=device.create(options))).status_code == 409


async def test_a_removed_passkey_signs_in_no_more(ada: Person, person: Callable[..., Person]):
    device = await with_passkey(ada)
    (listed,) = (await ada.call("ListPasskeys"))["passkeys"]
    mallory = await person("mallory@example.com", "203.0.113.66").sign_up()
    assert (await mallory.post("RemovePasskey", id=listed["id"])).status_code == 404
    await ada.call("RemovePasskey", id=listed["id"])
    refused = await ada.post("FinishPasskeyLogin", credential=device.get(await challenge(ada)))
    assert refused.status_code == 401


async def test_a_passkey_is_two_factors_by_itself(ada: Person, clock: ManualClock):
    device = await with_passkey(ada)
    secret = (await ada.call("SetUpTotp"))["secret"]
    await ada.call("ConfirmTotp", code=pyotp.TOTP(secret).at(clock.now_ns() // 1_000_000_000))
    await ada.enter("FinishPasskeyLogin", credential=device.get(await challenge(ada)))


@pytest.mark.parametrize(
    "credential",
    [{}, {"response": {}}, {"response": {"clientDataJSON": "e30"}}, {"response": {"clientDataJSON": 5}},
     {"response": []}, {"response": {"clientDataJSON": "!!"}, "rawId": []}],
)  # fmt: skip
async def test_what_is_no_credential_is_refused(ada: Person, credential: dict[str, Any]):
    for endpoint in ("FinishPasskey", "FinishPasskeyLogin"):
        refused = await ada.post(endpoint, credential=credential)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/credential")
