"""Messages are looked through, kept, and handed on once."""

import json
from base64 import b64decode
from email import message_from_string
from email.policy import default
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace
from reach import FAKES, hurry, set_up

from brickyard.contract import usd
from brickyard.engines.egress.allowed import AllowedToTenants
from brickyard.platform.billing.movements import Movement
from brickyard.services.email.messages import KEEP
from brickyard.services.email.providers.smtp import SmtpCredentials
from brickyard.settings import Settings
from cloud import LocalCloud
from mailserver import PASSWORD, USER, mail_server
from outside import Outside

HELLO = {"from": "Awesome Dot Com", "to": "ada@example.com", "subject": "Welcome", "text_body": "Hello."}
REMOTE = ("amazon_ses", "sendgrid", "postmark", "mailgun")


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


async def send(cloud: LocalCloud, **more: Any) -> dict[str, Any]:
    return await cloud.call("email/Send", {**HELLO, **more})


async def read(cloud: LocalCloud, sent: dict[str, Any]) -> dict[str, Any]:
    return await cloud.call("email/Read", {"id": sent["id"]})


async def test_without_a_provider_a_message_is_kept_with_its_source(local_cloud: LocalCloud):
    more = {"html_body": "<p>Hello.</p>", "cc": "Bob <bob@example.com>", "reply_to": "s@example.com"}
    sent = await send(local_cloud, **more)
    assert sent["state"] == "kept"
    found = await read(local_cloud, sent)
    assert found["message"]["provider"] == "outbox"
    assert found["message"]["recipients"] == ["ada@example.com", "bob@example.com"]
    source = message_from_string(found["source"], policy=default)
    assert source["Subject"] == "Welcome"
    assert source["From"].startswith("Awesome Dot Com <")
    assert (source["To"], source["Cc"], source["Reply-To"]) == (
        "ada@example.com",
        "Bob <bob@example.com>",
        "s@example.com",
    )
    assert sorted(part.get_content_type() for part in source.walk()) == [
        "multipart/alternative",
        "text/html",
        "text/plain",
    ]


async def test_who_gets_a_blind_copy_stands_in_no_header(local_cloud: LocalCloud):
    found = await read(local_cloud, await send(local_cloud, bcc="eve@example.com"))
    assert "eve@example.com" in found["message"]["recipients"]
    assert "eve@example.com" not in found["source"]


async def test_files_come_with_it(local_cloud: LocalCloud):
    file = {"name": "bill.pdf", "media_type": "application/pdf", "content": "JVBERi0="}
    source = (await read(local_cloud, await send(local_cloud, attachments=[file])))["source"]
    message = message_from_string(source, policy=default)
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("bill.pdf", "application/pdf")
    assert attached.get_content() == b"%PDF-"


HOSTILE = [
    ({"to": ""}, "/to"),
    ({"to": "nobody"}, "/to"),
    ({"to": "a@b@c.example"}, "/to"),
    ({"to": "ada@example.com\r\nBcc: eve@example.com"}, "/to"),
    ({"to": "ada@example.com\nBcc: eve@example.com"}, "/to"),
    ({"to": '"ada@example.com'}, "/to"),
    ({"to": "<<ada@example.com>>"}, "/to"),
    ({"to": "ada@example.com, ,bob@example.com"}, "/to"),
    ({"to": "ada@example.com, ADA@example.com"}, "/to"),
    ({"to": ", ".join(f"a{number}@example.com" for number in range(51))}, "/to"),
    ({"to": "a" * 300 + "@example.com"}, "/to"),
    ({"to": "ада@example.com"}, "/to"),
    ({"to": "ada@exam\u0000ple.com"}, "/to"),
    ({"to": "ada@[127.0.0.1]"}, "/to"),
    ({"cc": "bob@example.com\r\nX: y"}, "/cc"),
    ({"bcc": "@"}, "/bcc"),
    ({"reply_to": "x\r\n@example.com"}, "/reply_to"),
    ({"from": "Eve\r\nBcc: all@example.com"}, "/from"),
    ({"from": "Eve <eve@example.com>, Mallory <m@example.com>"}, "/from"),
    ({"text_body": ""}, "/text_body"),
    ({"text_body": " \n"}, "/text_body"),
]


@pytest.mark.parametrize(("more", "pointer"), HOSTILE)
async def test_what_makes_no_message_is_refused(more: dict[str, Any], pointer: str, local_cloud: LocalCloud):
    response = await local_cloud.post("email/Send", {**HELLO, **more})
    assert response.status_code == 400, response.text
    assert [each["pointer"] for each in response.json()["errors"]] == [pointer]
    assert (await local_cloud.call("email/List", {}))["messages"] == []


