"""With the cloud's account a project writes from addresses that it has proven to be its own: no others."""

import asyncio
import json
import re
from email import message_from_bytes, message_from_string
from email.policy import default
from hashlib import sha256
from typing import Any

import pytest
from reach import FAKES

from brickyard.app import FIRST_KEY_SCOPES
from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.engines.mail.limits import ACCOUNT_LETTERS_MAX, MAILBOX_LETTERS_MAX
from brickyard.platform.billing.movements import Movement
from brickyard.services.email.senders import ADDRESS_LETTERS_MAX, LETTERS_MAX, TRIES_MAX
from brickyard.settings import Settings
from cloud import LocalCloud
from mailserver import PASSWORD, USER, mail_server
from outside import Outside
from signed_in import PLATFORM, Person, letters
from tenant import Tenant

OURS = "shop@mine.example"
HELLO = {"from": f"Shop <{OURS}>", "to": "ada@example.com", "subject": "Welcome", "text_body": "Hello."}
REMOTE = ("sendgrid", "postmark", "mailgun")
HOUR_S = 3600
CODE = re.compile(r"^([0-9a-f]{20})$", re.MULTILINE)


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


async def add(cloud: LocalCloud, address: str = OURS) -> str:
    """Have a code sent to an address; gives it, as whoever reads that mailbox finds it."""
    await cloud.call("email/AddSender", {"address": address})
    return await newest_code(cloud)


async def newest_code(cloud: LocalCloud) -> str:
    found = CODE.search((await letters(cloud))[0].get_content().replace("\r\n", "\n"))
    assert found
    return found[1]


async def verify(cloud: LocalCloud, code: str, address: str = OURS) -> int:
    return (await cloud.post("email/VerifySender", {"address": address, "code": code})).status_code


async def proven(cloud: LocalCloud, address: str = OURS) -> None:
    assert await verify(cloud, await add(cloud, address), address) == 200


async def use_the_clouds_account(cloud: LocalCloud, provider: str) -> None:
    place = {"service": "email", "provider": provider, "cloud": True}
    await cloud.call("provider/Set", {**place, "credentials": dict(FAKES[f"email-{provider}"].credentials)})


async def states(cloud: LocalCloud) -> dict[str, str]:
    return {each["address"]: each["state"] for each in (await cloud.call("email/ListSenders"))["senders"]}


async def test_an_address_is_proven_by_the_code_that_is_sent_there(local_cloud: LocalCloud):
    added = await local_cloud.call("email/AddSender", {"address": "Shop@Mine.example"})
    assert added == {"address": OURS, "state": "pending"}
    assert await states(local_cloud) == {OURS: "pending"}
    (letter,) = await letters(local_cloud)
    assert letter["To"] == OURS
    request = {"address": OURS, "code": f" {(await newest_code(local_cloud)).upper()} "}
    verified = await local_cloud.call("email/VerifySender", request)
    assert verified == {"address": OURS, "state": "verified"}
    assert await local_cloud.call("email/VerifySender", request) == verified
    assert await states(local_cloud) == {OURS: "verified"}
    sent = await local_cloud.call("email/Send", {**HELLO, "from": "Shop <SHOP@mine.example>"})
    source = (await local_cloud.call("email/Read", {"id": sent["id"]}))["source"]
    assert message_from_string(source, policy=default)["From"].lower() == f"shop <{OURS}>"


async def test_the_code_is_in_the_mailbox_and_the_operators_outbox_alone(local_cloud: LocalCloud):
    project = await Tenant.of(local_cloud)
    added = await project.reply("email/AddSender", {"address": OURS})
    code = await newest_code(local_cloud)
    shown = [
        added,
        await project.reply("email/List", {}),
        await project.reply("email/ListSenders", {}),
    ]
    assert code not in json.dumps(shown)
    assert shown[1]["messages"] == []
    for path in ("outbox/List", "outbox/Read"):
        request = {"id": "ltr_1"} if path.endswith("Read") else {}
        response = await local_cloud.post(path, request, headers={"Authorization": f"Bearer {project.key}"})
        assert response.status_code == 403
    (letter,) = (await local_cloud.call("outbox/List"))["letters"]
    assert code in (await local_cloud.call("outbox/Read", {"id": letter["id"]}))["source"]


