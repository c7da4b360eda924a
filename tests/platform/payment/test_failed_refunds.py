"""Refunds that Stripe takes back: the money comes again once, whatever is told of it and in which order."""

import itertools
from typing import Any

import pytest
from shopper import Shopper

from stripe_server import Event, Session, event_of


async def told(ada: Shopper, *events: Event) -> None:
    for event in events:
        await ada.hears(event)


def failed(ada: Shopper, session: Session, kind: str = "refund.failed", cents: int | None = None) -> Event:
    return ada.stripe.tell_refund(session, kind, "failed", cents)


def charged(session: Session, cents: int) -> Event:
    """The charge, as it would be told again with so much given back."""
    session.charge["amount_refunded"] = cents
    return event_of(f"evt_charged_{session.id}_{cents}", "charge.updated", session.charge)


async def noted(ada: Shopper) -> list[dict[str, Any]]:
    """Give what the account's audit log has of the cloud's own doing."""
    found = await ada.call("audit/List", endpoint="cloud", limit=100)
    return [each["after"] for each in reversed(found["entries"])]


@pytest.mark.parametrize("kind", ["refund.failed", "refund.updated", "charge.refund.updated"])
@pytest.mark.parametrize("status", ["failed", "canceled"])
async def test_the_credit_of_a_refund_that_fails_comes_again(ada: Shopper, kind: str, status: str):
    payment, session = await ada.buy("20")
    await told(ada, ada.stripe.refund(session, 500))
    assert await ada.balance() == "15"
    await told(ada, ada.stripe.tell_refund(session, kind, status))
    assert (await ada.status(payment), await ada.balance()) == ("paid", "20")
    assert await ada.movements() == [("top_up", "20"), ("refund", "-5"), ("adjust", "5")]


@pytest.mark.parametrize("status", ["pending", "requires_action", "succeeded"])
async def test_a_refund_that_may_come_or_has_come_stays_taken(ada: Shopper, status: str):
    payment, session = await ada.buy("20")
    refunded = ada.stripe.refund(session, 500)
    await told(ada, ada.stripe.tell_refund(session, "refund.created", status), refunded)
    await told(ada, ada.stripe.tell_refund(session, "refund.updated", status))
    assert (await ada.status(payment), await ada.balance()) == ("partly_refunded", "15")
    assert (await noted(ada), await ada.movements()) == ([], [("top_up", "20"), ("refund", "-5")])


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_whatever_the_order_and_number_of_events(ada: Shopper, order: tuple[int, ...]):
    payment = await ada.begin("20")
    session = await ada.pay(payment)
    events = [
        session.events[-1],
        ada.stripe.refund(session, 500),
        failed(ada, session),
        failed(ada, session, "charge.refund.updated"),
    ]
    for number in (*order, *order):
        await told(ada, events[number])
    assert (await ada.status(payment), await ada.balance()) == ("paid", "20")
    assert sum(float(amount) for kind, amount in await ada.movements() if kind != "top_up") == 0
    assert len(await noted(ada)) == 1


@pytest.mark.parametrize("charge_falls", [True, False])
async def test_another_refund_after_one_that_failed_takes_the_credit(ada: Shopper, *, charge_falls: bool):
    """Whether a charge's own sum falls with a refund that fails makes no difference."""
    _, session = await ada.buy("20")
    await told(ada, ada.stripe.refund(session, 1200), failed(ada, session))
    await told(ada, charged(session, 0 if charge_falls else 1200))
    assert await ada.balance() == "20"
    ada.stripe.refund(session, 800)
    await told(ada, ada.stripe.tell_refund(session, "refund.created", "succeeded", 800))
    await told(ada, charged(session, 800 if charge_falls else 2000))
    assert await ada.balance() == "12"


async def test_only_the_refund_that_failed_comes_again(ada: Shopper):
    payment, session = await ada.buy("20")
    await told(ada, ada.stripe.refund(session, 500), ada.stripe.refund(session, 700))
    await told(ada, failed(ada, session, cents=500))
    assert (await ada.status(payment), await ada.balance()) == ("partly_refunded", "13")


async def test_what_was_owed_by_it_is_owed_no_longer(ada: Shopper):
    _, session = await ada.buy("20")
    await ada.spend("12")
    await told(ada, ada.stripe.refund(session))
    assert (await ada.balance(), await ada.owes()) == ("0", "12")
    await told(ada, failed(ada, session))
    assert (await ada.balance(), await ada.owes()) == ("8", "0")


async def test_it_stands_in_the_audit_log_and_in_the_statement(ada: Shopper):
    payment, session = await ada.buy("20")
    await told(ada, ada.stripe.refund(session, 500), failed(ada, session))
    (refund,) = ada.stripe.refunds(session)
    assert await noted(ada) == [
        {
            "payment": payment["id"],
            "refund": refund["id"],
            "undone": "5.00",
            "refunded": "0.00",
            "currency": "usd",
        }
    ]
    statement = await ada.call("billing/Statement")
    (line,) = [each for each in statement["csv"].splitlines() if "given again" in each]
    assert (",adjust: given again: " in line, payment["id"] in line, statement["closing"]) == (
        True,
        True,
        "20",
    )


async def test_an_operators_refund_that_fails_may_be_asked_for_anew(ada: Shopper):
    payment, session = await ada.buy("20")
    request = {"account": ada.account, "payment": payment["id"], "reason": "Paid twice.", "amount": "5"}

    async def refund(reference: str) -> tuple[int, Any]:
        reply = await ada.cloud.post("admin/RefundPayment", {**request, "reference": reference})
        return reply.status_code, reply.json()

    assert (await refund("ticket-17"))[0] == 200
    await told(ada, failed(ada, session))
    assert await ada.balance() == "20"
    status, problem = await refund("ticket-17")
    assert (status, "has failed since" in problem["detail"]) == (409, True)
    status, reply = await refund("ticket-18")
    assert (status, reply["refunded"], await ada.balance()) == (200, "5.00", "15")


async def test_refunds_of_what_others_sell_are_not_ours(ada: Shopper):
    payment, session = await ada.buy("20")
    await told(ada, ada.stripe.refund(session, 500))
    event = failed(ada, session)
    event["data"]["object"]["payment_intent"] = None
    await told(ada, event)
    assert (await ada.status(payment), await ada.balance()) == ("partly_refunded", "15")
