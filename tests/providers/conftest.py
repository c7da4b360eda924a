"""Providers that are fakes."""

from collections.abc import AsyncIterator

import pytest
from reach import FAKES

from provider_fake import RunningFake, faking


@pytest.fixture
async def rates() -> AsyncIterator[list[RunningFake]]:
    """Two providers of exchange rates: Frankfurter, and Open Exchange Rates."""
    async with faking(FAKES["currency-frankfurter"], FAKES["currency-open_exchange_rates"]) as running:
        yield running
