"""Buying credit, from the first call to the balance."""

import asyncio
from typing import Any

import msgspec
import pytest
from shopper import Shopper

from brickyard.engines.clock import ManualClock
from brickyard.settings import Settings
from cloud import LocalCloud
from stripe_server import BAD_CARD, BAD_IBAN, GOOD_IBAN, StripeServer


async def test_credit_is_bought(ada: Shopper):
    payment = await ada.begin("20")
    assert (payment["status"], payment["price"], payment["livemode"]) == ("open", "20.00", False)
    session = await ada.pay(payment)
    assert (await ada.status(payment), await ada.balance()) == ("open", "0")
    for event in session.events:
        await ada.hears(event)
    assert (await ada.status(payment), await ada.balance()) == ("paid", "20")
    assert await ada.movements() == [("top_up", "20")]


async def test_the_transaction_bears_the_payments_id_and_the_payment_the_receipt(ada: Shopper):
    payment, session = await ada.buy("20")
    (transaction,) = (await ada.call("billing/Transactions"))["transactions"]
    assert transaction["reference"] == payment["id"]
    found = (await ada.call("payment/Get", id=payment["id"]))["payment"]
    assert (found["receipt_url"], found["url"]) == (session.charge["receipt_url"], "")


async def test_that_somebody_comes_back_proves_nothing(ada: Shopper):
    payment = await ada.begin("20", success_url="https://shop.example/thanks?id={CHECKOUT_SESSION_ID}")
    session = await ada.pay(payment)
    assert session.shown["success_url"] == "https://shop.example/thanks?id={CHECKOUT_SESSION_ID}"
    assert (await ada.status(payment), await ada.balance()) == ("open", "0")


async def test_events_told_twice_and_the_other_way_round_credit_once(ada: Shopper):
    payment = await ada.begin("20")
    session = await ada.pay(payment)
    for event in [*session.events, *reversed(session.events)]:
        await ada.hears(event)
    assert (await ada.status(payment), await ada.balance()) == ("paid", "20")


async def test_one_event_sent_many_times_at_once_credits_once(ada: Shopper):
    payment = await ada.begin("20")
    session = await ada.pay(payment)
    await asyncio.gather(*(ada.hears(session.events[-1]) for _ in range(10)))
    assert await ada.movements() == [("top_up", "20")]


async def test_two_events_of_one_payment_credit_once(ada: Shopper):
    payment = await ada.begin("20")
    session = await ada.pay(payment)
    await ada.hears(session.events[-1])
    await ada.hears(
        session.events[-1] | {"id": "evt_another", "type": "checkout.session.async_payment_succeeded"}
    )
    assert await ada.balance() == "20"


async def test_a_declined_card_leaves_the_payment_open(ada: Shopper):
    payment = await ada.begin("20")
    with pytest.raises(AssertionError, match="declined"):
        await ada.pay(payment, card=BAD_CARD)
    assert ada.stripe.session_at(payment["url"]).events == []
    assert await ada.status(payment) == "open"
    await ada.pay(payment)


@pytest.mark.parametrize(
    ("iban", "status", "balance"), [(GOOD_IBAN, "paid", "20"), (BAD_IBAN, "failed", "0")]
)
async def test_a_bank_that_takes_its_time_is_waited_for(ada: Shopper, iban: str, status: str, balance: str):
    payment = await ada.begin("20")
    session = await ada.pay(payment, iban=iban)
    for event in session.events:
        await ada.hears(event)
    assert (await ada.status(payment), await ada.balance()) == ("processing", "0")
    await ada.hears(await asyncio.to_thread(ada.stripe.clear, session))
    assert (await ada.status(payment), await ada.balance()) == (status, balance)


async def test_what_was_told_before_its_time_stays_true(ada: Shopper):
    payment = await ada.begin("20")
    session = await ada.pay(payment, iban=GOOD_IBAN)
    cleared = await asyncio.to_thread(ada.stripe.clear, session)
    for event in [cleared, *session.events]:
        await ada.hears(event)
    assert (await ada.status(payment), await ada.balance()) == ("paid", "20")


async def test_nobody_pays_in_time(ada: Shopper, clock: ManualClock):
    told, untold = await ada.begin("20"), await ada.begin("20")
    await ada.hears(ada.stripe.expire(ada.stripe.session_at(told["url"])))
    assert await ada.status(told) == "expired"
    assert await ada.status(untold) == "open"
    clock.advance(12 * 3600)
    assert await ada.status(untold) == "expired"


