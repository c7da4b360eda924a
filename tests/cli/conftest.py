"""The command, for tests."""

from pathlib import Path

import pytest
from brick import Brick

from cloud import ProcessCloud


@pytest.fixture
def brick(shared_cloud: ProcessCloud) -> Brick:
    """The command, with a server that it shares with other tests."""
    return Brick(shared_cloud.address, shared_cloud.home)


@pytest.fixture
def lonely_brick(nobody: str, tmp_path: Path) -> Brick:
    """The command, with no server."""
    return Brick(nobody, tmp_path)
