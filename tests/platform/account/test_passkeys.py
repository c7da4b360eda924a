"""Passkeys, made and used by a device that signs for real."""

import copy
import os
from collections.abc import Callable
from typing import Any

import cbor2
import pyotp
import pytest
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url as text

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


def attested(device: Device, options: dict[str, Any], statement: bytes) -> dict[str, Any]:
    """What a device gives that attests itself in its own way; `statement` is CBOR."""
    credential = device.create(options)
    data = cbor2.loads(base64url_to_bytes(credential["response"]["attestationObject"]))["authData"]
    parts = (b"\xa3", *map(cbor2.dumps, ("fmt", "android-safetynet", "attStmt")), statement)
    whole = b"".join(parts) + cbor2.dumps("authData") + cbor2.dumps(data)
    credential["response"]["attestationObject"] = text(whole)
    return credential


@pytest.mark.parametrize("endpoint", ["FinishPasskey", "FinishPasskeyLogin"])
@pytest.mark.parametrize("client", [b"[" * 9000, b'{"a":' * 2000, b"[" * 100_000])
async def test_what_is_nested_too_deep_is_refused(ada: Person, endpoint: str, client: bytes):
    credential = {
        "id": "AA",
        "rawId": "AA",
        "type": "public-key",
        "response": {"clientDataJSON": text(client)},
    }
    refused = await ada.post(endpoint, credential=credential)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/credential")


async def test_an_attestation_of_the_wrong_types_is_refused(ada: Person):
    options = (await ada.call("BeginPasskey"))["options"]
    statement = cbor2.dumps({"ver": "1", "response": 5})
    refused = await ada.post("FinishPasskey", credential=attested(Device(), options, statement))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/credential")


async def test_a_credential_that_takes_long_to_read_is_not_read(ada: Person):
    """A fraction of two long numbers is brought to its lowest terms: minutes for a megabyte."""
    options = (await ada.call("BeginPasskey"))["options"]
    number = 1 << 8 * 7000 | int.from_bytes(os.urandom(7000), "big")
    fraction = cbor2.dumps(cbor2.CBORTag(30, [number, number - 2]))
    refused = await ada.post("FinishPasskey", credential=attested(Device(), options, fraction))
    assert refused.status_code == 400
    assert "16384" in refused.json()["detail"]


async def test_a_passkey_with_a_longer_id_than_there_are_is_refused(ada: Person):
    device = Device()
    for length, status in ((1024, 400), (1023, 200)):
        device.id = os.urandom(length)
        options = (await ada.call("BeginPasskey"))["options"]
        made = await ada.post("FinishPasskey", credential=device.create(options))
        assert made.status_code == status, made.text