async def test_only_a_hash_of_the_code_is_kept(local_cloud: LocalCloud):
    code = await add(local_cloud)
    sql = local_cloud.application.sql.bound(await local_cloud.application.keyring.first_project())
    (kept,) = await sql.rows("SELECT hash FROM email_sender_codes WHERE project = ?1 AND hash IS NOT NULL")
    assert bytes(kept[0]) == sha256(f"{OURS}:{code}".encode()).digest()
    rows = await sql.rows("SELECT * FROM email_sender_codes WHERE project = ?1")
    assert code not in str(rows)


async def test_an_address_that_was_not_proven_is_refused_and_it_is_said_what_to_do(local_cloud: LocalCloud):
    await add(local_cloud)  # which proves nothing yet
    response = await local_cloud.post("email/Send", HELLO)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["pointer"] == "/from"
    for way in ("email/AddSender", "email/VerifySender", "provider/Set", "name"):
        assert way in error["detail"]
    assert (await local_cloud.call("email/Send", {**HELLO, "from": "Shop"}))["state"] == "kept"


@pytest.mark.parametrize("name", REMOTE)
async def test_a_proven_address_goes_out_with_the_clouds_account(
    name: str, local_cloud: LocalCloud, outside: Outside
):
    await use_the_clouds_account(local_cloud, name)
    double = next(each for each in outside.running if each.fake.provider == name)
    asked = len(double.asked)
    assert (await local_cloud.post("email/Send", HELLO)).status_code == 400
    assert len(double.asked) == asked
    await proven(local_cloud)
    assert (await local_cloud.call("email/Send", HELLO))["state"] == "sent"
    assert OURS.encode() in double.bodies[-1]


async def test_with_ones_own_account_the_provider_decides(local_cloud: LocalCloud):
    place = {"service": "email", "provider": "sendgrid"}
    await local_cloud.call(
        "provider/Set", {**place, "credentials": dict(FAKES["email-sendgrid"].credentials)}
    )
    assert (await local_cloud.call("email/Send", HELLO))["state"] == "sent"


@pytest.mark.parametrize("name", ["sendgrid", "postmark", "amazon_ses"])
async def test_an_address_that_the_provider_does_not_let_pass_closes_the_account_for_nobody(
    name: str, local_cloud: LocalCloud
):
    await use_the_clouds_account(local_cloud, name)
    await proven(local_cloud, "shop@unsigned.example")
    for _ in range(4):
        response = await local_cloud.post("email/Send", {**HELLO, "from": "shop@unsigned.example"})
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "/from"
    assert (await local_cloud.call("email/Send", {**HELLO, "from": "Shop"}))["state"] == "sent"


async def test_a_mail_server_reports_to_the_cloud_what_it_cannot_deliver(local_cloud: LocalCloud):
    await proven(local_cloud)
    async with mail_server(auth=True) as server:
        credentials = {
            "server": f"smtp://{USER}:{PASSWORD}@127.0.0.1:{server.port}",
            "sender": "c@loud.example",
        }
        place = {"service": "email", "provider": "smtp", "credentials": credentials}
        await local_cloud.call("provider/Set", {**place, "cloud": True})
        await local_cloud.call("email/Send", HELLO)
        await local_cloud.call("provider/Set", place)
        await local_cloud.call("email/Send", HELLO)
    assert [each.mail_from for each in server.taken] == ["c@loud.example", OURS]
    for each in server.taken:
        assert isinstance(each.content, bytes)
        assert message_from_bytes(each.content, policy=default)["From"] == f"Shop <{OURS}>"


async def test_a_code_cannot_be_guessed(local_cloud: LocalCloud):
    code = await add(local_cloud)
    guesses = [f"{number:020x}" for number in range(4 * TRIES_MAX)]
    assert set(await asyncio.gather(*(verify(local_cloud, guess) for guess in guesses))) == {400}
    assert await verify(local_cloud, code) == 400
    assert await states(local_cloud) == {OURS: "pending"}
    assert await verify(local_cloud, await add(local_cloud)) == 200


async def test_the_last_try_counts(local_cloud: LocalCloud):
    code = await add(local_cloud)
    assert [await verify(local_cloud, "0") for _ in range(TRIES_MAX - 1)] == [400] * (TRIES_MAX - 1)
    assert await verify(local_cloud, code) == 200