async def test_that_a_payment_was_begun_is_in_the_audit_log_once_and_its_pages_are_not(ada: Shopper):
    url = "https://shop.example/thanks?order=private"
    first, again = [await ada.begin("20", reference="order-1", success_url=url) for _ in range(2)]
    assert (await ada.post("payment/Create", amount="21", reference="order-1")).status_code == 409
    (entry,) = (await ada.call("audit/List", endpoint="payment/Create"))["entries"]
    assert (entry["account"], entry["subject"]) == (ada.account, first["id"])
    assert entry["project"] == "", "a payment is an account's, whose projects share it"
    assert entry["after"] == {"amount": "20", "price": "20.00", "currency": "usd", "livemode": False}
    assert again["url"] not in str(entry)


async def test_a_payment_that_is_one_too_many_leaves_no_entry(ada: Shopper):
    for number in range(20):
        await ada.begin("20", reference=f"order-{number}")
    assert (await ada.post("payment/Create", amount="20")).status_code == 429
    assert len((await ada.call("audit/List", endpoint="payment/Create", limit=100))["entries"]) == 20


class TestIdempotency:
    """The same request is the same payment."""

    async def test_asking_again_gives_the_same_payment(self, ada: Shopper):
        first, again = [await ada.begin("20", reference="order-1") for _ in range(2)]
        assert first == again
        assert len((await ada.call("payment/List"))["payments"]) == 1

    async def test_asking_many_times_at_once_gives_one_payment(self, ada: Shopper):
        asked = [ada.begin("20", reference="order-1") for _ in range(5)]
        assert len({each["url"] for each in await asyncio.gather(*asked)}) == 1

    async def test_a_key_is_the_accounts_own(self, ada: Shopper, local_cloud: LocalCloud):
        bob = await Shopper.of(local_cloud, ada.stripe, "acc_bob")
        first, other = [await each.begin("20", reference="order-1") for each in (ada, bob)]
        assert first["id"] != other["id"]

    @pytest.mark.parametrize("change", [{"amount": "21"}, {"success_url": "https://shop.example/x"}])
    async def test_the_key_of_another_order_is_refused(self, ada: Shopper, change: dict[str, Any]):
        await ada.begin("20", reference="order-1")
        response = await ada.post("payment/Create", **{"amount": "20", "reference": "order-1"} | change)
        assert response.status_code == 409
        assert "order-1" in response.json()["detail"]

    async def test_a_reply_of_stripes_that_was_lost_is_asked_for_again(
        self, ada: Shopper, stripe: StripeServer
    ):
        before, asked = len(stripe.sessions), stripe.asked
        stripe.fail_next.append(500)
        await ada.begin("20")
        assert (len(stripe.sessions) - before, stripe.asked - asked) == (1, 2)

    async def test_whoever_asks_again_after_a_failure_gets_the_page_that_was_made(
        self, ada: Shopper, stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("brickyard.platform.payment.stripe.library.RETRIES_MAX", 0)
        before = len(stripe.sessions)
        stripe.fail_next.append(503)
        response = await ada.post("payment/Create", amount="20", reference="order-1")
        assert (response.status_code, response.json()["retryable"]) == (503, True)
        payment = await ada.begin("20", reference="order-1")
        assert (payment["status"], len(stripe.sessions) - before) == ("open", 1)

    async def test_whoever_asks_again_without_a_key_gets_it_too(
        self, ada: Shopper, stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("brickyard.platform.payment.stripe.library.RETRIES_MAX", 0)
        before = len(stripe.sessions)
        stripe.fail_next.append(503)
        assert (await ada.post("payment/Create", amount="20")).status_code == 503
        other, same, new = [await ada.begin(amount) for amount in ("21", "20", "20")]
        assert len({each["id"] for each in (other, same, new)}) == 3
        assert len(stripe.sessions) - before == 3

    async def test_what_was_never_begun_cannot_be_begun_too_late(
        self, ada: Shopper, stripe: StripeServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("brickyard.platform.payment.stripe.library.RETRIES_MAX", 0)
        stripe.fail_next.append(503)
        await ada.post("payment/Create", amount="20", reference="order-1")
        clock.advance(11 * 3600)
        response = await ada.post("payment/Create", amount="20", reference="order-1")
        assert (response.status_code, "too old" in response.json()["detail"]) == (409, True)

    async def test_an_event_that_comes_before_stripes_reply_is_credited(
        self, ada: Shopper, stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("brickyard.platform.payment.stripe.library.RETRIES_MAX", 0)
        stripe.fail_next.append(500)
        await ada.post("payment/Create", amount="20", reference="order-1")
        session = list(stripe.sessions.values())[-1]
        await ada.pay({"url": session.shown["url"]})
        for event in session.events:
            await ada.hears(event)
        assert await ada.balance() == "20"
        assert (await ada.begin("20", reference="order-1"))["status"] == "paid"


class TestTerms:
    """What is sold, and for what."""

    @pytest.mark.parametrize(
        ("amount", "says"),
        [("4.99", "from 5 to 1000"), ("1000.01", "from 5 to 1000"), ("10.001", "cent"), ("0", "from 5")],
    )
    async def test_an_amount_that_is_not_sold_is_refused(self, ada: Shopper, amount: str, says: str):
        response = await ada.post("payment/Create", amount=amount)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/amount")
        assert says in response.json()["detail"]

    @pytest.mark.parametrize("amount", ["-5", "1e3", "5,00", "NaN", ""])
    async def test_what_is_no_amount_is_refused(self, ada: Shopper, amount: str):
        assert (await ada.post("payment/Create", amount=amount)).status_code == 400

    @pytest.mark.parametrize("field", ["success_url", "cancel_url"])
    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/",
            "https://shop.example.evil.example/",
            "https://shop.example@evil.example/",
            "https://shop.example:8443/",
            "http://shop.example/",
            "//shop.example/",
            "javascript:alert(1)",
            "https:\\\\shop.example\\",
            "https://evil.example\\@shop.example/",
            "https://shop.example/\nx",
            "shop.example",
        ],
    )
    async def test_payers_are_sent_nowhere_else(self, ada: Shopper, field: str, url: str):
        response = await ada.post("payment/Create", amount="20", **{field: url})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"/{field}")

    @pytest.mark.parametrize(
        "url", ["https://shop.example/a?b#c", "https://cloud.example/x", "HTTPS://SHOP.example"]
    )
    async def test_payers_come_back_to_the_cloud_and_to_origins_that_are_allowed(
        self, ada: Shopper, url: str
    ):
        payment = await ada.begin("20", success_url=url)
        shown = ada.stripe.session_at(payment["url"]).shown
        assert (shown["success_url"], shown["cancel_url"]) == (url, "https://cloud.example/")

    async def test_too_many_waiting_payments_are_refused(self, ada: Shopper, clock: ManualClock):
        for _ in range(20):
            await ada.begin("20")
        response = await ada.post("payment/Create", amount="20")
        assert (response.status_code, response.headers["retry-after"]) == (429, "3600")
        assert len((await ada.call("payment/List", limit=100))["payments"]) == 20
        clock.advance(12 * 3600)
        await ada.begin("20")

    async def test_what_stripe_does_not_accept_is_our_fault(self, ada: Shopper, stripe: StripeServer):
        stripe.fail_next.append(400)
        response = await ada.post("payment/Create", amount="20")
        assert (response.status_code, "the log says why" in response.json()["detail"]) == (500, True)


class TestListing:
    """An account's payments, and nobody else's."""

    async def test_payments_are_listed_newest_first_in_pages(self, ada: Shopper):
        made = [(await ada.begin(amount))["id"] for amount in ("5", "6", "7")]
        first = await ada.call("payment/List", limit=2)
        rest = await ada.call("payment/List", limit=2, cursor=first["next_cursor"])
        assert [each["id"] for each in first["payments"] + rest["payments"]] == sorted(made, reverse=True)
        assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, "")

    async def test_the_payment_of_another_account_is_not_there(self, ada: Shopper, local_cloud: LocalCloud):
        payment = await ada.begin("20")
        bob = await Shopper.of(local_cloud, ada.stripe, "acc_bob")
        theirs, none = [await bob.post("payment/Get", id=each) for each in (payment["id"], "pay_none")]
        assert (theirs.status_code, none.status_code) == (404, 404)
        assert theirs.json()["detail"].replace(payment["id"], "pay_none") == none.json()["detail"]
        assert (await bob.call("payment/List"))["payments"] == []
        assert (await bob.call("payment/List", cursor=payment["id"]))["payments"] == []

    @pytest.mark.parametrize("endpoint", ["Create", "Get", "List"])
    async def test_a_key_neither_buys_nor_sees_payments(self, local_cloud: LocalCloud, endpoint: str):
        request = {"Create": {"amount": "20"}, "Get": {"id": "pay_1"}, "List": {}}[endpoint]
        assert (await local_cloud.post(f"payment/{endpoint}", request)).status_code == 403
        key, _ = await local_cloud.application.keyring.create("prj_1", "", ("payment",), None)
        headers = {"Authorization": f"Bearer {key}"}
        response = await local_cloud.post(f"payment/{endpoint}", request, headers=headers)
        assert (response.status_code, "session" in response.json()["detail"]) == (403, True)


class TestWithoutStripe:
    """A cloud that takes no payments."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, stripe_secret_key=None, stripe_webhook_secret=None)

    async def test_it_says_what_to_do(self, ada: Shopper):
        response = await ada.post("payment/Create", amount="20")
        assert (response.status_code, response.json()["retryable"]) == (409, False)
        assert "BRICKYARD_STRIPE_SECRET_KEY" in response.json()["detail"]

    async def test_nothing_is_listed_and_nobody_listens(self, ada: Shopper):
        assert (await ada.call("payment/List"))["payments"] == []
        assert (await ada.cloud.client.post("/hooks/stripe", content=b"{}")).status_code == 404
