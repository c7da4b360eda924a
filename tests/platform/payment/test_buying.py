"""Buying credit, from the first call to the balance."""

from shopper import Shopper

from stripe_server import BAD_CARD


async def test_credit_is_bought(ada: Shopper):
    payment = await ada.begin("20")
    assert (payment["status"], payment["price"], payment["livemode"]) == ("open", "20.00", False)
    session = await ada.pay(payment)
    assert (await ada.status(payment), await ada.balance()) == ("open", "0")
    for event in session.events:
        await ada.hears(event)
    assert (await ada.status(payment), await ada.balance()) == ("paid", "20")
    assert await ada.movements() == [("top_up", "20")]
