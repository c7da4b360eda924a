"""Operators give payers their money back: once, and the books follow as when Stripe is asked to by hand."""

import asyncio
from typing import Any

import httpx2 as httpx
import pytest
from msgspec.structs import replace
from shopper import Shopper

from brickyard.engines.clock import ManualClock
from brickyard.platform.payment.stripe.credentials import StripeKey
from brickyard.settings import Settings
from cloud import LocalCloud, serving
from stripe_server import Session


async def asked(ada: Shopper, payment: dict[str, Any], **more: Any) -> httpx.Response:
    """Have an operator refund a payment."""
    request = {
        "account": ada.account,
        "payment": payment["id"],
        "reason": "Paid twice.",
        "reference": "ticket-17",
        **more,
    }
    return await ada.cloud.post("admin/RefundPayment", request)


async def refunded(ada: Shopper, payment: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = await asked(ada, payment, **more)
    assert response.status_code == 200, response.text
    return response.json()


async def refused(ada: Shopper, payment: dict[str, Any], **more: Any) -> tuple[int, str]:
    response = await asked(ada, payment, **more)
    return response.status_code, response.json()["detail"]


async def noted(cloud: LocalCloud) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Give what the audit log has of refunds, before and after, oldest first."""
    found = await cloud.call("admin/ListChanges", {"endpoint": "admin/RefundPayment", "limit": 100})
    return [(each["before"], each["after"]) for each in reversed(found["entries"])]


def amounts(ada: Shopper, session: Session) -> list[int]:
    """Give what Stripe has given back, in cents, each time."""
    return sorted(each["amount"] for each in ada.stripe.refunds(session))


async def test_a_refund_gives_the_money_back_and_takes_the_credit(ada: Shopper):
    payment, session = await ada.buy("20")
    reply = await refunded(ada, payment, amount="5")
    (made,) = ada.stripe.refunds(session)
    assert reply == {
        "refund": made["id"],
        "amount": "5.00",
        "currency": "usd",
        "refunded": "5.00",
        "balance": "15",
        "owed": "0",
    }
    assert (await ada.status(payment), await ada.balance()) == ("partly_refunded", "15")
    rest = await refunded(ada, payment, reference="ticket-18")
    assert (rest["amount"], rest["refunded"]) == ("15.00", "20.00")
    assert (await ada.status(payment), await ada.balance()) == ("refunded", "0")
    assert await ada.movements() == [("top_up", "20"), ("refund", "-5"), ("refund", "-15")]
    assert amounts(ada, session) == [500, 1500]


async def test_the_audit_log_says_who_gave_what_back_and_why(ada: Shopper):
    payment, session = await ada.buy("20")
    await refunded(ada, payment, amount="5")
    await refunded(ada, payment, amount="5")
    about = {"payment": payment["id"], "currency": "usd"}
    why = {"reason": "Paid twice.", "reference": "ticket-17"}
    before = {**about, "refunded": "0.00"}
    assert await noted(ada.cloud) == [
        (before, {**about, **why, "asked": "5.00"}),
        (before, {**about, **why, "refunded": "5.00", "refund": ada.stripe.refunds(session)[0]["id"]}),
    ]
    (entry, _) = (await ada.cloud.call("admin/ListChanges", {"account": ada.account}))["entries"][:2]
    assert (entry["subject"], entry["operator"], entry["key"] != "") == (ada.account, True, True)


@pytest.mark.parametrize("order", ["webhook last", "webhook first", "no webhook", "webhook twice"])
async def test_the_books_follow_once_whoever_tells_of_it_first(
    ada: Shopper, order: str, monkeypatch: pytest.MonkeyPatch
):
    payment, session = await ada.buy("20")
    if order == "webhook first":  # the answer of Stripe's is lost
        with monkeypatch.context() as cut:
            cut.setattr("brickyard.platform.payment.stripe.library.RETRIES_MAX", 0)
            ada.stripe.fail_next = [500]
            assert (await asked(ada, payment, amount="5")).status_code == 503
        assert await ada.balance() == "20"
        await ada.hears(session.events[-1])
        assert await ada.balance() == "15"
    assert (await refunded(ada, payment, amount="5"))["refunded"] == "5.00"
    for _ in range({"webhook last": 1, "webhook twice": 2}.get(order, 0)):
        await ada.hears(session.events[-1])
    assert session.events[-1]["type"] == "charge.refunded"
    assert (await ada.balance(), amounts(ada, session)) == ("15", [500])
    assert await ada.movements() == [("top_up", "20"), ("refund", "-5")]
    assert [list(after)[2] for _, after in await noted(ada.cloud)] == ["asked", "refunded"]


async def test_the_same_reference_gives_back_once_and_no_other_amount(ada: Shopper):
    payment, session = await ada.buy("20")
    first = await refunded(ada, payment, amount="12.5")
    assert [await refunded(ada, payment, **more) for more in ({}, {"amount": "12.50"})] == [first] * 2
    status, detail = await refused(ada, payment, amount="1")
    assert (status, "12.50 usd" in detail) == (409, True)
    assert (amounts(ada, session), await ada.balance()) == ([1250], "7.5")


async def test_who_asks_at_once_gives_back_once_or_as_much_as_there_is(ada: Shopper):
    payment, session = await ada.buy("20")
    same = await asyncio.gather(*(asked(ada, payment, amount="5") for _ in range(4)))
    assert [each.status_code for each in same] == [200] * 4
    assert (amounts(ada, session), await ada.balance()) == ([500], "15")
    others = await asyncio.gather(*(asked(ada, payment, amount="10", reference=name) for name in "abc"))
    assert sorted(each.status_code for each in others) == [200, 409, 409]
    assert (amounts(ada, session), await ada.balance()) == ([500, 1000], "5")


async def test_a_refund_is_found_after_stripe_has_forgotten_its_idempotency_key(
    ada: Shopper, monkeypatch: pytest.MonkeyPatch
):
    payment, session = await ada.buy("20")
    with monkeypatch.context() as cut:
        cut.setattr("brickyard.platform.payment.stripe.library.RETRIES_MAX", 0)
        ada.stripe.fail_next = [500]
        assert (await asked(ada, payment, amount="5")).status_code == 503
    ada.stripe.forget_keys()
    await refunded(ada, payment)
    assert (amounts(ada, session), await ada.balance()) == ([500], "15")


async def test_who_repeats_the_call_under_its_idempotency_key_gets_the_same_reply(ada: Shopper):
    payment, session = await ada.buy("20")
    request = {"account": ada.account, "payment": payment["id"], "reason": "x", "reference": "a"}
    replies = [
        await ada.cloud.post("admin/RefundPayment", request, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [each.status_code for each in replies] == [200, 200]
    assert replies[0].content == replies[1].content
    assert amounts(ada, session) == [2000]


async def test_no_more_is_given_back_than_is_left(ada: Shopper):
    payment, session = await ada.buy("20")
    await ada.hears(ada.stripe.refund(session, 500))
    status, detail = await refused(ada, payment, amount="15.01")
    assert (status, "15.00 usd are left" in detail) == (409, True)
    await refunded(ada, payment, amount="15")
    status, detail = await refused(ada, payment, reference="another")
    assert (status, "0.00 usd are left" in detail) == (409, True)
    assert (amounts(ada, session), await ada.balance()) == ([500, 1500], "0")


async def test_what_the_bank_has_taken_is_not_left(ada: Shopper):
    payment, session = await ada.buy("20")
    dispute = ada.stripe.dispute(session, 1200)
    await ada.hears(dispute)
    assert (await refused(ada, payment, amount="8.01"))[0] == 409
    await ada.hears(ada.stripe.close(session, dispute, "won"))
    await refunded(ada, payment, amount="8.01")
    assert await ada.balance() == "11.99"


async def test_what_stripe_refuses_is_said_and_may_be_asked_again(ada: Shopper):
    payment, session = await ada.buy("20")
    ada.stripe.refund(session, 500)  # at Stripe, of which nobody has told yet
    status, detail = await refused(ada, payment)
    assert (status, detail) == (409, "Stripe does not give it back: No.")
    assert [list(after)[2] for _, after in await noted(ada.cloud)] == ["asked", "refused"]
    reply = await refunded(ada, payment, amount="15")
    assert (reply["refunded"], amounts(ada, session)) == ("20.00", [500, 1500])
    assert (await ada.status(payment), await ada.balance()) == ("refunded", "0")


async def test_what_was_spent_is_owed_as_after_a_refund_by_hand(ada: Shopper):
    payment, _ = await ada.buy("20")
    await ada.spend("12")
    reply = await refunded(ada, payment)
    assert (reply["balance"], reply["owed"], await ada.owes()) == ("0", "12", "12")
    await ada.buy("15")
    assert (await ada.balance(), await ada.owes()) == ("3", "0")


async def test_what_was_not_paid_is_not_given_back(ada: Shopper):
    payment = await ada.begin("20")
    status, detail = await refused(ada, payment)
    assert (status, "is open" in detail) == (409, True)


async def test_a_payment_of_nobodys_or_of_another_account_is_not_there(ada: Shopper):
    payment, session = await ada.buy("20")
    bob = await Shopper.of(ada.cloud, ada.stripe, "acc_bob")
    statuses = [
        (await refused(bob, payment))[0],
        (await refused(ada, {"id": "pay_nosuch"}))[0],
        (await refused(ada, payment, account="acc_nobody"))[0],
    ]
    assert (statuses, amounts(ada, session)) == ([404, 404, 404], [])


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"amount": "0"}, "/amount"),
        ({"amount": "0.00"}, "/amount"),
        ({"amount": "5.001"}, "/amount"),
        ({"amount": "-5"}, "/amount"),
        ({"amount": "1e3"}, "/amount"),
        ({"reason": ""}, "/reason"),
        ({"reference": ""}, "/reference"),
        ({"reference": "a" * 101}, "/reference"),
    ],
)
async def test_what_is_no_refund_is_refused(ada: Shopper, wrong: dict[str, str], pointer: str):
    payment, session = await ada.buy("20")
    response = await asked(ada, payment, **wrong)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)
    assert (amounts(ada, session), await ada.balance()) == ([], "20")


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"stripe_secret_key": None, "stripe_webhook_secret": None}, "BRICKYARD_STRIPE_SECRET_KEY"),
        ({"stripe_secret_key": StripeKey.of("sk_live_brickyard")}, "test environment"),
    ],
    ids=["none", "another environment's"],
)
async def test_only_the_stripe_that_was_paid_at_can_give_back(
    ada: Shopper, settings: Settings, clock: ManualClock, others: dict[str, Any], says: str
):
    payment, session = await ada.buy("20")
    async with serving(replace(settings, **others), clock) as cloud:
        status, detail = await refused(Shopper(cloud, ada.stripe, ada.account, ada.token), payment)
    assert (status, says in detail) == (409, True)
    assert (amounts(ada, session), await noted(ada.cloud)) == ([], [])
