"""What is left of somebody who has done everything that one can do here, and then deletes the account."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pyotp
import pytest
from msgspec.structs import replace

from brickyard.engines.clock import ManualClock
from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.mail import Letter
from brickyard.engines.sql import Result, Work
from brickyard.gateway.proxies import Proxies
from brickyard.platform.account.federation.directory import Registration
from brickyard.settings import Settings
from cloud import LocalCloud
from device import Device
from everything import Column, everything, text_of
from identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from people import PASSWORD, Mailboxes, Person
from stripe_server import StripeServer, settings_of, signature, written

DAY_S = 24 * 3600
FIRST, SECOND, ASKED = "ada.first@example.com", "ada.second@example.net", "ada.asked@example.org"
HOME, CAFE, AGENT, NAME = "198.51.100.77", "203.0.113.78", "AdasBrowser/7", "Ada Lovelace-King"
HOOK = "https://adas-hook.example/"
TRACES = re.compile(
    "|".join(map(re.escape, (FIRST, SECOND, ASKED, HOME, CAFE, AGENT, NAME, HOOK))), re.IGNORECASE
)

FOUND_BEFORE = {
    *("accounts", "audit", "billing_channels", "codes", "db_records", "email_messages"),
    *("email_suppressions", "emails", "idempotency", "identities", "invitations", "keys", "known_networks"),
    *("mail_outbox", "passkeys", "projects", "sessions", "sms_messages", "usage_bodies"),
    "webhook_deliveries",
}
MAY_STAY = {
    Column("audit", "address"): "from where changes were made: the log is only added to",
    Column(
        "audit", "after"
    ): "whom others invited to their projects: their log, until it is erased with them",
    Column("audit", "before"): "whom others no longer invite: the same",
    Column("db_records", "data"): "what others keep in their projects is theirs",
    Column("email_messages", "recipients"): "whom others wrote to: theirs, for 90 days",
    Column("email_messages", "source"): "what they wrote: the same",
    Column("email_recipients", "address"): "what finds it: the same",
}
"""Where somebody may be named after all, and why."""


class Copied(Mailboxes):
    """Mailboxes of which the outbox knows, as it does in earnest."""

    def __init__(self, cloud: LocalCloud) -> None:
        super().__init__(cloud.application.sql.bound("platform"))
        self._outbox = cloud.application.mail

    async def send_with(self, letter: Letter, work: Work[Result]) -> Result:
        self.letters.append(letter)
        return await self._outbox.send_with(letter, work)


class Somebody(Person):
    """A person who uses a browser, and more than accounts."""

    agent = "a browser"

    async def ask(self, path: str, request: dict[str, Any], key: str = "", **headers: str) -> Any:
        headers |= {"Authorization": f"Bearer {key or self.token or 'nobody'}", "User-Agent": self.agent}
        headers["X-Forwarded-For"] = self.address
        return await self.cloud.post(path, request, headers=headers)

    async def get(self, path: str, key: str = "", **request: Any) -> Any:
        """Make a call that has to succeed; gives its reply."""
        response = await self.ask(path, request, key)
        assert response.status_code == 200, f"{path}: {response.text}"
        return response.json()

    async def post(self, endpoint: str, **request: Any) -> httpx.Response:
        return await self.ask(f"account/{endpoint}", request)

    def at(self, email: str, address: str) -> "Somebody":
        """The same person by another e-mail, from another place."""
        twin = Somebody(self.cloud, self.mailboxes, email, address)
        twin.agent, twin.token = self.agent, self.token
        return twin


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as provider:
        provider.user |= {"email": FIRST, "name": NAME, "sub": f"sub-of-{FIRST}"}
        yield provider


@pytest.fixture
def clock() -> ManualClock:
    """The time now: those outside have no other."""
    import time

    return ManualClock(time.time())


@pytest.fixture
def settings(tmp_path: Path, provider: IdentityProvider, stripe: StripeServer) -> Settings:
    """A cloud that knows a provider, takes payments and asks a proxy where calls come from."""
    return replace(
        settings_of(stripe, tmp_path / "home"),
        trusted_proxies=Proxies.of("127.0.0.1"),
        egress_allow=Allowed.of(provider.allowed),
        oidc=(Registration("example", provider.issuer, CLIENT_ID, CLIENT_SECRET),),
    )


@pytest.fixture
def mailboxes(local_cloud: LocalCloud) -> Mailboxes:
    mailboxes = Copied(local_cloud)
    local_cloud.application.desk.letters._mail = mailboxes
    return mailboxes


@pytest.fixture
async def bob(local_cloud: LocalCloud, mailboxes: Mailboxes) -> Somebody:
    """Another, who works with her."""
    bob = Somebody(local_cloud, mailboxes, "bob@example.com", "192.0.2.9")
    await bob.sign_up("Bob")
    return bob


@pytest.fixture
async def ada(local_cloud: LocalCloud, mailboxes: Mailboxes) -> Somebody:
    """Somebody who signs up; not yet signed in."""
    ada = Somebody(local_cloud, mailboxes, FIRST, HOME)
    ada.agent = AGENT
    return ada


async def signs_in_in_every_way(ada: Somebody, provider: IdentityProvider, clock: ManualClock) -> None:
    await ada.sign_up(NAME)
    cafe = ada.at(FIRST, CAFE)
    cafe.token = ""
    for attempt in range(2):
        assert (await cafe.post("Login", email=FIRST, password=f"wrong {attempt}")).status_code == 401
    await cafe.login()
    await cafe.call("SendMagicLink", email=FIRST)
    await cafe.enter("FinishMagicLink", code=ada.mailboxes.code(FIRST))
    way = await cafe.call("BeginLogin", provider="example")
    answer = await provider.visit(way["url"])
    came_back = {"state": answer["state"], "code": answer["code"], "verifier": way["verifier"]}
    await cafe.enter("FinishLogin", **came_back)
    device = Device()
    options = (await ada.call("BeginPasskey"))["options"]
    await ada.call("FinishPasskey", credential=device.create(options), name=f"{NAME}'s laptop")
    options = (await cafe.call("BeginPasskeyLogin"))["options"]
    await cafe.enter("FinishPasskeyLogin", credential=device.get(options))
    secret = (await ada.call("SetUpTotp"))["secret"]
    await ada.call("ConfirmTotp", code=pyotp.TOTP(secret).at(clock.now_ns() // 10**9))


async def changes_the_email(ada: Somebody) -> None:
    await ada.call("ChangeEmail", email=SECOND)
    await ada.call("ConfirmEmail", code=ada.mailboxes.code(SECOND))
    await ada.call("ChangeEmail", email=ASKED)  # and leaves it at that


async def works_on_projects(ada: Somebody, bob: Somebody) -> None:
    project = (await ada.get("project/Create", name=f"of {NAME}"))["info"]["id"]
    await ada.get("usage/KeepBodies", project=project, hours=24)
    await ada.get("project/Invite", project=project, email=bob.email)
    key = (await ada.get("key/Create", project=project, description=f"of {SECOND}"))["key"]
    await ada.get("db/Create", key, table="me", record={"email": SECOND})
    await ada.get("email/Suppress", key, address=SECOND)
    await ada.get("sms/Send", key, **{"from": "Ada", "to": "+447400123456", "message": f"Write to {SECOND}"})
    await ada.get("billing/SetWebhook", url=HOOK)
    await ada.get("billing/TestAlert")
    response = await ada.ask("account/Update", {"name": f"Countess {NAME}"}, **{"Idempotency-Key": "a"})
    assert response.status_code == 200, response.text


async def pays(ada: Somebody, stripe: StripeServer) -> None:
    payment = (await ada.get("payment/Create", amount="20"))["payment"]
    async with httpx.AsyncClient(timeout=30) as browser:
        reply = await browser.post(payment["url"], data={"card": "4242424242424242"})
    assert reply.status_code == 303, reply.text
    for event in stripe.session_at(payment["url"]).events:
        body = written(event)
        headers = {"Stripe-Signature": signature(body), "Authorization": ""}
        assert (
            await ada.cloud.client.post("/hooks/stripe", content=body, headers=headers)
        ).status_code == 200


async def deals_with_her(bob: Somebody) -> None:
    """Bob invites her at both of her e-mails, one in other letters, and has her as a customer."""
    project = (await bob.get("project/Create", name="Bob's"))["info"]["id"]
    made = (await bob.get("project/Invite", project=project, email=SECOND))["invitation"]["id"]
    await bob.get("project/CancelInvite", project=project, id=made)
    invitation = {"project": project, "email": "Ada.First@Example.com"}
    response = await bob.ask("project/Invite", invitation, **{"Idempotency-Key": "b"})
    assert response.status_code == 200, response.text
    key = (await bob.get("key/Create", project=project))["key"]
    await bob.get("db/Create", key, table="customers", record={"email": SECOND})
    letter = {"to": SECOND, "subject": "Hello", "text_body": "Hello."}
    await bob.get("email/Send", key, **{"from": "Bob", **letter})


async def named(cloud: LocalCloud) -> set[Column]:
    """The columns in which something of hers is found."""
    return {
        column
        for column, found in (await everything(cloud.application)).items()
        if any(TRACES.search(text_of(value)) for value in found)
    }


async def time_passes(cloud: LocalCloud, clock: ManualClock, days: int) -> None:
    """Let days go by, and do what is due by then."""
    clock.advance(days * DAY_S)
    application = cloud.application
    await application.desk.farewell.carry_out()
    await application.purge.step()
    await application.expiry.step()


async def test_of_a_deleted_account_nothing_names_its_owner_but_what_may_stay(
    ada: Somebody,
    bob: Somebody,
    provider: IdentityProvider,
    stripe: StripeServer,
    local_cloud: LocalCloud,
    clock: ManualClock,
):
    await signs_in_in_every_way(ada, provider, clock)
    await changes_the_email(ada)
    for each in (ada, bob):
        await pays(each, stripe)
    await works_on_projects(ada, bob)
    await deals_with_her(bob)
    again = ada.at(SECOND, CAFE)
    await again.call("SignUp", email=SECOND, password=PASSWORD, name=NAME)
    assert {each.table for each in await named(local_cloud)} >= FOUND_BEFORE  # so that it would be found

    await ada.call("Delete", password=PASSWORD)
    await time_passes(local_cloud, clock, 7)
    assert not await ada.is_signed_in()
    await time_passes(local_cloud, clock, 8)
    assert await named(local_cloud) == MAY_STAY.keys()
    assert (await everything(local_cloud.application))[Column("attempts", "subject")] == []


async def test_what_came_to_a_former_email_is_left_to_whoever_has_it_now(
    ada: Somebody, local_cloud: LocalCloud, clock: ManualClock
):
    await ada.sign_up(NAME)
    await changes_the_email(ada)
    eve = Somebody(local_cloud, ada.mailboxes, FIRST, "192.0.2.66")
    await eve.sign_up("Eve")
    await ada.call("Delete", password=PASSWORD)
    await time_passes(local_cloud, clock, 7)
    letters = await local_cloud.application.mail.letters("", 100)
    assert {each.recipient for each in letters} == {FIRST}
    assert (await eve.call("Get"))["email"] == FIRST


async def test_to_ask_for_anothers_email_has_no_say_in_what_comes_to_it(
    ada: Somebody, bob: Somebody, local_cloud: LocalCloud, clock: ManualClock
):
    await ada.sign_up(NAME)
    await ada.call("Delete", password=PASSWORD)
    clock.advance(7 * DAY_S - 60)
    await ada.login()
    await bob.call("SendPasswordReset", email=bob.email)
    await ada.call("ChangeEmail", email=bob.email, password=PASSWORD)
    clock.advance(120)
    await local_cloud.application.desk.farewell.carry_out()
    letters = await local_cloud.application.mail.letters("", 100)
    assert [each.subject for each in letters] == ["Choose another password", "Confirm your account"]
    await bob.call("ResetPassword", code=code_sent(bob), password="battery staple")


def code_sent(person: Person) -> str:
    """The code in a person's newest letter that has one."""
    with_code = [each for each in person.mailboxes.to(person.email) if "give this code" in each.text]
    return with_code[-1].text.split("give this code:\n\n")[1].split()[0]
