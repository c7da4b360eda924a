"""What has to be there before the examples of the `account` service can be made: Alice, and her letters."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pyotp

from brickyard.platform.account.federation.provider import Identity, Passage
from cloud import LocalCloud
from device import Device
from people import PASSWORD, Mailboxes, Person
from tenant import Tenant

EMAIL = "alice@example.com"
Prepare = Callable[[Person], Awaitable[dict[str, Any]]]


async def alice(cloud: LocalCloud, endpoint: str) -> tuple[Tenant, dict[str, Any]]:
    """Sign Alice up and in; gives her calls, and what takes the place of the codes that an example shows."""
    mailboxes = Mailboxes.of(cloud)
    knows_alices_provider(cloud)
    person = Person(cloud, mailboxes, EMAIL)
    if endpoint == "account.confirmsignup":
        await person.call("SignUp", email=EMAIL, password=PASSWORD)
        return Tenant(cloud, "nobody"), {"code": mailboxes.code(EMAIL)}
    await person.sign_up("Alice")
    prepare = PREPARED.get(endpoint)
    fields = {} if prepare is None else await prepare(person)
    return Tenant(cloud, person.token), fields


def knows_alices_provider(cloud: LocalCloud) -> None:
    """Have a cloud know the provider that knows Alice."""
    cloud.application.desk.provider_logins._providers = {"example": Example()}


class Example:
    """A provider that knows one person, and needs no network."""

    async def address(self, state: str, passage: Passage) -> str:
        return f"https://id.example/authorize?state={state}"

    async def identity(self, code: str, passage: Passage) -> Identity:
        return Identity("u-1", EMAIL, "Alice")


def _letter(endpoint: str, email: str = EMAIL) -> Prepare:
    async def prepare(person: Person) -> dict[str, Any]:
        await person.call(endpoint, email=email)
        return {"code": person.mailboxes.code(email)}

    return prepare


async def _another_session(person: Person) -> dict[str, Any]:
    await person.elsewhere().login()
    others = [each for each in (await person.call("ListSessions"))["sessions"] if not each["current"]]
    return {"id": others[0]["id"]}


async def _elsewhere(person: Person) -> dict[str, Any]:
    await person.elsewhere().login()
    return {}


async def _leaving(person: Person) -> dict[str, Any]:
    await person.call("Delete")
    return {}


async def _digits(person: Person) -> dict[str, Any]:
    secret = (await person.call("SetUpTotp"))["secret"]
    return {"code": pyotp.TOTP(secret).at(person.cloud.application.clock.now_ns() // 1_000_000_000)}


async def _authenticator(person: Person) -> dict[str, Any]:
    await person.call("ConfirmTotp", **await _digits(person))
    return {}


async def _challenge(person: Person) -> dict[str, Any]:
    codes = (await person.call("ConfirmTotp", **await _digits(person)))["recovery_codes"]
    challenge = (await person.call("Login", email=EMAIL, password=PASSWORD))["challenge"]
    return {"challenge": challenge, "code": codes[0]}


async def _from_provider(person: Person) -> dict[str, Any]:
    begun = await person.call("BeginLogin", provider="example")
    return {"state": begun["url"].partition("state=")[2], "verifier": begun["verifier"]}


def _device(person: Person) -> Device:
    parts = urlsplit(person.cloud.address)
    return Device(person.cloud.address, parts.hostname or "")


async def _new_passkey(person: Person) -> dict[str, Any]:
    return {"credential": _device(person).create((await person.call("BeginPasskey"))["options"])}


async def _passkey(person: Person) -> dict[str, Any]:
    return await person.call("FinishPasskey", **await _new_passkey(person))


async def _listed_passkey(person: Person) -> dict[str, Any]:
    await person.call("FinishPasskey", **await _new_passkey(person), name="laptop")
    return {}


async def _signed(person: Person) -> dict[str, Any]:
    device = _device(person)
    made = device.create((await person.call("BeginPasskey"))["options"])
    await person.call("FinishPasskey", credential=made)
    return {"credential": device.get((await person.call("BeginPasskeyLogin"))["options"])}


PREPARED: dict[str, Prepare] = {
    "account.finishmagiclink": _letter("SendMagicLink"),
    "account.resetpassword": _letter("SendPasswordReset"),
    "account.confirmemail": _letter("ChangeEmail", "alice@example.net"),
    "account.endsession": _another_session,
    "account.endothersessions": _elsewhere,
    "account.restore": _leaving,
    "account.removetotp": _authenticator,
    "account.confirmtotp": _digits,
    "account.renewrecoverycodes": _authenticator,
    "account.confirmlogin": _challenge,
    "account.finishlogin": _from_provider,
    "account.finishpasskey": _new_passkey,
    "account.finishpasskeylogin": _signed,
    "account.listpasskeys": _listed_passkey,
    "account.removepasskey": _passkey,
}
