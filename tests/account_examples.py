"""What has to be there before the examples of the `account` service can be made: Alice, and her letters."""

from collections.abc import Awaitable, Callable
from typing import Any

import pyotp

from cloud import LocalCloud
from people import PASSWORD, Mailboxes, Person
from tenant import Tenant

EMAIL = "alice@example.com"
Prepare = Callable[[Person], Awaitable[dict[str, Any]]]


async def alice(cloud: LocalCloud, endpoint: str) -> tuple[Tenant, dict[str, Any]]:
    """Sign Alice up and in; gives her calls, and what takes the place of the codes that an example shows."""
    mailboxes = Mailboxes()
    cloud.application.desk.letters._mail = mailboxes
    person = Person(cloud, mailboxes, EMAIL)
    if endpoint == "account.confirmsignup":
        await person.call("SignUp", email=EMAIL, password=PASSWORD)
        return Tenant(cloud, "nobody"), {"code": mailboxes.code(EMAIL)}
    await person.sign_up("Alice")
    prepare = PREPARED.get(endpoint)
    fields = {} if prepare is None else await prepare(person)
    return Tenant(cloud, person.token), fields


def _letter(endpoint: str, email: str = EMAIL) -> Prepare:
    async def prepare(person: Person) -> dict[str, Any]:
        await person.call(endpoint, email=email)
        return {"code": person.mailboxes.code(email)}

    return prepare


async def _another_session(person: Person) -> dict[str, Any]:
    await person.elsewhere().login()
    others = [each for each in (await person.call("ListSessions"))["sessions"] if not each["current"]]
    return {"id": others[0]["id"]}


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


PREPARED: dict[str, Prepare] = {
    "account.finishmagiclink": _letter("SendMagicLink"),
    "account.resetpassword": _letter("SendPasswordReset"),
    "account.confirmemail": _letter("ChangeEmail", "alice@example.net"),
    "account.endsession": _another_session,
    "account.confirmtotp": _digits,
    "account.renewrecoverycodes": _authenticator,
    "account.confirmlogin": _challenge,
}
