"""What providers tell later of messages: it is believed if it is theirs, noted, and acted upon once."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fakes import amazon_ses, mailgun, postmark, sendgrid
from reach import FAKES, set_up

from brickyard.engines.clock import ManualClock
from brickyard.providers import Failure, Heard
from brickyard.services.email.messages import KEEP
from brickyard.services.email.outcomes import AT_ONCE
from brickyard.services.email.providers.sendgrid import SIGNATURE, SIGNED_AT, SendGrid, SendGridCredentials
from brickyard.settings import Settings
from cloud import LocalCloud
from outside import Outside
from provider_fake import Fake, Happening, Hook, What

TELLING = {name: each for name, each in FAKES.items() if each.service == "email" and each.hook}
each_provider = pytest.mark.parametrize("fake", TELLING.values(), ids=list(TELLING))
HELLO = {"to": "Ada <Ada@example.com>", "bcc": "bob@example.com", "subject": "Hi", "text_body": "Hello."}
NOTES = {
    "email-amazon_ses": "smtp; 550 5.1.1 No such mailbox",
    "email-sendgrid": "550 No such mailbox",
    "email-postmark": "550 No such mailbox",
    "email-mailgun": "5.1.1 No such mailbox",
}


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


class Correspondence:
    """A message that a provider took, and what is told of it."""

    def __init__(self, cloud: LocalCloud, fake: Fake, sent: dict[str, Any]) -> None:
        self.cloud, self.fake, self.id = cloud, fake, sent["id"]

    async def read(self) -> dict[str, Any]:
        return await self.cloud.call("email/Read", {"id": self.id})

    async def happening(self, what: What, address: str = "ada@example.com") -> Happening:
        provider_id = (await self.read())["message"]["provider_id"]
        at_s = self.cloud.application.clock.now_ns() // 1_000_000_000
        return Happening(what, address, self.id, provider_id, at_s)

    async def tell(self, what: What, address: str = "ada@example.com", **more: Any) -> None:
        happening = replace(await self.happening(what, address), **more)
        assert await hear(self.cloud, self.fake, self.hook(happening)) == 200

    def hook(self, happening: Happening) -> Hook:
        assert self.fake.hook is not None
        return self.fake.hook(happening)

    async def outcomes(self) -> list[tuple[str, str]]:
        return [(each["address"], each["state"]) for each in (await self.read())["outcomes"]]

    async def suppressed(self) -> list[str]:
        listed = await self.cloud.call("email/ListSuppressions")
        return [each["address"] for each in listed["suppressions"]]


async def hear(cloud: LocalCloud, fake: Fake, hook: Hook, project: str = "") -> int:
    url = f"/hooks/email/{fake.provider}/{project or await cloud.application.keyring.first_project()}"
    headers = {name: value.encode("latin-1") for name, value in hook.headers.items()}
    return (await cloud.client.post(url, content=hook.body, headers=headers)).status_code


async def begun(cloud: LocalCloud, fake: Fake) -> Correspondence:
    await set_up(cloud, fake)
    return Correspondence(cloud, fake, await cloud.call("email/Send", HELLO))


@each_provider
async def test_it_is_told_what_became_of_a_message_for_each_recipient(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    assert await letter.outcomes() == []
    await letter.tell("opened")
    await letter.tell("delayed")
    assert await letter.outcomes() == []
    await letter.tell("delivered", "Ada@Example.com")
    await letter.tell("blocked", "bob@example.com")
    assert await letter.outcomes() == [("ada@example.com", "delivered"), ("bob@example.com", "bounced")]
    (_, blocked) = (await letter.read())["outcomes"]
    assert blocked["note"]
    assert await letter.suppressed() == []


@each_provider
async def test_an_address_where_nothing_arrives_gets_nothing_more(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    await letter.tell("bounced")
    (outcome,) = (await letter.read())["outcomes"]
    assert (outcome["state"], outcome["note"]) == ("bounced", NOTES[f"email-{fake.provider}"])
    (listed,) = (await local_cloud.call("email/ListSuppressions"))["suppressions"]
    assert listed["address"] == "ada@example.com"
    assert listed["reason"] == f"bounced, {fake.provider} says: {outcome['note']}"
    assert (await local_cloud.post("email/Send", {**HELLO, "bcc": ""})).status_code == 400


@each_provider
async def test_who_complains_gets_nothing_more(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    await letter.tell("delivered", "bob@example.com")
    await letter.tell("complained", "bob@example.com")
    assert await letter.outcomes() == [("bob@example.com", "complained")]
    assert (await local_cloud.call("email/Send", HELLO))["skipped"] == ["bob@example.com"]


@each_provider
async def test_the_order_in_which_it_is_told_does_not_matter(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    for what in ("bounced", "delivered", "blocked", "bounced"):
        await letter.tell(what)
        assert await letter.outcomes() == [("ada@example.com", "bounced")]
    for what in ("complained", "delivered", "bounced", "complained"):
        await letter.tell(what, "bob@example.com")
        assert ("bob@example.com", "complained") in await letter.outcomes()


@each_provider
async def test_what_is_told_again_suppresses_nobody_who_was_let_off(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    hook = letter.hook(await letter.happening("bounced"))
    assert await hear(local_cloud, fake, hook) == 200
    await local_cloud.call("email/Unsuppress", {"address": "ada@example.com"})
    assert await hear(local_cloud, fake, hook) == 200
    assert await letter.suppressed() == []
    assert await letter.outcomes() == [("ada@example.com", "bounced")]


@each_provider
async def test_a_reason_that_people_gave_stays(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    await local_cloud.call("email/Suppress", {"address": "ada@example.com", "reason": "she asked for it"})
    await letter.tell("bounced")
    (listed,) = (await local_cloud.call("email/ListSuppressions"))["suppressions"]
    assert listed["reason"] == "she asked for it"


@each_provider
async def test_what_is_not_ours_changes_nothing(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    await letter.tell("bounced", message="eml_of_another", provider_id="another")
    await letter.tell("bounced", message="", provider_id="another")
    await letter.tell("bounced", message="", provider_id="")
    await letter.tell("bounced", "eve@example.com")
    assert (await letter.outcomes(), await letter.suppressed()) == ([], [])


@each_provider
async def test_of_a_message_that_another_took_it_can_tell_nothing(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    other = next(each for each in TELLING.values() if each is not fake)
    await set_up(local_cloud, other)
    assert other.hook is not None
    assert await hear(local_cloud, other, other.hook(await letter.happening("bounced"))) == 200
    assert (await letter.outcomes(), await letter.suppressed()) == ([], [])


@each_provider
@pytest.mark.parametrize("left_out", ["message", "provider_id"])
async def test_either_id_is_enough(left_out: str, fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    await letter.tell("delivered", **{left_out: ""})
    assert await letter.outcomes() == [("ada@example.com", "delivered")]


@each_provider
async def test_who_is_not_the_provider_is_not_believed(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    happening = await letter.happening("bounced")
    hook = letter.hook(happening)
    for forged in forgeries(fake, hook):
        assert await hear(local_cloud, fake, forged) in (400, 403)
    assert (await letter.outcomes(), await letter.suppressed()) == ([], [])
    assert await hear(local_cloud, fake, hook, project="prj_another") == 404
    assert await hear(local_cloud, fake, hook) == 200
    assert await letter.suppressed() == ["ada@example.com"]


NOT_SNS = [
    ("TopicArn", "arn:aws:sns:us-east-1:210987654321:mail"),
    ("SignatureVersion", "1"),
    ("SigningCertURL", f"http://sns.us-east-1.amazonaws.com/{amazon_ses.CERTIFICATE}"),
    ("SigningCertURL", f"https://sns.us-east-1.amazonaws.com.evil.example/{amazon_ses.CERTIFICATE}"),
    ("SigningCertURL", f"https://evil.example/?https://sns.us-east-1.amazonaws.com/{amazon_ses.CERTIFICATE}"),
    ("SigningCertURL", f"https://evil.example#{amazon_ses.SNS}/{amazon_ses.CERTIFICATE}"),
    ("SigningCertURL", f"https://sns.eu-west-1.amazonaws.com/{amazon_ses.CERTIFICATE}"),
    ("SigningCertURL", f"{amazon_ses.SNS}/somebody/{amazon_ses.CERTIFICATE}"),
    ("SigningCertURL", f"{amazon_ses.SNS}/{amazon_ses.CERTIFICATE}?x"),
]
"""Fields of what SNS posts, as somebody may have written them who can sign by SNS, or would like to."""


def forgeries(fake: Fake, hook: Hook) -> list[Hook]:
    """Give what somebody might send who has seen a provider's hook, or has not."""
    body = hook.body.replace(b"ada@example.com", b"bob@example.com")
    if fake.provider == "amazon_ses":
        told = json.loads(hook.body)
        stranger = rsa.generate_private_key(65537, 2048)
        return [
            Hook(body, {}),
            amazon_ses.posted(stranger, Message=told["Message"]),
            *(amazon_ses.posted(Message=told["Message"], **{name: value}) for name, value in NOT_SNS),
        ]
    others: list[Hook] = [Hook(hook.body, {name: "x" + value for name, value in hook.headers.items()})]
    if fake.provider == "sendgrid":
        others += [Hook(body, hook.headers), Hook(hook.body, {})]
        others.append(Hook(hook.body, {**hook.headers, "X-Twilio-Email-Event-Webhook-Timestamp": "1"}))
    elif fake.provider == "postmark":
        others += [Hook(hook.body, {}), Hook(hook.body, {"Authorization": "Basic é"})]
    else:
        told = msgspec.json.decode(hook.body)
        others = [Hook(msgspec.json.encode({"event-data": told["event-data"]}), {})]
        for field, value in (("signature", "0" * 64), ("token", "another"), ("timestamp", "1")):
            signature = told["signature"] | {field: value}
            others.append(Hook(msgspec.json.encode(told | {"signature": signature}), {}))
    return others


