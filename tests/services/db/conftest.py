"""The service over the real engine, in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk

from brickyard.engines.clock import ManualClock
from brickyard.engines.sql.sqlite import SqliteEngine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SqliteEngine]:
    engine = SqliteEngine(tmp_path / "brickyard.db")
    Desk.migrate(engine)
    yield engine
    engine.close()


@pytest.fixture
def desk(engine: SqliteEngine) -> Desk:
    return Desk(engine, ManualClock())
