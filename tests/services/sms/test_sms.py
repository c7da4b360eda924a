"""Messages are checked, priced, sent once, and followed."""

import hmac
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from fakes import twilio, vonage
from phonenumbers import SUPPORTED_REGIONS
from reach import FAKES, hurry, set_up

from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing.movements import Movement
from brickyard.services.sms.alphabet import size_of
from brickyard.services.sms.messages import KEEP
from brickyard.services.sms.providers.twilio import signature
from brickyard.settings import Settings
from cloud import LocalCloud
from outside import Outside

TO = "+447400123456"
PUBLIC = "https://cloud.example"


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return msgspec.structs.replace(outside.reached_by(settings), public_url=PUBLIC)


async def send(cloud: LocalCloud, **more: Any) -> dict[str, Any]:
    return await cloud.call("sms/Send", {"from": "Alice", "to": TO, "message": "Hi there!", **more})


async def state_of(cloud: LocalCloud, message: dict[str, Any]) -> str:
    return (await cloud.call("sms/Read", {"id": message["id"]}))["sms"]["state"]


async def test_without_a_provider_a_message_is_kept_and_the_reply_says_so(local_cloud: LocalCloud):
    reply = await send(local_cloud)
    assert (reply["status"], reply["state"]) == ("ok", "kept")
    assert "not sent" in reply["info"]
    kept = (await local_cloud.call("sms/Read", {"id": reply["id"]}))["sms"]
    assert (kept["message"], kept["to"], kept["from"], kept["provider"]) == (
        "Hi there!",
        TO,
        "Alice",
        "outbox",
    )


async def test_messages_are_listed_the_newest_first(local_cloud: LocalCloud):
    sent = [(await send(local_cloud, message=f"number {number}"))["id"] for number in range(3)]
    first = await local_cloud.call("sms/List", {"limit": 2})
    assert [each["id"] for each in first["messages"]] == sent[:0:-1]
    rest = await local_cloud.call("sms/List", {"before": sent[1]})
    assert [each["id"] for each in rest["messages"]] == sent[:1]


async def test_messages_are_found_by_phone_state_and_time(local_cloud: LocalCloud):
    first, second = await send(local_cloud), await send(local_cloud, to="+447400123457")
    created = (await local_cloud.call("sms/Read", {"id": first["id"]}))["sms"]["created_at"]
    for asked, found in (
        ({"recipient": TO}, [first]),
        ({"recipient": "+4474001234"}, []),
        ({"state": "kept"}, [second, first]),
        ({"state": "delivered"}, []),
        ({"since": created}, [second, first]),
        ({"until": created}, []),
    ):
        listed = await local_cloud.call("sms/List", asked)
        assert [each["id"] for each in listed["messages"]] == [each["id"] for each in found], asked
    response = await local_cloud.post("sms/List", {"until": "tomorrow"})
    assert response.json()["errors"][0]["pointer"] == "/until"


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("", "no phone number"),
        ("hello", "no phone number"),
        ("07400123456", "no phone number"),
        ("+447681129", "no valid phone number"),
        ("+4474001234567890123", "no valid phone number"),
        ("+447400123456;ext=5", "no valid phone number"),
        ("+449098790000", "premium-rate"),
        ("+19002345678", "premium-rate"),
        ("+499001234567", "premium-rate"),
        ("+33899123456", "premium-rate"),
        ("+491801234567", "shared-cost"),
        ("+448001111111", "toll-free"),
        ("+447012345678", "personal number"),
        ("+442079460000", "fixed line"),
        ("+881612345678", "of no country"),
        ("+870773111632", "of no country"),
        ("+979123456789", "of no country"),
        ("+447400123456\r\nX: y", "no phone number"),
    ],
)
async def test_numbers_that_messages_do_not_go_to_are_refused(number: str, why: str, local_cloud: LocalCloud):
    response = await local_cloud.post("sms/Send", {"to": number, "message": "Hi"})
    assert response.status_code == 400, response.text
    (error,) = response.json()["errors"]
    assert error["pointer"] == "/to"
    assert why in error["detail"]


