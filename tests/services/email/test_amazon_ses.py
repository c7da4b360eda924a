"""Amazon SES: what it says when it refuses, and what comes of it by way of SNS."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from fakes import amazon_ses
from reach import set_up
from test_told import HELLO, Correspondence, begun, hear

from brickyard.engines.clock import ManualClock
from brickyard.providers.certificates import CERTIFICATES_MAX, Certificates
from brickyard.settings import Settings
from cloud import LocalCloud
from outside import Outside
from provider_fake import RunningFake

FAKE = amazon_ses.FAKE


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


@pytest.fixture
def double(outside: Outside) -> RunningFake:
    return next(each for each in outside.running if each.fake is FAKE)


@pytest.mark.parametrize(
    ("more", "status", "kind"),
    [
        ({"from": "me@unverified.example"}, 503, "auth"),
        ({"subject": "a virus"}, 400, ""),
    ],
)
async def test_a_refused_message_is_the_callers_fault_or_the_accounts(
    more: dict[str, Any], status: int, kind: str, local_cloud: LocalCloud
):
    await set_up(local_cloud, FAKE)
    response = await local_cloud.post("email/Send", {**HELLO, **more})
    assert response.status_code == status, response.text
    assert [each["kind"] for each in response.json().get("tried", ())] == ([kind] if kind else [])


async def test_what_is_wrong_with_the_set_up_is_not_the_callers_fault(local_cloud: LocalCloud):
    place = {"service": "email", "provider": "amazon_ses"}
    credentials = {**amazon_ses.CREDENTIALS, "configuration_set": "another"}
    await local_cloud.call("provider/Set", {**place, "credentials": credentials})
    response = await local_cloud.post("email/Send", HELLO)
    assert (response.status_code, response.json()["tried"][0]["kind"]) == (503, "auth")
    assert "NotFoundException" in response.json()["tried"][0]["detail"]
    unknown = {**credentials, "region": "mars-north-1"}
    assert (await local_cloud.post("provider/Set", {**place, "credentials": unknown})).status_code == 400


async def test_a_key_that_does_not_exist_is_told_apart(local_cloud: LocalCloud):
    place = {"service": "email", "provider": "amazon_ses"}
    credentials = {**amazon_ses.CREDENTIALS, "access_key_id": "AKIDOFNOBODY"}
    await local_cloud.call("provider/Set", {**place, "credentials": credentials})
    checked = await local_cloud.call("provider/Check", place)
    assert checked["detail"].startswith("auth: ")
    assert "UnrecognizedClientException" in checked["detail"]


async def test_an_account_that_may_not_send_is_not_set_up(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    await set_up(local_cloud, FAKE)
    monkeypatch.setitem(amazon_ses.ACCOUNT, "SendingEnabled", False)
    checked = await local_cloud.call("provider/Check", {"service": "email", "provider": "amazon_ses"})
    assert (checked["ok"], "paused" in checked["detail"]) == (False, True)


async def test_a_subscription_is_confirmed_if_it_is_of_the_topic(
    local_cloud: LocalCloud, double: RunningFake
):
    await set_up(local_cloud, FAKE)
    before = double.asked.count("GET /")
    other = "arn:aws:sns:us-east-1:210987654321:mail"
    assert await hear(local_cloud, FAKE, amazon_ses.confirmation(TopicArn=other)) == 403
    elsewhere = f"https://evil.example/?{amazon_ses.SNS}"
    assert await hear(local_cloud, FAKE, amazon_ses.confirmation(SubscribeURL=elsewhere)) == 400
    assert double.asked.count("GET /") == before
    assert await hear(local_cloud, FAKE, amazon_ses.confirmation()) == 200
    assert double.asked.count("GET /") == before + 1
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."
    assert await hear(local_cloud, FAKE, amazon_ses.posted(Message=greeting)) == 200


async def test_while_the_certificate_cannot_be_had_it_is_to_be_told_again(
    local_cloud: LocalCloud, double: RunningFake
):
    letter = await begun(local_cloud, FAKE)
    hook = letter.hook(await letter.happening("bounced"))
    double.faults.append("down")
    assert await hear(local_cloud, FAKE, hook) == 503
    assert await letter.outcomes() == []
    assert await hear(local_cloud, FAKE, hook) == 200
    assert await letter.outcomes() == [("ada@example.com", "bounced")]


async def told(letter: Correspondence, **event: Any) -> None:
    """Have an identity's notification told, which knows no tags."""
    happening = await letter.happening("delivered")
    notification = {"mail": {"messageId": happening.provider_id, "destination": [happening.address]}, **event}
    posted = amazon_ses.posted(Message=json.dumps(notification))
    assert await hear(letter.cloud, FAKE, posted) == 200


