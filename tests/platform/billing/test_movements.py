import asyncio

import pytest
from purse import ACCOUNT, Purse

from brickyard.contract import BadRequest, Conflict, NotFound, usd
from brickyard.platform.billing.movements import Movement

PAYMENT = Movement(amount=usd("10"), reference="pay_1")


async def test_a_payment_is_money_of_the_customers_that_the_processor_owes(purse: Purse):
    record = await purse.top_up("10")
    assert record.amount == usd("10")
    assert await purse.entries(record) == {"customer": "10", "processor_clearing": "-10"}
    assert await purse.has() == ("10", "0")


async def test_a_payment_told_of_three_times_is_counted_once(purse: Purse):
    records = await asyncio.gather(*(purse.books.top_up(ACCOUNT, PAYMENT) for _ in range(3)))
    assert [each.sequence for each in records] == [1, 1, 1]
    assert await purse.has() == ("10", "0")


async def test_a_payment_told_of_again_after_a_restart_is_counted_once(purse: Purse):
    await purse.books.top_up(ACCOUNT, PAYMENT)
    purse.close()
    purse.open()
    await purse.books.top_up(ACCOUNT, PAYMENT)
    assert await purse.has() == ("10", "0")


async def test_the_same_reference_with_another_amount_is_refused(purse: Purse):
    await purse.books.top_up(ACCOUNT, PAYMENT)
    with pytest.raises(Conflict, match="another amount"):
        await purse.top_up("11", reference="pay_1")


async def test_the_same_reference_the_other_way_or_for_something_else_is_refused(purse: Purse):
    await purse.top_up("10")
    await purse.top_up("10", reference="pay_2")
    await purse.books.adjust(ACCOUNT, Movement(amount=usd("4"), reference="ticket 7"))
    with pytest.raises(Conflict, match="another amount"):
        await purse.books.adjust(ACCOUNT, Movement(amount=usd("-4"), reference="ticket 7"))
    await purse.books.refund(ACCOUNT, Movement(amount=usd("1"), original=1, reference="ticket 8"))
    with pytest.raises(Conflict, match="of transaction 1"):
        await purse.books.refund(ACCOUNT, Movement(amount=usd("1"), original=2, reference="ticket 8"))
    assert await purse.has() == ("23", "0")


async def test_a_payment_without_a_reference_is_refused(purse: Purse):
    with pytest.raises(BadRequest, match="reference"):
        await purse.books.top_up(ACCOUNT, Movement(amount=usd("1")))


@pytest.mark.parametrize("amount", ["0", "-1"])
async def test_what_is_no_amount_is_refused(purse: Purse, amount: str):
    with pytest.raises(BadRequest, match="no amount"):
        await purse.top_up(amount)


async def test_a_reference_cannot_pass_for_a_number_of_the_ledgers(purse: Purse):
    with pytest.raises(BadRequest, match="#"):
        await purse.top_up("1", reference="#2")


async def test_an_adjustment_names_its_reason_and_goes_either_way(purse: Purse):
    await purse.top_up("10")
    await purse.books.adjust(ACCOUNT, Movement(amount=usd("-4"), reason="counted twice", original=1))
    record = await purse.books.adjust(ACCOUNT, Movement(amount=usd("1"), reason="sorry"))
    assert await purse.entries(record) == {"customer": "1", "platform_revenue": "-1"}
    assert [(each.reason, each.original) for each in await purse.transactions()] == [
        ("", 0),
        ("counted twice", 1),
        ("sorry", 0),
    ]
    assert await purse.has() == ("7", "0")


async def test_an_adjustment_cannot_take_what_is_held_or_granted(purse: Purse):
    await purse.top_up("10")
    await purse.grant("5")
    await purse.hold("8")
    with pytest.raises(Conflict, match="7 that were paid in"):
        await purse.books.adjust(ACCOUNT, Movement(amount=usd("-8")))
    await purse.books.adjust(ACCOUNT, Movement(amount=usd("-7")))
    assert await purse.has() == ("0", "8")


async def test_a_call_is_given_back_in_parts_and_not_beyond_its_price(purse: Purse):
    await purse.top_up("10")
    await purse.spend("3")
    call = await purse.last()
    record = await purse.books.refund(ACCOUNT, Movement(amount=usd("2"), original=call.sequence))
    assert await purse.entries(record) == {"customer": "2", "refunds": "-2"}
    with pytest.raises(Conflict, match="1 dollars are left"):
        await purse.books.refund(ACCOUNT, Movement(amount=usd("2"), original=call.sequence))
    await purse.books.refund(ACCOUNT, Movement(amount=usd("1"), original=call.sequence))
    assert await purse.has() == ("10", "0")


async def test_a_refund_makes_no_money_of_credit(purse: Purse):
    await purse.grant("2")
    await purse.top_up("10")
    await purse.spend("3")
    record = await purse.books.refund(ACCOUNT, Movement(amount=usd("3"), original=3))
    assert await purse.entries(record) == {"customer": "1", "promo:1": "2", "refunds": "-3"}
    assert (await purse.wallet()).credit == usd("2")


async def test_a_refund_asked_for_twice_is_made_once(purse: Purse):
    await purse.top_up("10")
    await purse.spend("3")
    refund = Movement(amount=usd("1"), original=2, reference="ticket 7")
    first, second = [await purse.books.refund(ACCOUNT, refund) for _ in range(2)]
    assert first == second
    assert await purse.has() == ("8", "0")


async def test_a_payment_is_given_back_as_far_as_it_is_unspent(purse: Purse):
    await purse.top_up("10")
    await purse.spend("3")
    with pytest.raises(Conflict, match="7 that were paid in"):
        await purse.books.refund(ACCOUNT, Movement(amount=usd("8"), original=1))
    record = await purse.books.refund(ACCOUNT, Movement(amount=usd("7"), original=1))
    assert await purse.entries(record) == {"customer": "-7", "processor_clearing": "7"}
    assert await purse.has() == ("0", "0")


async def test_only_calls_and_payments_are_refunded(purse: Purse):
    await purse.grant("1")
    with pytest.raises(Conflict, match="is a grant"):
        await purse.books.refund(ACCOUNT, Movement(amount=usd("1"), original=1))
    with pytest.raises(NotFound, match="No transaction 9"):
        await purse.books.refund(ACCOUNT, Movement(amount=usd("1"), original=9))


async def test_a_payer_who_takes_a_payment_back_takes_what_is_there_and_the_rest_is_our_loss(purse: Purse):
    await purse.top_up("10")
    await purse.spend("3")
    await purse.hold("2")
    record = await purse.books.chargeback(
        ACCOUNT, Movement(amount=usd("10"), original=1, reference="dispute_1")
    )
    assert await purse.entries(record) == {"customer": "-5", "chargebacks": "-5", "processor_clearing": "10"}
    assert await purse.has() == ("0", "2")


async def test_a_payment_is_taken_back_once(purse: Purse):
    await purse.top_up("10")
    dispute = Movement(amount=usd("10"), original=1, reference="dispute_1")
    first, second = [await purse.books.chargeback(ACCOUNT, dispute) for _ in range(2)]
    assert first == second
    with pytest.raises(Conflict, match="0 dollars are left"):
        await purse.books.chargeback(ACCOUNT, Movement(amount=usd("1"), original=1, reference="dispute_2"))


async def test_what_is_no_payment_cannot_be_taken_back(purse: Purse):
    await purse.grant("10")
    with pytest.raises(Conflict, match="not a payment"):
        await purse.books.chargeback(ACCOUNT, Movement(amount=usd("1"), original=1))