@pytest.mark.parametrize(
    ("endpoint", "request_", "detail"),
    [
        ("Send", {"to": "ada"}, "The `to` address 'ada' is not valid: an email address must have an @-sign."),
        (
            "Send",
            {"to": "ada@example.com", "reply_to": "bob@"},
            "The `reply_to` address 'bob@' is not valid: there must be something after the @-sign.",
        ),
        ("Parse", {"address": ""}, "The address '' is not valid: an email address must have an @-sign."),
    ],
)
async def test_it_is_said_in_a_sentence_what_is_wrong_with_an_address(
    endpoint: str, request_: dict[str, Any], detail: str, local_cloud: LocalCloud
):
    request = {**HELLO, **request_} if endpoint == "Send" else request_
    assert (await local_cloud.post(f"email/{endpoint}", request)).json()["errors"][0]["detail"] == detail


@pytest.mark.parametrize(
    "more",
    [
        {"subject": "Hi\r\nBcc: eve@example.com"},
        {"subject": "Hi\nBcc: eve@example.com"},
        {"subject": "a" * 999},
        {"subject": ""},
        {"attachments": [{"name": "a\r\nX: y", "content": ""}]},
        {"attachments": [{"name": "a", "media_type": "text/plain\r\nX: y", "content": ""}]},
        {"attachments": [{"name": "a", "media_type": "no-type", "content": ""}]},
        {"attachments": [{"name": "a", "content": "not base64!"}]},
        {"attachments": [{"name": f"{number}", "content": ""} for number in range(11)]},
    ],
)
async def test_headers_cannot_be_injected_and_files_are_bounded(
    more: dict[str, Any], local_cloud: LocalCloud
):
    response = await local_cloud.post("email/Send", {**HELLO, **more})
    assert response.status_code == 400, response.text


@pytest.mark.parametrize(
    ("address", "name", "plain"),
    [
        ("Joe Blogs <joe@example.com>", "Joe Blogs", "joe@example.com"),
        ('"Blogs, Joe" <joe@example.com>', "Blogs, Joe", "joe@example.com"),
        ("joe@example.com", "", "joe@example.com"),
        ("joe@bücher.example", "", "joe@xn--bcher-kva.example"),
        ("=?utf-8?Q?J=C3=B6rg?= <joe@example.com>", "Jörg", "joe@example.com"),
        ("=?iso-8859-1?B?SvZyZw==?= =?utf-8?Q?_M?= <joe@example.com>", "Jörg M", "joe@example.com"),
        ("=?klingon?Q?J?= <joe@example.com>", "=?klingon?Q?J?=", "joe@example.com"),
        ("=?utf-8?B?%?= <joe@example.com>", "=?utf-8?B?%?=", "joe@example.com"),
    ],
)
async def test_addresses_are_taken_apart(address: str, name: str, plain: str, local_cloud: LocalCloud):
    assert await local_cloud.call("email/Parse", {"address": address}) == {"name": name, "address": plain}


@pytest.mark.parametrize(
    ("address", "valid"),
    [
        ("joe@example.com", True),
        ("joe+tag@sub.example.co.uk", True),
        ("joe@bücher.example", True),
        ("", False),
        ("joe", False),
        ("joe@", False),
        ("@example.com", False),
        ("joe..blogs@example.com", False),
        ("joe@exa mple.com", False),
        ("Joe <joe@example.com>", False),
        ("joe@example.com\r\n", False),
        ("a" * 65 + "@example.com", False),
    ],
)
async def test_addresses_are_looked_at(address: str, valid: bool, local_cloud: LocalCloud):  # noqa: FBT001 - what is expected
    assert await local_cloud.call("email/Validate", {"address": address}) == {"is_valid": valid}


