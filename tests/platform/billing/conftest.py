from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from purse import Purse

from brickyard.engines.clock import ManualClock


@pytest.fixture
async def purse(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Purse]:
    """An account without money. Whatever a test does with it, its books are in order afterwards."""
    purse = Purse(tmp_path / "books.db", clock)
    yield purse
    assert await purse.faults() == []
    purse.close()
