"""What has to be there before the examples of the `payment` service can be made: a shopper, and a till."""

from typing import Any

from brickyard.platform.payment.facts import Notice
from brickyard.platform.payment.processor import Checkout, PayPage
from cloud import LocalCloud
from tenant import Tenant


class ExampleProcessor:
    """A processor that needs no network, and has nothing to tell."""

    livemode = False

    async def open(self, checkout: Checkout) -> PayPage:
        return PayPage("cs_test_a1b2c3", "https://checkout.stripe.com/c/pay/cs_test_a1b2c3")

    async def hear(self, body: bytes, signature: str) -> Notice | None:
        return None


async def shopper(cloud: LocalCloud) -> Tenant:
    """Have payments taken, and somebody signed in."""
    cloud.application.cashier.processor = ExampleProcessor()
    return Tenant(cloud, await cloud.application.sessions.begin("acc_shopper", "", ""))


async def id_of_a_payment(shopper: Tenant) -> dict[str, Any]:
    listed = await shopper.reply("payment/List", {})
    return {"id": listed["payments"][0]["id"]}
