"""Refunds and disputes: credit goes back the way it came, and what was spent is owed."""

import itertools

import pytest
from shopper import Shopper

from brickyard.contract import Unavailable
from cloud import LocalCloud
from stripe_server import event_of


async def test_a_refund_takes_credit_back(ada: Shopper):
    payment, session = await ada.buy("20")
    await ada.hears(ada.stripe.refund(session, 500))
    assert (await ada.status(payment), await ada.balance()) == ("partly_refunded", "15")
    await ada.hears(ada.stripe.refund(session, 1500))
    assert (await ada.status(payment), await ada.balance()) == ("refunded", "0")
    assert await ada.movements() == [("top_up", "20"), ("refund", "-5"), ("refund", "-15")]


async def test_refunds_told_the_other_way_round_take_as_much(ada: Shopper):
    _, session = await ada.buy("20")
    first, second = ada.stripe.refund(session, 500), ada.stripe.refund(session, 700)
    for event in (second, first, second):
        await ada.hears(event)
    assert await ada.balance() == "8"


async def test_a_refund_told_before_the_payment_is_taken_from_it(ada: Shopper):
    payment = await ada.begin("20")
    session = await ada.pay(payment)
    await ada.hears(ada.stripe.refund(session, 500))
    assert (await ada.status(payment), await ada.balance()) == ("open", "0")
    for event in session.events:
        await ada.hears(event)
    assert (await ada.status(payment), await ada.balance()) == ("partly_refunded", "15")


async def test_what_was_spent_is_owed_and_the_next_payment_pays_it(ada: Shopper):
    _, session = await ada.buy("20")
    await ada.spend("12")
    await ada.hears(ada.stripe.refund(session))
    assert (await ada.balance(), await ada.owes()) == ("0", "12")
    await ada.buy("10")
    assert (await ada.balance(), await ada.owes()) == ("0", "2")
    await ada.buy("10")
    assert (await ada.balance(), await ada.owes()) == ("8", "0")
    kinds = [kind for kind, _ in await ada.movements()]
    assert kinds == ["top_up", "capture", "refund", "top_up", "adjust", "top_up", "adjust"]


async def test_what_calls_under_way_hold_is_not_taken_from_them(ada: Shopper):
    _, session = await ada.buy("20")
    hold = await ada.hold("15")
    await ada.hears(ada.stripe.refund(session))
    assert (await ada.balance(), await ada.owes()) == ("0", "15")
    await ada.release(hold)
    await ada.buy("5")
    assert (await ada.balance(), await ada.owes()) == ("5", "0")


async def test_a_dispute_takes_credit_back_and_one_that_is_won_gives_it_again(ada: Shopper):
    payment, session = await ada.buy("20")
    dispute = ada.stripe.dispute(session)
    await ada.hears(dispute)
    assert (await ada.status(payment), await ada.balance()) == ("disputed", "0")
    await ada.hears(ada.stripe.close(session, dispute, "won"))
    assert (await ada.status(payment), await ada.balance()) == ("paid", "20")
    assert await ada.movements() == [("top_up", "20"), ("chargeback", "-20"), ("adjust", "20")]


async def test_a_dispute_that_is_lost_stays_taken(ada: Shopper):
    payment, session = await ada.buy("20")
    await ada.spend("5")
    dispute = ada.stripe.dispute(session)
    for event in (dispute, ada.stripe.close(session, dispute, "lost"), dispute):
        await ada.hears(event)
    assert (await ada.status(payment), await ada.balance(), await ada.owes()) == ("charged_back", "0", "5")


async def test_a_dispute_that_is_won_pays_what_is_owed_first(ada: Shopper):
    _, first = await ada.buy("20")
    _, second = await ada.buy("10")
    await ada.spend("30")
    dispute = ada.stripe.dispute(first)
    await ada.hears(dispute)
    await ada.hears(ada.stripe.refund(second))
    assert (await ada.balance(), await ada.owes()) == ("0", "30")
    await ada.hears(ada.stripe.close(first, dispute, "won"))
    assert (await ada.balance(), await ada.owes()) == ("0", "10")


async def test_a_question_of_the_banks_moves_no_money(ada: Shopper):
    payment, session = await ada.buy("20")
    inquiry = ada.stripe.dispute(session, status="warning_needs_response")
    await ada.hears(inquiry)
    await ada.hears(ada.stripe.close(session, inquiry, "warning_closed"))
    assert (await ada.status(payment), await ada.balance()) == ("paid", "20")


async def test_a_refund_and_a_dispute_take_no_more_than_was_paid(ada: Shopper):
    _, session = await ada.buy("20")
    await ada.hears(ada.stripe.refund(session, 1500))
    await ada.hears(ada.stripe.dispute(session))
    assert (await ada.balance(), await ada.owes()) == ("0", "0")


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_a_payment_and_its_dispute_may_be_told_in_any_order(ada: Shopper, order: tuple[int, ...]):
    payment = await ada.begin("20")
    session = await ada.pay(payment)
    paid, dispute = session.events[-1], ada.stripe.dispute(session, 800)
    events = [paid, dispute, ada.stripe.close(session, dispute, "lost"), ada.stripe.refund(session, 200)]
    for number in order:
        await ada.hears(events[number])
    assert (await ada.status(payment), await ada.balance()) == ("charged_back", "10")


async def test_a_dispute_whose_payment_cannot_be_asked_for_is_to_be_told_again(
    ada: Shopper, monkeypatch: pytest.MonkeyPatch
):
    _, session = await ada.buy("20")
    dispute = ada.stripe.dispute(session)
    processor = ada.cloud.application.cashier.processor
    with monkeypatch.context() as broken:
        broken.setattr("brickyard.platform.payment.stripe.library.RETRIES_MAX", 0)
        broken.setattr(processor, "_api_base", "http://127.0.0.1:9")
        assert (await ada.sent(dispute)).status_code == Unavailable.status
    await ada.hears(dispute)
    assert await ada.balance() == "0"


async def test_what_others_sell_through_the_same_stripe_account_is_not_ours(
    ada: Shopper, local_cloud: LocalCloud
):
    payment = await ada.begin("20")
    session = await ada.pay(payment)
    paid = session.events[-1]["data"]["object"]
    await ada.hears(event_of("evt_shop_1", "checkout.session.completed", paid | {"metadata": {}}))
    await ada.hears(event_of("evt_shop_2", "charge.refunded", session.charge | {"metadata": None}))
    elsewhere = {"brickyard_account": "acc_elsewhere", "brickyard_payment": "pay_elsewhere"}
    await ada.hears(event_of("evt_shop_3", "checkout.session.completed", paid | {"metadata": elsewhere}))
    assert await ada.balance() == "0"
    accounts = [each async for each in local_cloud.application.books.accounts()]
    assert "acc_elsewhere" not in accounts
