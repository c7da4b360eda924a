"""Alerts and statements reach people and programs: by letter, and by signed message."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from purse import FAR_NS, turn_after
from standardwebhooks import Webhook, WebhookVerificationError

from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.engines.egress.client import GuardedEgress
from brickyard.engines.mail import Letter
from brickyard.platform.billing import alerts
from brickyard.platform.billing.alerts import Event
from brickyard.platform.billing.holds import Turn
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.notifier import Notifier, Ways
from brickyard.platform.billing.readers import Readers
from brickyard.platform.billing.sweep import Sweep
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database
from eventually import eventually
from receiver import Receiver, receiving
from signed_in import A_CALL, PLATFORM, Person, letters

DAY_S = 86_400
EMAIL = "ada@example.com"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    return Settings(
        home=home,
        port=0,
        database_url=database.url(home),
        egress_allow_tenants=AllowedToTenants.of("127.0.0.0/8"),
    )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


class Owner:
    """Somebody who pays for a project, and has an e-mail."""

    def __init__(self, ada: Person, project: str) -> None:
        self.person, self.project, self.account = ada, project, ada.account
        self.application = ada.cloud.application
        self.notifier, self.books = self.application.notifier, self.application.books
        self._holds = 0

    async def call(self, endpoint: str, **request: Any) -> dict[str, Any]:
        return await self.person.call(f"billing/{endpoint}", request)

    async def spend(self, dollars: str, key: str = "key_a") -> None:
        self._holds += 1
        turn = Turn(
            id=f"hold_{self._holds}",
            number=1,
            project=self.project,
            key_id=key,
            endpoint="db.create",
            price_version="v1",
            expires_ns=FAR_NS,
            wanted=(usd(dollars),),
        )
        hold = (await self.books.take(self.account, turn)).hold
        await self.books.take(self.account, turn_after(hold, calls=1, taken=hold.held))

    async def top_up(self, dollars: str) -> None:
        await self.books.top_up(self.account, Movement(amount=usd(dollars), reference=f"pay {dollars}"))

    async def letters(self) -> list[EmailMessage]:
        return [each for each in await letters(self.person.cloud) if each["To"] == EMAIL]

    async def tell(self) -> None:
        await self.notifier.tell(self.account)


@pytest.fixture
async def owner(local_cloud: LocalCloud) -> Owner:
    ada = await Person.of(local_cloud, "ada")
    await local_cloud.application.sql.bound(PLATFORM).run(
        "INSERT INTO emails (project, email, account, created_ns) VALUES (?1, ?2, ?3, 0)", EMAIL, ada.account
    )
    owner = Owner(ada, await ada.project("shop"))
    await owner.top_up("100")
    return owner


def read(receiver: Receiver, secret: str) -> dict[str, Any]:
    """The newest message, if its signature is right.

    When it was signed is not looked at: the cloud's clock is the test's.
    """
    asked = receiver.asked[-1]
    headers = {name.lower(): value for name, value in asked.headers.items()}
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signed = Webhook(secret).sign(headers["webhook-id"], moment, asked.body.decode())
    if signed not in headers["webhook-signature"].split(" "):
        raise WebhookVerificationError("No signature is this secret's.")
    return msgspec.json.decode(asked.body)


async def test_a_low_balance_is_told_by_letter_once(owner: Owner):
    await owner.call("SetAlert", low_balance="60")
    await owner.spend("39")
    await owner.tell()
    assert await owner.letters() == []
    await owner.spend("2.5")
    await owner.tell()
    await owner.tell()
    (letter,) = await owner.letters()
    assert letter["Subject"] == "Your balance is below 60 US dollars"
    assert "58.5 US dollars" in letter.get_content()


async def test_what_happens_is_told_though_nobody_asks(owner: Owner, clock: ManualClock):
    await owner.call("SetAlert", low_balance="60")
    await owner.spend("50")
    clock.advance(61)

    async def told() -> bool:
        return len(await owner.letters()) == 1

    await eventually(told)


async def test_a_part_of_a_cap_is_told_with_the_name_of_what_is_capped(owner: Owner, receiver: Receiver):
    secret = (await owner.call("SetWebhook", url=receiver.url))["secret"]
    await owner.call("SetCap", amount="10", project=owner.project)
    await owner.spend("7.5")
    await owner.tell()
    await eventually(lambda: len(receiver.asked) == 2)  # 50 % and 75 %
    found = {each["data"]["percent"]: each for each in map(msgspec.json.decode, bodies(receiver))}
    assert found[75]["type"] == "billing.cap"
    data = found[75]["data"]
    assert (data["project"], data["key"], data["spent"]) == (owner.project, "", "7.5")
    assert read(receiver, secret)["type"] == "billing.cap"
    texts = [each.get_content() for each in await owner.letters()]
    assert all("The project 'shop' has spent 7.5 US dollars" in text for text in texts)
    assert len(texts) == 2


async def test_a_message_is_signed_with_the_former_secret_too_for_a_day(
    owner: Owner, receiver: Receiver, clock: ManualClock
):
    former = (await owner.call("SetWebhook", url=receiver.url))["secret"]
    secret = (await owner.call("SetWebhook", url=receiver.url))["secret"]
    assert former != secret
    await owner.call("TestAlert")
    await eventually(lambda: len(receiver.asked) == 1)
    assert read(receiver, former) == read(receiver, secret)
    clock.advance(DAY_S + 1)
    await owner.call("TestAlert")
    await eventually(lambda: len(receiver.asked) == 2)
    assert read(receiver, secret)["type"] == "billing.test"
    with pytest.raises(WebhookVerificationError):
        read(receiver, former)


async def test_another_address_never_sees_the_former_secret_at_work(owner: Owner, receiver: Receiver):
    former = (await owner.call("SetWebhook", url=f"{receiver.url}/former"))["secret"]
    secret = (await owner.call("SetWebhook", url=receiver.url))["secret"]
    await owner.call("TestAlert")
    await eventually(lambda: len(receiver.asked) == 1)
    read(receiver, secret)
    with pytest.raises(WebhookVerificationError):
        read(receiver, former)


async def test_secrets_are_kept_sealed(owner: Owner, receiver: Receiver):
    secret = (await owner.call("SetWebhook", url=receiver.url))["secret"]
    rows = await (await owner.books.sql(owner.account)).rows(
        "SELECT secret FROM billing_channels WHERE account = ?1"
    )
    assert secret.encode() not in rows[0][0]
    assert secret not in str(await owner.call("SetAlert"))


async def test_nothing_is_delivered_once_the_address_is_removed(owner: Owner, receiver: Receiver):
    await owner.call("SetWebhook", url=receiver.url)
    assert (await owner.call("SetAlert"))["webhook"] == receiver.url
    assert await owner.call("SetWebhook", url="") == {"url": "", "secret": ""}
    await owner.call("TestAlert")
    assert (await owner.call("Deliveries"))["deliveries"] == []
    assert len(await owner.letters()) == 1


async def test_an_address_that_fails_is_shown_with_why(owner: Owner, receiver: Receiver):
    receiver.status = 500
    await owner.call("SetWebhook", url=receiver.url)
    await owner.call("TestAlert")

    async def failed() -> bool:
        (delivery,) = (await owner.call("Deliveries"))["deliveries"]
        return (delivery["state"], delivery["note"]) == ("waiting", "It answered 500.")

    await eventually(failed)


async def test_an_address_that_is_gone_gets_nothing_until_it_is_set_again(owner: Owner, receiver: Receiver):
    receiver.status = 410
    await owner.call("SetWebhook", url=receiver.url)
    await owner.call("TestAlert")

    async def gone() -> bool:
        (delivery,) = (await owner.call("Deliveries"))["deliveries"]
        return delivery["state"] == "failed"

    await eventually(gone)
    receiver.status = 200
    await owner.call("TestAlert")  # goes by letter only
    assert len(await owner.letters()) == 2
    await owner.call("SetWebhook", url=receiver.url)
    await owner.call("TestAlert")
    await eventually(lambda: len(receiver.asked) == 2)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "ftp://example.com/",
        "example",
        "https://",
        "http://10.1/",
        "http://0x0a000001/",
        "http://exa mple.com/",
        "http://example.com/\r\nX-Injected: 1",
    ],
)
async def test_an_address_that_nothing_is_delivered_to_is_refused(owner: Owner, url: str):
    response = await owner.person.post("billing/SetWebhook", {"url": url})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/url"


async def test_who_wants_no_letters_gets_none(owner: Owner):
    assert (await owner.call("SetAlert", mail=False))["mail"] is False
    assert (await owner.call("SetAlert"))["mail"] is False  # what is left out stays
    await owner.call("TestAlert")
    assert await owner.letters() == []


async def test_there_are_ten_tests_an_hour(owner: Owner):
    for _ in range(10):
        await owner.call("TestAlert")
    refused = await owner.person.post("billing/TestAlert")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


async def test_a_month_that_is_over_is_stated_once(owner: Owner, clock: ManualClock, receiver: Receiver):
    secret = (await owner.call("SetWebhook", url=receiver.url))["secret"]
    await owner.spend("12.5")
    month = Month.of(clock.now_ns())
    into_next_month(clock)
    sweep = Sweep(owner.books, owner.notifier, clock)
    await sweep.step()
    await sweep.step()
    await Sweep(owner.books, owner.notifier, clock).step()  # another gateway, or this one started again

    async def told() -> bool:  # by whichever was first: the cloud's own sweep is one of them
        return len(await owner.letters()) == 1

    await eventually(told)
    (letter,) = await owner.letters()
    assert letter["Subject"] == f"Your statement for {month.name}"
    page, table = letter.iter_attachments()
    assert page.get_filename() == f"statement-{month.name}.html"
    assert "<td>calls</td>" in page.get_content()
    statement = await owner.call("Statement", month=month.name)
    assert table.get_content() == statement["csv"]
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert "your calls cost 12.5 US dollars" in plain.get_content()
    await eventually(lambda: len(receiver.asked) == 1)
    assert read(receiver, secret)["data"] | {"id": "", "account": ""} == {
        "id": "",
        "account": "",
        "month": month.name,
        "opening": "0",
        "spent": "12.5",
        "closing": "87.5",
    }


async def test_a_month_without_movement_or_wish_is_not_stated(owner: Owner, clock: ManualClock):
    await owner.call("SetAlert", statements=False)
    into_next_month(clock)
    await Sweep(owner.books, owner.notifier, clock).step()
    await owner.call("SetAlert", statements=True)
    into_next_month(clock)
    await Sweep(owner.books, owner.notifier, clock).step()
    assert await owner.letters() == []


async def test_two_gateways_tell_an_event_once(owner: Owner):
    await owner.books.write(owner.account, lambda each: alerts.emit(each, Event("test", "one", 0, 0, 0, 1)))
    await asyncio.gather(*(owner.tell() for _ in range(8)))
    assert len(await owner.letters()) == 1


async def test_what_a_gateway_was_about_to_tell_when_it_fell_is_told_by_another(
    owner: Owner, clock: ManualClock
):
    event = Event("test", "one", 0, 0, 0, 1)
    await owner.books.write(owner.account, lambda each: alerts.emit(each, event))
    assert await owner.books.write(owner.account, lambda each: alerts.claim(each, event, clock.now_ns()))
    await owner.tell()
    assert await owner.letters() == []
    clock.advance(61)
    await owner.tell()

    async def told() -> bool:
        return len(await owner.letters()) == 1

    await eventually(told)


async def test_a_letter_that_cannot_be_kept_now_is_sent_later(owner: Owner, clock: ManualClock):
    class Full:
        async def send(self, letter: Letter) -> str:
            raise ConnectionError

    application = owner.application
    sql = application.sql.bound(PLATFORM)
    ways = Ways(Full(), application.webhooks.bound, application.seal)
    broken = Notifier(owner.books, Readers(sql), ways, application.audit, clock)
    with pytest.raises(ConnectionError):
        await broken.test(A_CALL, owner.account)
    clock.advance(61)
    await owner.tell()

    async def told() -> bool:
        return len(await owner.letters()) == 1

    await eventually(told)


async def test_what_a_call_cost_more_than_was_held_is_told_to_operators_only(owner: Owner):
    eve = await Person.of(owner.person.cloud, "eve")
    sql = owner.application.sql.bound(PLATFORM)
    await sql.run(
        "INSERT INTO emails (project, email, account, created_ns) VALUES (?1, 'eve@example.com', ?2, 0)",
        eve.account,
    )
    await sql.run("INSERT INTO operators (project, account, since_ns) VALUES (?1, ?2, 0)", eve.account)
    overrun = Event("overrun", "hold_1", 0, usd("1"), usd("0.5"), 1)
    await owner.books.write(owner.account, lambda each: alerts.emit(each, overrun))
    await owner.tell()
    (letter,) = await letters(owner.person.cloud)
    assert letter["To"] == "eve@example.com"
    assert "0.5 US dollars more" in letter.get_content()
    assert (await owner.call("Alerts"))["alerts"] == []


async def test_alerts_are_listed_page_by_page(owner: Owner):
    await owner.call("SetCap", amount="10", project=owner.project)
    await owner.spend("10")
    await owner.tell()
    first = await owner.call("Alerts", limit=2)
    rest = await owner.call("Alerts", limit=2, cursor=first["next_cursor"])
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, "")
    found = first["alerts"] + rest["alerts"]
    assert [each["percent"] for each in found] == [100, 75, 50]
    assert all(each["told_at"] and each["amount"] == "10" for each in found)
    assert len({each["id"] for each in found}) == 3


@pytest.mark.parametrize("cursor", ["x", "e30=", "AAAA", "WzEsMl0="])
async def test_what_is_no_cursor_is_refused(owner: Owner, cursor: str):
    response = await owner.person.post("billing/Alerts", {"cursor": cursor})
    assert response.status_code == 400


async def test_nothing_of_it_is_left_of_an_account_that_is_deleted(owner: Owner, receiver: Receiver):
    await owner.call("SetWebhook", url=receiver.url)
    farewell = owner.application.desk.farewell
    await farewell.plan(A_CALL, owner.account)
    clock = owner.application.clock
    assert isinstance(clock, ManualClock)
    clock.advance(8 * DAY_S)
    await farewell.carry_out()
    rows = await (await owner.books.sql(owner.account)).rows(
        "SELECT url FROM billing_channels WHERE account = ?1"
    )
    assert rows == []


def into_next_month(clock: ManualClock) -> None:
    """Move on to two hours after the month's end."""
    now_ns = clock.now_ns()
    clock.advance((Month.of(now_ns).ends_ns - now_ns) / 1e9 + 7200)


def bodies(receiver: Receiver) -> list[bytes]:
    return [each.body for each in receiver.asked]


class TestOnAPublicCloud:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(
            settings, egress_allow=Allowed.of("127.0.0.0/8"), egress_allow_tenants=AllowedToTenants()
        )

    async def test_a_webhook_reaches_nothing_that_is_open_to_the_operator(
        self, owner: Owner, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ):
        with pytest.raises(AssertionError, match="BRICKYARD_EGRESS_ALLOW_TENANTS"):
            await owner.call("SetWebhook", url=receiver.url)
        monkeypatch.setattr(GuardedEgress, "check", lambda *_: None)  # as by a name that leads there
        await owner.call("SetWebhook", url=receiver.url)
        await owner.call("TestAlert")
        webhooks = owner.application.webhooks.bound(owner.account)

        async def is_refused() -> bool:
            found = await webhooks.deliveries()
            return bool(found) and "BRICKYARD_EGRESS_ALLOW_TENANTS" in found[0].note

        await eventually(is_refused)
        assert receiver.asked == []
