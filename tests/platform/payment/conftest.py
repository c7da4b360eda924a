import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from shopper import Shopper

from brickyard.engines.clock import ManualClock
from brickyard.settings import Settings
from cloud import LocalCloud
from stripe_server import StripeServer, settings_of


@pytest.fixture
def clock() -> ManualClock:
    """The time now: Stripe has no other."""
    return ManualClock(time.time())


@pytest.fixture
def settings(tmp_path: Path, stripe: StripeServer) -> Settings:
    """A cloud that takes payments."""
    return settings_of(stripe, tmp_path / "home")


@pytest.fixture
async def ada(local_cloud: LocalCloud, stripe: StripeServer) -> AsyncIterator[Shopper]:
    """Somebody without money. Whatever a test does with it, the books are in order afterwards."""
    shopper = await Shopper.of(local_cloud, stripe, "acc_ada")
    yield shopper
    await shopper.owes()
