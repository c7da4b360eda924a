from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from stations import Station, Time, pass_s

from brickyard.platform.limits.schema import MIGRATIONS
from brickyard.platform.limits.sharing import LOOK_S
from brickyard.state import Engine
from database import database


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = database.engine(tmp_path)
    engine.migrate({"limits": MIGRATIONS})
    yield engine
    engine.close()


@pytest.fixture
def station(engine: Engine, time: Time) -> Callable[[], Station]:
    return lambda: Station(engine, time)


@pytest.fixture
async def pair(station: Callable[[], Station]) -> tuple[Station, Station]:
    """Two gateways that have met."""
    first, second = station(), station()
    await pass_s(2 * LOOK_S, first, second)
    assert (first.sharing.others, second.sharing.others) == (1, 1)
    return first, second
