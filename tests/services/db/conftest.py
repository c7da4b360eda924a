"""The service over the real engine, in a database of the test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk import Desk

from brickyard.engines.clock import ManualClock
from brickyard.state import Engine
from database import database


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = database.engine(tmp_path)
    Desk.migrate(engine)
    yield engine
    engine.close()


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine, ManualClock())