async def test_a_number_may_be_written_as_its_country_does(local_cloud: LocalCloud):
    reply = await send(local_cloud, to="07400 123456", country="gb")
    assert (await local_cloud.call("sms/Read", {"id": reply["id"]}))["sms"]["to"] == TO


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"message": " \n"}, "/message"),
        ({"message": ""}, "/message"),
        ({"message": "a\x00b"}, "/message"),
        ({"message": "a\x1bb"}, "/message"),
        ({"message": "a\x85b"}, "/message"),
        ({"message": "a" * 1601}, "/message"),
        ({"from": "AVeryLongName"}, "/from"),
        ({"from": "Bad\r\nName"}, "/from"),
        ({"from": "12345"}, "/from"),
        ({"from": "+1"}, "/from"),
        ({"from": "Alice", "to": "+12025550123"}, "/from"),
        ({"country": "GBR"}, "/country"),
    ],
)
async def test_what_cannot_be_sent_is_refused(more: dict[str, Any], pointer: str, local_cloud: LocalCloud):
    request = {"to": TO, "message": "Hi", **more}
    response = await local_cloud.post("sms/Send", request)
    assert response.status_code == 400, response.text
    assert [each["pointer"] for each in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("a" * 160, ("gsm", 160, 1)),
        ("a" * 161, ("gsm", 161, 2)),
        ("a" * 306, ("gsm", 306, 2)),
        ("a" * 307, ("gsm", 307, 3)),
        ("€" * 80, ("gsm", 160, 1)),
        ("€" * 81, ("gsm", 162, 2)),
        ("ő" * 70, ("ucs2", 70, 1)),
        ("ő" * 71, ("ucs2", 71, 2)),
        ("😀" * 35, ("ucs2", 70, 1)),
        ("😀" * 36, ("ucs2", 72, 2)),
    ],
)
def test_messages_are_counted_as_networks_do(text: str, size: tuple[str, int, int]):
    assert tuple(size_of(text)) == size


async def test_a_message_costs_its_countrys_price_for_each_segment(local_cloud: LocalCloud):
    application, project = local_cloud.application, "prj_sender"
    await application.books.open(project, "free")
    await application.books.move(project, "grant", Movement(amount=usd("20"), reason="a test"))
    key, _ = await application.keyring.create(project, "", ("*", "provider"), None)
    headers = {"Authorization": f"Bearer {key}"}
    await local_cloud.call("provider/Set", {**TWILIO, "cloud": True})
    for request, cost in (
        ({"to": "+12025550123", "from": "+12025550199", "message": "a" * 161}, "0.04"),
        ({"to": TO, "from": "Alice", "message": "Hi"}, "0.1"),
        ({"to": TO, "from": "Alice", "message": "a" * 1600}, "1.1"),
        ({"to": TO, "from": "Alice", "message": "😀" * 100}, "0.3"),
        ({"to": "+261321234567", "from": "Alice", "message": "Hi"}, "0.75"),
    ):
        response = await local_cloud.post("sms/Send", request, headers=headers)
        assert response.status_code == 200, response.text
        assert response.headers["usage-cost"] == cost
    dear = {"to": TO, "from": "Alice", "message": "a" * 307}
    for most, status in (("0.29", 402), ("0.3", 200)):  # what three segments to there cost is held
        answered = await local_cloud.post("sms/Send", dear, headers={**headers, "Max-Cost": most})
        assert answered.status_code == status, answered.text
    await local_cloud.call("provider/Remove", {"service": "sms", "provider": "twilio", "cloud": True})
    kept = await local_cloud.post("sms/Send", {"to": TO, "message": "Hi"}, headers=headers)
    assert (kept.json()["state"], kept.headers["usage-cost"]) == ("kept", "0")


TWILIO = {
    "service": "sms",
    "provider": "twilio",
    "credentials": dict(FAKES["sms-twilio"].credentials),
}


async def test_the_cloud_sells_no_messages_to_where_their_cost_is_not_known(
    local_cloud: LocalCloud, outside: Outside
):
    havana = {"to": "+5352345678", "from": "Alice", "message": "Hi"}
    await local_cloud.call("provider/Set", {**TWILIO, "cloud": True})
    (double,) = (each for each in outside.running if each.fake.provider == "twilio")
    asked = len(double.asked)
    refused = await local_cloud.post("sms/Send", havana)
    assert refused.status_code == 400, refused.text
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "/to"
    assert "CU are not sold here: use credentials of your own" in error["detail"]
    assert len(double.asked) == asked
    await local_cloud.call("provider/Set", TWILIO)
    assert (await local_cloud.call("sms/Send", havana))["state"] == "accepted"


def test_regions_are_sold_whose_price_is_known(local_cloud: LocalCloud):
    tariff = local_cloud.application.prices.tariff()
    priced = {each: tariff.find("sms.send", each) for each in SUPPORTED_REGIONS}
    assert {each for each, price in priced.items() if price is None} == {
        *("BY", "CU", "IR", "KP", "RU", "SY"),  # sanctions
        *("PR", "VI"),  # nobody's list has them apart from the United States
    }
    assert all(usd("0.02") <= price <= usd("1") for price in priced.values() if price)