async def test_notifications_of_identities_are_read_too(local_cloud: LocalCloud):
    letter = await begun(local_cloud, FAKE)
    people = [{"emailAddress": "ada@example.com"}, {"emailAddress": "bob@example.com"}]
    complaint = {"complainedRecipients": people[1:], "complaintFeedbackType": "abuse"}
    await told(letter, notificationType="Complaint", complaint=complaint)
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": people}
    await told(letter, notificationType="Bounce", bounce=bounce)
    assert await letter.outcomes() == [("ada@example.com", "bounced"), ("bob@example.com", "complained")]
    assert await letter.suppressed() == ["ada@example.com", "bob@example.com"]


async def test_who_is_out_of_office_has_got_it(local_cloud: LocalCloud):
    """An automatic answer is told as a bounce; only a server's own report says that it failed."""
    letter = await begun(local_cloud, FAKE)
    await letter.tell("delivered")
    answer: dict[str, Any] = {"bounceType": "Transient", "bounceSubType": "General"}
    answer["bouncedRecipients"] = [{"emailAddress": "ada@example.com"}]
    await told(letter, notificationType="Bounce", bounce=answer)
    assert await letter.outcomes() == [("ada@example.com", "delivered")]
    answer["bouncedRecipients"][0] |= {"action": "failed", "diagnosticCode": "smtp; 452 too much"}
    await told(letter, notificationType="Bounce", bounce=answer)
    assert await letter.outcomes() == [("ada@example.com", "bounced")]
    assert await letter.suppressed() == []


async def test_what_was_not_sent_after_all_has_bounced(local_cloud: LocalCloud):
    letter = await begun(local_cloud, FAKE)
    await told(letter, eventType="Reject", reject={"reason": "Bad content"})
    (outcome,) = (await letter.read())["outcomes"]
    assert (outcome["state"], outcome["note"]) == ("bounced", "Bad content")


async def test_the_certificate_is_asked_for_once_an_hour(
    local_cloud: LocalCloud, double: RunningFake, clock: ManualClock
):
    letter = await begun(local_cloud, FAKE)
    asked = partial(double.asked.count, f"GET /{amazon_ses.CERTIFICATE}")
    before = asked()
    for what in ("delivered", "bounced", "complained"):
        await letter.tell(what)
    assert asked() == before + 1
    clock.advance(3600)
    await letter.tell("delivered")
    assert asked() == before + 2


async def test_what_a_kept_certificate_did_not_sign_is_refused(local_cloud: LocalCloud, double: RunningFake):
    letter = await begun(local_cloud, FAKE)
    hook = letter.hook(await letter.happening("bounced"))
    forged = replace(hook, body=hook.body.replace(b"Permanent", b"Transient"))
    assert await hear(local_cloud, FAKE, hook) == 200
    before = len(double.asked)
    assert await hear(local_cloud, FAKE, forged) == 403
    assert len(double.asked) == before


async def test_a_certificate_that_proved_nothing_is_asked_for_again(
    local_cloud: LocalCloud, double: RunningFake
):
    letter = await begun(local_cloud, FAKE)
    hook = letter.hook(await letter.happening("bounced"))
    double.faults.append("empty")
    assert await hear(local_cloud, FAKE, hook) == 403
    assert await hear(local_cloud, FAKE, hook) == 200


def test_few_certificates_are_kept(clock: ManualClock):
    certificates = Certificates(clock)
    for number in range(CERTIFICATES_MAX + 1):
        certificates.keep(f"https://sns.example/{number}.pem", b"a certificate")
    assert certificates.find("https://sns.example/0.pem") is None
    assert certificates.find("https://sns.example/1.pem") == b"a certificate"