async def test_a_proof_that_was_cut_short_can_be_repeated(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    request, once = {"address": OURS, "code": await add(local_cloud)}, {"Idempotency-Key": "a"}
    with monkeypatch.context() as patch:
        patch.setattr("brickyard.services.email.senders.VERIFY", "no SQL, ?1 ?2 ?3")  # after the try
        assert (await local_cloud.post("email/VerifySender", request, headers=once)).status_code == 500
    assert await states(local_cloud) == {OURS: "pending"}
    assert (await local_cloud.post("email/VerifySender", request, headers=once)).status_code == 200


async def test_who_repeats_a_call_that_was_cut_short_gets_another_letter(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    request, once = {"address": OURS}, {"Idempotency-Key": "a"}
    with monkeypatch.context() as patch:
        patch.setattr("brickyard.services.email.senders.HOLD", "no SQL, ?1 ?2 ?3")  # after the letter
        assert (await local_cloud.post("email/AddSender", request, headers=once)).status_code == 500
    assert await states(local_cloud) == {}
    lost = await newest_code(local_cloud)
    assert (await local_cloud.post("email/AddSender", request, headers=once)).status_code == 200
    assert len(await letters(local_cloud)) == 2
    assert await verify(local_cloud, lost) == 400
    assert await verify(local_cloud, await newest_code(local_cloud)) == 200


@pytest.mark.parametrize(("passed_s", "status"), [(HOUR_S - 1, 200), (HOUR_S, 400)])
async def test_a_code_is_good_for_an_hour(
    passed_s: int, status: int, local_cloud: LocalCloud, clock: ManualClock
):
    code = await add(local_cloud)
    clock.advance(passed_s)
    assert await verify(local_cloud, code) == status


async def test_a_code_is_good_for_its_address_until_there_is_another(local_cloud: LocalCloud):
    first = await add(local_cloud)
    other = await add(local_cloud, "other@mine.example")
    assert await verify(local_cloud, other) == 400
    second = await add(local_cloud)
    assert await verify(local_cloud, first) == 400
    assert await verify(local_cloud, second) == 200
    assert await states(local_cloud) == {OURS: "verified", "other@mine.example": "pending"}


async def test_what_was_not_added_cannot_be_verified(local_cloud: LocalCloud):
    code = await add(local_cloud)
    assert await verify(local_cloud, code, "nobody@mine.example") == 404
    await local_cloud.call("email/DeleteSender", {"address": OURS})
    assert await verify(local_cloud, code) == 404
    assert (await local_cloud.post("email/DeleteSender", {"address": OURS})).status_code == 404


async def test_nobody_is_flooded_with_codes(local_cloud: LocalCloud, clock: ManualClock):
    async def asked(address: str) -> Any:
        return await local_cloud.post("email/AddSender", {"address": address})

    for number in range(ADDRESS_LETTERS_MAX):
        assert (await asked(OURS)).status_code == 200
        clock.advance(60)
        if number == 0:
            await local_cloud.call("email/DeleteSender", {"address": OURS})  # which makes no room
    refused = await asked(OURS)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == HOUR_S - 60 * ADDRESS_LETTERS_MAX
    more = [f"shop{number}@mine.example" for number in range(20)]
    statuses = [each.status_code for each in await asyncio.gather(*map(asked, more))]
    assert statuses.count(200) == LETTERS_MAX - ADDRESS_LETTERS_MAX
    assert len(await letters(local_cloud)) == LETTERS_MAX
    clock.advance(HOUR_S - 60 * ADDRESS_LETTERS_MAX)
    assert (await asked(OURS)).status_code == 200


async def asked_by(cloud: LocalCloud, key: str, address: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    return await cloud.post("email/AddSender", {"address": address}, headers=headers)


async def key_to(cloud: LocalCloud, project: str) -> str:
    key, _ = await cloud.application.keyring.create(project, "", FIRST_KEY_SCOPES, None)
    return key


async def test_a_mailbox_is_not_flooded_by_many_projects(local_cloud: LocalCloud, clock: ManualClock):
    keys = [(await Tenant.of(local_cloud)).key for _ in range(MAILBOX_LETTERS_MAX + 2)]
    addresses = [OURS, "Shop@Mine.example", "shop+1@mine.example"]
    asked = [asked_by(local_cloud, key, addresses[n % 3]) for n, key in enumerate(keys)]
    statuses = [each.status_code for each in await asyncio.gather(*asked)]
    assert (statuses.count(200), statuses.count(429)) == (MAILBOX_LETTERS_MAX, 2)
    assert len(await letters(local_cloud)) == MAILBOX_LETTERS_MAX
    refused = await asked_by(local_cloud, keys[-1], OURS)
    assert int(refused.headers["retry-after"]) == HOUR_S
    assert (await asked_by(local_cloud, keys[-1], "other@mine.example")).status_code == 200
    clock.advance(HOUR_S)
    assert (await asked_by(local_cloud, keys[-1], OURS)).status_code == 200


async def test_an_account_with_many_projects_has_no_more_letters_sent(
    local_cloud: LocalCloud, clock: ManualClock
):
    ada = await Person.of(local_cloud, "ada")
    keys = [await key_to(local_cloud, await ada.project()) for _ in range(3)]
    asked = [
        asked_by(local_cloud, key, f"shop{number}@mine{place}.example")
        for place, key in enumerate(keys)
        for number in range(LETTERS_MAX)
    ]
    statuses = [each.status_code for each in await asyncio.gather(*asked)]
    assert statuses.count(200) == ACCOUNT_LETTERS_MAX
    assert len(await letters(local_cloud)) == ACCOUNT_LETTERS_MAX
    stranger = (await Tenant.of(local_cloud)).key
    assert (await asked_by(local_cloud, stranger, OURS)).status_code == 200
    clock.advance(HOUR_S)
    assert (await asked_by(local_cloud, keys[0], OURS)).status_code == 200


async def test_whom_letters_went_to_is_not_kept(local_cloud: LocalCloud):
    await add(local_cloud)
    rows = await local_cloud.application.sql.bound(PLATFORM).rows(
        "SELECT * FROM mail_unasked WHERE project = ?1"
    )
    assert len(rows) == 1
    assert "mine.example" not in str(rows)


async def test_an_address_is_proven_for_a_project_and_an_environment(local_cloud: LocalCloud):
    await proven(local_cloud)
    made = await local_cloud.call("key/Create", {"scopes": ["email"], "environment": "test"})
    for key in ((await Tenant.of(local_cloud)).key, made["key"]):
        headers = {"Authorization": f"Bearer {key}"}
        assert (await local_cloud.post("email/Send", HELLO, headers=headers)).status_code == 400
        assert (await local_cloud.post("email/ListSenders", {}, headers=headers)).json() == {"senders": []}
    assert (await local_cloud.post("email/Send", HELLO)).status_code == 200


async def test_what_is_deleted_is_no_sender_and_takes_no_room(local_cloud: LocalCloud):
    await proven(local_cloud)
    assert (await local_cloud.call("usage/Storage"))["records"] == 1
    await local_cloud.call("email/DeleteSender", {"address": OURS})
    kept = await local_cloud.call("usage/Storage")
    assert (kept["records"], kept["bytes"]) == (0, 0)
    assert (await local_cloud.post("email/Send", HELLO)).status_code == 400


async def test_what_is_proven_needs_no_other_letter_and_costs_none(local_cloud: LocalCloud):
    application, project = local_cloud.application, "prj_writer"
    await application.books.open(project, "free")
    await application.books.move(project, "grant", Movement(amount=usd("1"), reason="a test"))
    key, _ = await application.keyring.create(project, "", ("email",), None)
    headers = {"Authorization": f"Bearer {key}"}
    added = await local_cloud.post("email/AddSender", {"address": OURS}, headers=headers)
    assert added.headers["usage-cost"] == "0.01"
    request = {"address": OURS, "code": await newest_code(local_cloud)}
    await local_cloud.post("email/VerifySender", request, headers=headers)
    again = await local_cloud.post("email/AddSender", {"address": OURS}, headers=headers)
    assert (again.json()["state"], again.headers["usage-cost"]) == ("verified", "0")
    assert len(await letters(local_cloud)) == 1


@pytest.mark.parametrize(
    "address", ["mine.example", f"Shop <{OURS}>", f"{OURS}\r\nBcc: e@x.example", "", "@"]
)
async def test_what_is_no_address_is_not_added(address: str, local_cloud: LocalCloud):
    response = await local_cloud.post("email/AddSender", {"address": address})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/address"
    assert await letters(local_cloud) == []