async def test_a_test_key_sends_nothing(local_cloud: LocalCloud):
    await local_cloud.call("provider/Set", {**TWILIO, "cloud": True})
    made = await local_cloud.call("key/Create", {"scopes": ["sms"], "environment": "test"})
    response = await local_cloud.post(
        "sms/Send", {"to": TO, "message": "Hi"}, headers={"Authorization": f"Bearer {made['key']}"}
    )
    assert response.json()["state"] == "kept"
    assert (await send(local_cloud))["state"] == "accepted"


async def test_a_time_out_leaves_it_unknown_and_nothing_is_sent_again(
    local_cloud: LocalCloud, outside: Outside, monkeypatch: pytest.MonkeyPatch
):
    hurry(monkeypatch, 0.5)
    await set_up(local_cloud, FAKES["sms-twilio"], FAKES["sms-vonage"])
    doubles = {each.fake.provider: each for each in outside.running if each.fake.service == "sms"}
    before = {name: len(each.asked) for name, each in doubles.items()}
    doubles["twilio"].faults.append("slow")
    response = await local_cloud.post("sms/Send", {"from": "Alice", "to": TO, "message": "Hi"})
    assert response.status_code == 502
    assert response.json()["retryable"] is False
    assert len(doubles["twilio"].asked) == before["twilio"] + 1
    assert len(doubles["vonage"].asked) == before["vonage"]
    newest = (await local_cloud.call("sms/List", {"limit": 1}))["messages"][0]
    assert newest["state"] == "unknown"


async def test_after_a_crash_a_repeat_sends_nothing_again(local_cloud: LocalCloud, outside: Outside):
    """The message was kept, and then the process ended: nobody knows whether it was sent."""
    await set_up(local_cloud, FAKES["sms-twilio"])
    double = next(each for each in outside.running if each.fake.provider == "twilio")
    key = "a-repeated-call"
    once = sha256(key.encode()).hexdigest()
    sql = local_cloud.application.sql.bound(await local_cloud.application.keyring.first_project())
    await sql.run(KEEP, "sms_1", "Alice", TO, "Hi", 1, once, 1)
    asked = len(double.asked)
    response = await local_cloud.post(
        "sms/Send", {"from": "Alice", "to": TO, "message": "Hi"}, headers={"Idempotency-Key": key}
    )
    assert response.status_code == 502
    assert len(double.asked) == asked


async def test_what_nobody_took_is_sent_when_the_call_is_repeated(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, FAKES["sms-twilio"])
    double = next(each for each in outside.running if each.fake.provider == "twilio")
    double.faults.append("limited")
    request, headers = {"from": "Alice", "to": TO, "message": "Hi"}, {"Idempotency-Key": "k-42"}
    refused = await local_cloud.post("sms/Send", request, headers=headers)
    assert (refused.status_code, refused.json()["retryable"]) == (503, True)
    await local_cloud.call("provider/Check", {"service": "sms", "provider": "twilio"})
    asked = len(double.asked)
    first = await local_cloud.post("sms/Send", request, headers=headers)
    again = await local_cloud.post("sms/Send", request, headers=headers)
    assert (first.status_code, again.json()) == (200, first.json())
    assert len(double.asked) == asked + 1
    (message,) = (await local_cloud.call("sms/List"))["messages"]
    assert message["state"] == "accepted"
    assert (await local_cloud.call("usage/Storage"))["records"] == 1


async def test_a_refusal_lets_another_send_it(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, FAKES["sms-twilio"], FAKES["sms-vonage"])
    double = next(each for each in outside.running if each.fake.provider == "twilio")
    double.faults.append("unauthorized")
    reply = await send(local_cloud)
    assert (await local_cloud.call("sms/Read", {"id": reply["id"]}))["sms"]["provider"] == "vonage"


async def _hook(cloud: LocalCloud, provider: str, body: bytes, headers: dict[str, str]) -> int:
    project = await cloud.application.keyring.first_project()
    url = f"/hooks/sms/{provider}/{project}"
    return (await cloud.client.post(url, content=body, headers=headers)).status_code


async def _provider_id(cloud: LocalCloud, message: dict[str, Any]) -> str:
    project = await cloud.application.keyring.first_project()
    sql = cloud.application.sql.bound(project)
    row = await sql.point(
        "SELECT provider_id FROM sms_messages WHERE project = ?1 AND id = ?2", message["id"]
    )
    assert row is not None
    return row[0]


def _signed_by_twilio(url: str, form: dict[str, str], token: str = twilio.TOKEN) -> dict[str, str]:
    signed = url + "".join(name + form[name] for name in sorted(form))
    return {
        "X-Twilio-Signature": b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }


