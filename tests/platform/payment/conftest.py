import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from shopper import Shopper

from brickyard.engines.clock import ManualClock
from brickyard.platform.payment.origins import Origins
from brickyard.platform.payment.stripe.credentials import ApiBase, StripeKey, WebhookSecret
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database
from stripe_server import KEY, SECRET, StripeServer


@pytest.fixture(scope="session")
def stripe() -> Iterator[StripeServer]:
    """A Stripe for all tests: each has sessions of its own."""
    with StripeServer() as server:
        yield server


@pytest.fixture
def clock() -> ManualClock:
    """The time now: Stripe has no other."""
    return ManualClock(time.time())


@pytest.fixture
def settings(tmp_path: Path, stripe: StripeServer) -> Settings:
    """A cloud that takes payments."""
    home = tmp_path / "home"
    return Settings(
        home=home,
        port=0,
        database_url=database.url(home),
        public_url="https://cloud.example",
        stripe_secret_key=StripeKey.of(KEY),
        stripe_webhook_secret=WebhookSecret.of(SECRET),
        stripe_api_base=ApiBase.of(stripe.address),
        payment_origins=Origins.of("https://shop.example"),
    )


@pytest.fixture
async def ada(local_cloud: LocalCloud, stripe: StripeServer) -> AsyncIterator[Shopper]:
    """Somebody without money. Whatever a test does with it, the books are in order afterwards."""
    shopper = await Shopper.of(local_cloud, stripe, "acc_ada")
    yield shopper
    await shopper.owes()