async def test_an_encoded_name_hides_no_line_break(local_cloud: LocalCloud):
    response = await local_cloud.post("email/Parse", {"address": "=?utf-8?Q?J=0D=0AX?= <joe@example.com>"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/address"


OWN = {
    "List-Unsubscribe": f"<https://shop.example/{'u' * 200}>, <mailto:off@shop.example>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "In-Reply-To": "<1@example.com>",
    "References": "<0@example.com> <1@example.com>",
    "X-Order": "17",
}


async def test_own_headers_travel_as_they_are(local_cloud: LocalCloud):
    found = await read(local_cloud, await send(local_cloud, headers=OWN))
    lines = found["source"].splitlines()
    assert all(f"{name}: {value}" in lines for name, value in OWN.items())
    async with mail_server(auth=True) as server:
        await local_cloud.call("provider/Set", _smtp(server.port))
        await send(local_cloud, headers=OWN)
        (envelope,) = server.taken
        lines = (envelope.original_content or envelope.content).decode().splitlines()
        assert all(f"{name}: {value}" in lines for name, value in OWN.items())


@pytest.mark.parametrize("name", REMOTE)
async def test_own_headers_reach_each_provider(name: str, local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, FAKES[f"email-{name}"])
    (double,) = (
        each for each in outside.running if each.fake.service == "email" and each.fake.provider == name
    )
    assert (await send(local_cloud, headers={"X-Order": "order-4711"}))["state"] == "sent"
    body = double.bodies[-1]
    if name == "amazon_ses":
        body = b64decode(json.loads(body)["Content"]["Raw"]["Data"])
    assert b"X-Order" in body
    assert b"order-4711" in body


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "Other"},
        {"Bcc": "eve@example.com"},
        {"Message-ID": "<1@example.com>"},
        {"DKIM-Signature": "v=1"},
        {"X-Ok\r\nBcc": "eve@example.com"},
        {"X-Ok": "a\r\nBcc: eve@example.com"},
        {"X-Ok": "ö"},
        {"X-Ok": " a"},
        {"X-Ok": "a" * 901},
        {"X-Ok": "1", "x-ok": "2"},
        {"X-SES-Configuration-Set": "other"},
        {"X-Mailgun-Tag": "a"},
        {"X-SMTPAPI": "{}"},
        {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        {"List-Unsubscribe": "<https://a.example>", "List-Unsubscribe-Post": "yes"},
    ],
)
async def test_headers_that_are_not_theirs_to_give_are_refused(
    headers: dict[str, str], local_cloud: LocalCloud
):
    response = await local_cloud.post("email/Send", {**HELLO, "headers": headers})
    assert response.status_code == 400, response.text
    assert [each["pointer"] for each in response.json()["errors"]] == ["/headers"]


async def test_messages_are_found_by_recipient_state_and_time(local_cloud: LocalCloud):
    first = (await send(local_cloud, to="a_a@example.com, bob@example.com"))["id"]
    second = (await send(local_cloud, to="aba@example.com"))["id"]
    created = (await read(local_cloud, {"id": first}))["message"]["created_at"]
    for asked, found in (
        ({"recipient": "A_a@Example.com"}, [first]),
        ({"recipient": "bob@example.com"}, [first]),
        ({"recipient": "ob@example.com"}, []),
        ({"recipient": "%"}, []),
        ({"state": "kept"}, [second, first]),
        ({"state": "sent"}, []),
        ({"since": created}, [second, first]),
        ({"until": created}, []),
        ({"since": "0001-01-01T00:00:00Z", "until": "9999-12-31T23:59:59Z"}, [second, first]),
    ):
        listed = await local_cloud.call("email/List", asked)
        assert [each["id"] for each in listed["messages"]] == found, asked
    response = await local_cloud.post("email/List", {"since": "yesterday"})
    assert response.json()["errors"][0]["pointer"] == "/since"


async def test_what_is_suppressed_gets_nothing(local_cloud: LocalCloud):
    await local_cloud.call("email/Suppress", {"address": "Ada@Example.com", "reason": "she asked for it"})
    listed = (await local_cloud.call("email/ListSuppressions", {}))["suppressions"]
    assert [(each["address"], each["reason"]) for each in listed] == [("ada@example.com", "she asked for it")]
    assert (await local_cloud.post("email/Send", HELLO)).status_code == 400
    sent = await send(local_cloud, to="bob@example.com", cc="Ada <ADA@example.com>")
    assert sent["skipped"] == ["ada@example.com"]
    found = await read(local_cloud, sent)
    assert found["message"]["recipients"] == ["bob@example.com"]
    assert "ada" not in found["source"].lower()
    await local_cloud.call("email/Unsuppress", {"address": "ada@example.com"})
    assert (await local_cloud.post("email/Unsuppress", {"address": "ada@example.com"})).status_code == 404
    assert (await send(local_cloud))["skipped"] == []