def test_the_signature_is_that_of_twilios_documentation():
    """Its libraries' documentation has had this example for years."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    assert signature("12345", url, form) == b"RSOYDt4T1cUTdK1PDd93/VVr8B8="


async def test_twilio_tells_what_becomes_of_a_message_in_any_order(local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES["sms-twilio"])
    message = await send(local_cloud)
    sid = await _provider_id(local_cloud, message)
    project = await local_cloud.application.keyring.first_project()
    url = f"{PUBLIC}/hooks/sms/twilio/{project}"

    async def tell(status: str) -> int:
        form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": twilio.SID}
        return await _hook(local_cloud, "twilio", urlencode(form).encode(), _signed_by_twilio(url, form))

    assert await tell("sent") == 200
    assert await state_of(local_cloud, message) == "sent"
    assert await tell("delivered") == 200
    assert await tell("sent") == 200
    assert await tell("delivered") == 200
    assert await tell("failed") == 200
    assert await state_of(local_cloud, message) == "delivered"


async def test_who_is_not_twilio_is_not_believed(local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES["sms-twilio"])
    message = await send(local_cloud)
    sid = await _provider_id(local_cloud, message)
    form = {"MessageSid": sid, "MessageStatus": "delivered"}
    project = await local_cloud.application.keyring.first_project()
    url = f"{PUBLIC}/hooks/sms/twilio/{project}"
    for headers in ({}, _signed_by_twilio(url, form, "another's"), _signed_by_twilio(url + "?a", form)):
        assert await _hook(local_cloud, "twilio", urlencode(form).encode(), headers) == 403
    assert await state_of(local_cloud, message) == "accepted"
    assert (await local_cloud.client.post("/hooks/sms/outbox/x", content=b"")).status_code == 404
    assert (await local_cloud.client.post("/hooks/sms/twilio", content=b"")).status_code == 404


@pytest.mark.parametrize(
    ("status", "state"),
    [("delivered", "delivered"), ("rejected", "failed"), ("undeliverable", "failed"), ("submitted", "sent")],
)
async def test_vonage_tells_what_becomes_of_a_message(status: str, state: str, local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES["sms-vonage"])
    message = await send(local_cloud)
    told = vonage.told(await _provider_id(local_cloud, message), status)
    assert await _hook(local_cloud, "vonage", told.body, dict(told.headers)) == 200
    assert await state_of(local_cloud, message) == state


async def test_who_is_not_vonage_is_not_believed(local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES["sms-vonage"])
    message = await send(local_cloud)
    provider_id = await _provider_id(local_cloud, message)
    forged = vonage.told(provider_id, "delivered", "another-secret-of-32-characters!!!!!")
    others = vonage.told(provider_id, "delivered", payload_hash=sha256(b"other").hexdigest())
    for told in (forged, others, replace(forged, headers={})):
        assert await _hook(local_cloud, "vonage", told.body, dict(told.headers)) == 403
    assert await state_of(local_cloud, message) == "accepted"


async def test_vonage_is_asked_to_tell_it_in_the_form_that_is_read(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, FAKES["sms-vonage"])
    await send(local_cloud)
    double = next(each for each in outside.running if each.fake.provider == "vonage")
    asked = msgspec.json.decode(double.bodies[-1])
    project = await local_cloud.application.keyring.first_project()
    assert asked["webhook_url"] == f"{PUBLIC}/hooks/sms/vonage/{project}"
    assert asked["webhook_version"] == "v1"


async def test_what_is_deleted_takes_no_room(local_cloud: LocalCloud):
    sent = [await send(local_cloud) for _ in range(2)]
    assert (await local_cloud.call("usage/Storage"))["records"] == 2
    for each in sent:
        await local_cloud.call("sms/Delete", {"id": each["id"]})
        assert (await local_cloud.post("sms/Delete", {"id": each["id"]})).status_code == 404
    kept = await local_cloud.call("usage/Storage")
    assert (kept["records"], kept["bytes"]) == (0, 0)
    assert (await local_cloud.call("sms/List"))["messages"] == []


async def test_pages_of_one_phones_messages_hold_each_once(local_cloud: LocalCloud, clock: ManualClock):
    sent = list[str]()
    for number in range(9):
        clock.advance(1)
        message = await send(local_cloud, **({"to": "+447400123457"} if number % 3 == 0 else {}))
        if number % 3:
            sent.append(message["id"])
    found, before = list[str](), ""
    while page := (await local_cloud.call("sms/List", {"recipient": TO, "limit": 4, "before": before}))[
        "messages"
    ]:
        found, before = [*found, *(each["id"] for each in page)], page[-1]["id"]
    assert found == sent[::-1]