KEYS = {
    "amazon_ses": "topic",
    "sendgrid": "verification_key",
    "postmark": "hook_password",
    "mailgun": "signing_key",
}


@each_provider
async def test_without_a_key_to_check_it_by_nothing_is_believed(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    hook = letter.hook(await letter.happening("bounced"))
    credentials = {name: value for name, value in fake.credentials.items() if name != KEYS[fake.provider]}
    place = {"service": "email", "provider": fake.provider}
    await local_cloud.call("provider/Set", {**place, "credentials": credentials})
    assert await hear(local_cloud, fake, hook) == 403
    assert await letter.outcomes() == []


@each_provider
async def test_what_cannot_be_read_is_refused(fake: Fake, local_cloud: LocalCloud):
    letter = await begun(local_cloud, fake)
    hook = letter.hook(await letter.happening("bounced"))
    garbage = sendgrid.signed([1], 1) if fake.provider == "sendgrid" else replace(hook, body=b"{")
    if fake.provider == "amazon_ses":
        assert await hear(local_cloud, fake, amazon_ses.posted(Message='{"mail": 7}')) == 400
    assert await hear(local_cloud, fake, garbage) == 400


async def test_a_signature_of_long_ago_is_not_taken_again(local_cloud: LocalCloud, clock: ManualClock):
    letter = await begun(local_cloud, mailgun.FAKE)
    hook = letter.hook(await letter.happening("bounced"))
    clock.advance(24 * 3600 + 1)
    assert await hear(local_cloud, mailgun.FAKE, hook) == 403


@each_provider
async def test_a_message_of_unknown_outcome_is_known_once_it_is_told(fake: Fake, local_cloud: LocalCloud):
    await set_up(local_cloud, fake)
    sql = local_cloud.application.sql.bound(await local_cloud.application.keyring.first_project())
    await sql.run(KEEP, "eml_1", "once", "ada@example.com", "Welcome", b"From: us", 1)
    letter = Correspondence(local_cloud, fake, {"id": "eml_1"})
    assert (await letter.read())["message"]["state"] == "unknown"
    await letter.tell("delivered", provider_id="<theirs>")
    found = (await letter.read())["message"]
    assert (found["state"], found["provider"]) == ("sent", fake.provider)
    assert "theirs" in found["provider_id"]


async def test_what_became_of_a_message_is_forgotten_with_it(local_cloud: LocalCloud):
    letter = await begun(local_cloud, postmark.FAKE)
    await letter.tell("delivered")
    await local_cloud.call("email/Delete", {"id": letter.id})
    sql = local_cloud.application.sql.bound(await local_cloud.application.keyring.first_project())
    assert await sql.rows("SELECT address FROM email_outcomes WHERE project = ?1") == []


async def test_sendgrid_tells_much_at_once(local_cloud: LocalCloud):
    """More than one commit's worth, with events of others between, and things that are no events of mail."""
    letter = await begun(local_cloud, sendgrid.FAKE)
    mine = sendgrid.told(await letter.happening("delivered", "bob@example.com"))
    others: list[Any] = [{**mine, "message": 7, "sg_message_id": None} for _ in range(AT_ONCE)]
    account = {"event": "account_status_change", "type": "compliance_suspend", "timestamp": 1}
    hook = sendgrid.signed([account, *others, mine], 1)
    assert await hear(local_cloud, sendgrid.FAKE, hook) == 200
    assert await letter.outcomes() == [("bob@example.com", "delivered")]
    last = sendgrid.told(await letter.happening("bounced", "bob@example.com"))
    large = sendgrid.signed([{**last, "padding": " " * 768_000}], 1)
    assert await hear(local_cloud, sendgrid.FAKE, large) == 200
    assert await letter.suppressed() == ["bob@example.com"]


DROPPED = {
    "Bounced Address": True,
    "Spam Reporting Address": True,
    "Unsubscribed Address": False,
    "Spam Content": False,
}


@pytest.mark.parametrize(("reason", "for_good"), DROPPED.items())
async def test_what_sendgrid_drops_has_bounced(reason: str, for_good: bool, local_cloud: LocalCloud):  # noqa: FBT001 - what is expected
    letter = await begun(local_cloud, sendgrid.FAKE)
    told = sendgrid.told(await letter.happening("delivered")) | {"event": "dropped", "reason": reason}
    assert await hear(local_cloud, sendgrid.FAKE, sendgrid.signed([told], 1)) == 200
    assert await letter.outcomes() == [("ada@example.com", "bounced")]
    assert await letter.suppressed() == (["ada@example.com"] if for_good else [])


async def test_the_signature_is_that_of_sendgrids_libraries():
    """Its libraries for several languages are tested with this key, time, signature and body."""
    key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcw"
        "HBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA=="
    )
    signature = (
        "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0="
    )
    body = b'{"category":"example_payload","event":"test_event","message_id":"message_id"}'
    credentials = SendGridCredentials(sender="a@example.com", api_key="", verification_key=key)
    adapter = SendGrid(http=None, credentials=credentials, own=True)
    heard = Heard("", {SIGNATURE: signature, SIGNED_AT: "1588788367"}, body)
    with pytest.raises(
        msgspec.ValidationError, match="array"
    ):  # past the signature: it is one event, no list
        await adapter.events(heard)
    with pytest.raises(Failure, match="signature"):
        await adapter.events(msgspec.structs.replace(heard, body=body + b" "))
