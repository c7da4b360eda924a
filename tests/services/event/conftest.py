"""The event service without a gateway, for what cannot be seen through one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from station import Station

from brickyard.engines.clock import ManualClock
from brickyard.services.event import feed


@pytest.fixture
async def station(tmp_path: Path, clock: ManualClock) -> Station:
    """The only process there is."""
    return Station(tmp_path, clock)


@pytest.fixture
def other_station(tmp_path: Path, clock: ManualClock, station: Station) -> Station:  # noqa: ARG001 - it was first
    """A second process with the same database."""
    return Station(tmp_path, clock)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for other processes' events a hundred times a second rather than once."""
    monkeypatch.setattr(feed, "POLL_S", 0.01)


@pytest.fixture(autouse=True)
async def nothing_left() -> Iterator[None]:
    """Each test ends what it began: no feed goes on after its last listener."""
    before = asyncio.all_tasks()
    yield
    for _ in range(10):
        await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() - before if "Feed" in repr(task)] == []