@pytest.mark.parametrize("name", REMOTE)
async def test_everything_a_message_has_reaches_its_provider(name: str, local_cloud: LocalCloud):
    await set_up(local_cloud, FAKES[f"email-{name}"])
    sent = await send(
        local_cloud,
        to='"Lovelace, Ada" <ada@example.com>, bob@example.com',
        cc="carl@example.com",
        bcc="dora@example.com",
        reply_to="Shop <shop@example.com>",
        html_body="<p>Hello.</p>",
        attachments=[{"name": "a.txt", "media_type": "text/plain", "content": "aGk="}],
    )
    found = await read(local_cloud, sent)
    assert found["message"]["state"] == "sent"
    assert found["message"]["provider"] == name
    assert found["message"]["provider_id"]
    assert "Awesome Dot Com <shop@" in found["source"]


@pytest.mark.parametrize("name", REMOTE)
async def test_with_the_clouds_account_nobody_writes_in_anothers_name(name: str, local_cloud: LocalCloud):
    fake = FAKES[f"email-{name}"]
    place = {"service": "email", "provider": name}
    await local_cloud.call("provider/Set", {**place, "credentials": dict(fake.credentials), "cloud": True})
    forged = await local_cloud.post("email/Send", {**HELLO, "from": "ceo@bank.example"})
    assert forged.status_code == 400
    assert (await send(local_cloud))["state"] == "sent"
    await local_cloud.call("provider/Set", {**place, "credentials": dict(fake.credentials)})
    assert (await send(local_cloud, **{"from": "Me <me@mine.example>"}))["state"] == "sent"


async def test_when_the_provider_is_down_a_message_is_not_quietly_kept(
    local_cloud: LocalCloud, outside: Outside
):
    await set_up(local_cloud, FAKES["email-sendgrid"])
    await local_cloud.call("provider/Choose", {"service": "email", "order": []})
    double = next(each for each in outside.running if each.fake.provider == "sendgrid")
    double.faults.append("unauthorized")
    response = await local_cloud.post("email/Send", HELLO)
    assert response.status_code == 503
    newest = (await local_cloud.call("email/List", {"limit": 1}))["messages"][0]
    assert (newest["state"], newest["provider"]) == ("failed", "")


@pytest.mark.parametrize("fault", ["down", "half", "slow"])
async def test_nothing_is_sent_twice(
    fault: Any, local_cloud: LocalCloud, outside: Outside, monkeypatch: pytest.MonkeyPatch
):
    hurry(monkeypatch, 0.5)
    await set_up(local_cloud, FAKES["email-sendgrid"], FAKES["email-postmark"])
    doubles = {each.fake.provider: each for each in outside.running if each.fake.service == "email"}
    before = {name: len(each.asked) for name, each in doubles.items()}
    doubles["sendgrid"].faults.append(fault)
    response = await local_cloud.post("email/Send", HELLO)
    assert response.status_code == 502
    assert len(doubles["sendgrid"].asked) == before["sendgrid"] + 1
    assert len(doubles["postmark"].asked) == before["postmark"]
    newest = (await local_cloud.call("email/List", {"limit": 1}))["messages"][0]
    assert newest["state"] == "unknown"


async def test_after_a_crash_a_repeat_sends_nothing_again(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, FAKES["email-sendgrid"])
    double = next(each for each in outside.running if each.fake.provider == "sendgrid")
    once = sha256(b"a-repeated-call").hexdigest()
    sql = local_cloud.application.sql.bound(await local_cloud.application.keyring.first_project())
    await sql.run(KEEP, "eml_1", once, "ada@example.com", "Welcome", b"From: us", 1)
    asked = len(double.asked)
    response = await local_cloud.post("email/Send", HELLO, headers={"Idempotency-Key": "a-repeated-call"})
    assert response.status_code == 502
    assert len(double.asked) == asked


async def test_what_nobody_took_is_sent_when_the_call_is_repeated(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, FAKES["email-postmark"])
    double = next(each for each in outside.running if each.fake.provider == "postmark")
    double.faults.append("limited")
    headers = {"Idempotency-Key": "k-42"}
    refused = await local_cloud.post("email/Send", HELLO, headers=headers)
    assert (refused.status_code, refused.json()["retryable"]) == (503, True)
    await local_cloud.call("provider/Check", {"service": "email", "provider": "postmark"})
    first = await local_cloud.post("email/Send", HELLO, headers=headers)
    again = await local_cloud.post("email/Send", HELLO, headers=headers)
    assert (first.status_code, again.json()) == (200, first.json()), first.text
    (message,) = (await local_cloud.call("email/List"))["messages"]
    assert message["state"] == "sent"
    assert (await local_cloud.call("usage/Storage"))["records"] == 1


