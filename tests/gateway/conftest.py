"""The gateway's clouds: small limits, and a service that misbehaves on request."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from probing import BODY_MAX_BYTES, PROBES, cloud_with_probes

from brickyard import services
from brickyard.gateway import patience
from brickyard.settings import Settings
from cloud import LocalCloud, ProcessCloud
from database import database


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Small bodies that have to come quickly, and the service `probe`."""
    home = tmp_path / "home"
    yield Settings(
        home=home,
        port=0,
        body_max_bytes=BODY_MAX_BYTES,
        body_limit_s=0.2,
        services=PROBES,
        database_url=database.url(home),
    )
    if str(PROBES) in services.__path__:
        services.__path__.remove(str(PROBES))


@pytest.fixture
def probe(local_cloud: LocalCloud) -> ModuleType:  # noqa: ARG001 - once it runs, the module is there
    """The module of the service `probe` as the local cloud runs it."""
    module = sys.modules["brickyard.services.probe"]
    module.running.clear()
    module.sent.clear()
    return module


@pytest.fixture(scope="session")
def probe_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessCloud]:
    """A cloud with the service `probe`, for all tests that leave it as it was."""
    with cloud_with_probes(tmp_path_factory.mktemp("probes")) as cloud:
        yield cloud


@pytest.fixture
def mortal_cloud(tmp_path: Path) -> Iterator[ProcessCloud]:
    """A cloud with the service `probe`, for one test: it may be stopped."""
    with cloud_with_probes(tmp_path / "home") as cloud:
        yield cloud


@pytest.fixture
def draining_cloud(tmp_path: Path) -> Iterator[ProcessCloud]:
    """A mortal cloud that goes on for ten minutes once it was told to stop."""
    with cloud_with_probes(tmp_path / "home", BRICKYARD_DRAIN_S="600") as cloud:
        yield cloud


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at time limits fifty times a second rather than once."""
    monkeypatch.setattr(patience, "LOOK_EVERY_S", 0.02)
