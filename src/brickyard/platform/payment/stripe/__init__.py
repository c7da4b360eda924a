"""Stripe as the payment processor: Checkout for paying, signed webhooks for what came of it."""

from typing import NamedTuple

from brickyard.platform.payment.stripe.credentials import ApiBase, StripeKey, WebhookSecret
from brickyard.platform.payment.stripe.library import require
from brickyard.platform.payment.stripe.processor import StripeProcessor


class StripeSetup(NamedTuple):
    """What an operator has set."""

    key: StripeKey
    secret: WebhookSecret
    api_base: ApiBase


def stripe(setup: StripeSetup | None) -> StripeProcessor | None:
    """Give the processor that is set up; None if none is. `PaymentsUnusable` if it cannot work."""
    if setup is None:
        return None
    require()
    return StripeProcessor(setup.key, setup.secret, setup.api_base.url)