async def test_a_test_key_sends_nothing_and_what_is_kept_costs_nothing(local_cloud: LocalCloud):
    application, project = local_cloud.application, "prj_writer"
    await application.books.open(project, "free")
    await application.books.move(project, "grant", Movement(amount=usd("1"), reason="a test"))
    key, _ = await application.keyring.create(project, "", ("*",), None)
    headers = {"Authorization": f"Bearer {key}"}
    kept = await local_cloud.post("email/Send", HELLO, headers=headers)
    assert (kept.json()["state"], kept.headers["usage-cost"]) == ("kept", "0")
    credentials = dict(FAKES["email-sendgrid"].credentials)
    place = {"service": "email", "provider": "sendgrid", "cloud": True}
    await local_cloud.call("provider/Set", {**place, "credentials": credentials})
    sent = await local_cloud.post("email/Send", HELLO, headers=headers)
    assert (sent.json()["state"], sent.headers["usage-cost"]) == ("sent", "0.01")
    many = {**HELLO, "to": "ada@example.com, bob@example.com", "bcc": "carl@example.com"}
    for most, status in (("0.02", 402), ("0.03", 200)):  # so much is held
        sent = await local_cloud.post("email/Send", many, headers={**headers, "Max-Cost": most})
        assert sent.status_code == status, sent.text
    assert sent.headers["usage-cost"] == "0.03"
    await local_cloud.post("email/Suppress", {"address": "bob@example.com"}, headers=headers)
    sent = await local_cloud.post("email/Send", many, headers=headers)
    assert (sent.json()["skipped"], sent.headers["usage-cost"]) == (["bob@example.com"], "0.02")
    made = await local_cloud.call("key/Create", {"scopes": ["email"], "environment": "test"})
    test = await local_cloud.post("email/Send", HELLO, headers={"Authorization": f"Bearer {made['key']}"})
    assert test.json()["state"] == "kept"


def _smtp(port: int, password: str = PASSWORD) -> dict[str, Any]:
    server = f"smtp://{USER}:{password}@127.0.0.1:{port}"
    return {
        "service": "email",
        "provider": "smtp",
        "credentials": {"server": server, "sender": "Shop <shop@example.com>"},
    }


async def test_mail_goes_by_smtp(local_cloud: LocalCloud):
    async with mail_server(auth=True) as server:
        await local_cloud.call("provider/Set", _smtp(server.port))
        place = {"service": "email", "provider": "smtp"}
        assert (await local_cloud.call("provider/Check", place))["ok"]
        sent = await send(local_cloud, cc="bob@example.com", bcc="eve@example.com")
        (envelope,) = server.taken
        assert envelope.rcpt_tos == ["ada@example.com", "bob@example.com", "eve@example.com"]
        assert b"eve@example.com" not in (envelope.original_content or envelope.content)
        assert (await read(local_cloud, sent))["message"]["provider"] == "smtp"


async def test_smtp_refusals_are_told_apart_and_hide_the_password(local_cloud: LocalCloud):
    async with mail_server(auth=True) as server:
        await local_cloud.call("provider/Set", _smtp(server.port, "wr0ng-passw0rd"))
        response = await local_cloud.post("email/Send", HELLO)
        assert response.json()["tried"][0]["kind"] == "auth"
        assert "wr0ng-passw0rd" not in response.text
        await local_cloud.call("provider/Set", _smtp(server.port))
        server.rcpt = "550 no such user"
        response = await local_cloud.post("email/Send", HELLO)
        assert response.status_code == 400
        server.rcpt, server.drops = "250 OK", True
        response = await local_cloud.post("email/Send", HELLO)
        assert response.status_code == 502
        assert server.begun == 1


