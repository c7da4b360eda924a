"""Stripe's own library: loaded when it is first needed, and only where payments are set up."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from brickyard.platform.payment.stripe.credentials import StripeKey

if TYPE_CHECKING:
    from stripe import StripeClient

LIMIT_S = 20.0
RETRIES_MAX = 2
"""How often the library makes a call again that Stripe did not answer, under the same idempotency key."""


class PaymentsUnusable(Exception):  # noqa: N818 - what is wrong is the installation, not the program
    """The settings ask for payments, and they cannot be taken; the text says what to do."""


def require() -> None:
    """Raise `PaymentsUnusable` if the library is not installed; it is not loaded yet."""
    if find_spec("stripe") is None:
        raise PaymentsUnusable(
            "BRICKYARD_STRIPE_SECRET_KEY is set, and Stripe's library is not installed:"
            " pip install 'brickyard[stripe]'."
        )


async def load() -> None:
    """Load the library, which takes a while, beside the event loop."""
    await asyncio.to_thread(_load)


@asynccontextmanager
async def connected(key: StripeKey, api_base: str) -> AsyncGenerator["StripeClient"]:
    """Give a client for one call: nothing to close later, and no connection that went stale meanwhile."""
    await load()
    import aiohttp
    import stripe

    http = stripe.AIOHTTPClient(timeout=aiohttp.ClientTimeout(total=LIMIT_S))
    try:
        yield stripe.StripeClient(
            key.text,
            http_client=http,
            max_network_retries=RETRIES_MAX,
            base_addresses={"api": api_base},
        )
    finally:
        await http.close_async()


def _load() -> None:
    import stripe

    stripe.enable_telemetry = False  # it would keep a file beside the home, and tell Stripe of the machine
    logging.getLogger("stripe").setLevel(logging.WARNING)  # below that it logs requests and replies whole
