"""The command, for tests."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from brick import Brick

from cloud import ProcessCloud


@pytest.fixture
def brick(shared_cloud: ProcessCloud) -> Brick:
    """The command, with a server that it shares with other tests."""
    return Brick(shared_cloud.address, shared_cloud.home)


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, and nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def lonely_brick(nobody: str, tmp_path: Path) -> Brick:
    """The command, with no server."""
    return Brick(nobody, tmp_path)