async def test_who_is_refused_at_once_is_named_and_what_went_to_others_is_paid_for(local_cloud: LocalCloud):
    application, project = local_cloud.application, "prj_writer"
    await application.books.open(project, "free")
    await application.books.move(project, "grant", Movement(amount=usd("1"), reason="a test"))
    key, _ = await application.keyring.create(project, "", ("*",), None)
    headers = {"Authorization": f"Bearer {key}"}
    async with mail_server(auth=True) as server:
        await local_cloud.call("provider/Set", {**_smtp(server.port), "cloud": True})
        server.refuses = {"Bob@example.com": "550 no such user"}
        sent = await local_cloud.post("email/Send", {**HELLO, "cc": "Bob@example.com"}, headers=headers)
        assert sent.status_code == 200
        assert (sent.json()["state"], sent.json()["skipped"]) == ("sent", ["bob@example.com"])
        assert sent.headers["usage-cost"] == "0.01"
        (envelope,) = server.taken
        assert envelope.rcpt_tos == ["ada@example.com"]
    found = await local_cloud.post("email/Read", {"id": sent.json()["id"]}, headers=headers)
    (outcome,) = found.json()["outcomes"]
    assert (outcome["address"], outcome["state"]) == ("bob@example.com", "bounced")
    assert outcome["note"] == "550 no such user"
    assert (await local_cloud.post("email/ListSuppressions", {}, headers=headers)).json()[
        "suppressions"
    ] == []


async def test_what_a_mailbox_puts_off_closes_the_server_for_nobody(local_cloud: LocalCloud):
    async with mail_server(auth=True) as server:
        await local_cloud.call("provider/Set", {**_smtp(server.port), "cloud": True})
        server.refuses = {"ada@example.com": "450 greylisted"}
        for _ in range(5):
            put_off = await local_cloud.post("email/Send", HELLO)
            assert (put_off.status_code, put_off.json()["retryable"]) == (503, True)
            assert "greylisted" in put_off.json()["detail"]
        assert (await send(local_cloud, to="bob@example.com"))["state"] == "sent"


class TestWithNothingAllowedToTenants:
    @pytest.fixture
    def settings(self, settings: Settings, outside: Outside) -> Settings:
        return replace(outside.reached_by(settings), egress_allow_tenants=AllowedToTenants())

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1"])
    async def test_a_projects_mail_server_is_not_of_this_machine_or_network(
        self, host: str, local_cloud: LocalCloud
    ):
        credentials = {"server": f"smtp://u:p@{host}:25", "sender": "shop@example.com"}
        place = {"service": "email", "provider": "smtp"}
        refused = await local_cloud.post("provider/Set", {**place, "credentials": credentials})
        assert refused.status_code == 400
        assert "BRICKYARD_EGRESS_ALLOW_TENANTS" in refused.text

    async def test_a_name_that_leads_to_this_machine_is_refused_when_it_is_called(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ):
        credentials = {"server": "smtp://u:p@localhost:25", "sender": "shop@example.com"}
        place = {"service": "email", "provider": "smtp"}
        with monkeypatch.context() as before:
            before.setattr(SmtpCredentials, "check", lambda *_: None)
            await local_cloud.call("provider/Set", {**place, "credentials": credentials})
        checked = await local_cloud.call("provider/Check", place)
        assert not checked["ok"]
        assert checked["detail"].startswith("unreachable: ")
        assert "BRICKYARD_EGRESS_ALLOW_TENANTS" in checked["detail"]

    async def test_the_clouds_mail_server_is_reached_by_the_operators_list(self, local_cloud: LocalCloud):
        async with mail_server(auth=True) as server:
            await local_cloud.call("provider/Set", {**_smtp(server.port), "cloud": True})
            assert (await send(local_cloud))["state"] == "sent"
            assert (await local_cloud.post("provider/Set", _smtp(server.port))).status_code == 400


async def test_what_is_deleted_takes_no_room(local_cloud: LocalCloud):
    sent = [await send(local_cloud) for _ in range(2)]
    assert (await local_cloud.call("usage/Storage"))["records"] == 2
    for each in sent:
        await local_cloud.call("email/Delete", {"id": each["id"]})
        assert (await local_cloud.post("email/Delete", {"id": each["id"]})).status_code == 404
    kept = await local_cloud.call("usage/Storage")
    assert (kept["records"], kept["bytes"]) == (0, 0)
    assert (await local_cloud.call("email/List"))["messages"] == []


async def test_an_account_that_waits_for_approval_is_no_fault_of_the_callers(local_cloud: LocalCloud):
    place = {"service": "email", "provider": "postmark"}
    credentials = dict(FAKES["email-postmark"].credentials) | {"sender": "Shop <shop@pending.example>"}
    await local_cloud.call("provider/Set", {**place, "credentials": credentials})
    message = {"to": "ada@example.com", "subject": "Welcome", "text_body": "Hello."}
    response = await local_cloud.post("email/Send", message)
    assert response.status_code == 503, response.text
    assert {"provider": "postmark", "kind": "auth"}.items() <= response.json()["tried"][0].items()
