"""The cloud as tests meet it: started for real, on a free port of this machine, with a home of its own."""

import gc
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher
from msgspec.structs import replace

from brickyard.engines.clock import ManualClock
from brickyard.platform.account import passwords
from brickyard.settings import Settings
from cloud import LocalCloud, ProcessCloud, serving
from database import CHOICES, database
from outside import Outside
from stripe_server import StripeServer, settings_of

STRONG = passwords.strong_hasher


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=CHOICES, default=CHOICES[0], help="what state is kept in")


def pytest_configure(config: pytest.Config) -> None:
    database.choose(config.getoption("--database"))
    # A machine that others use, too, is slow at times: that says nothing of what is tested.
    hypothesis.settings.register_profile(
        "shared machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("shared machine")


def pytest_collection_finish() -> None:
    """Let what was imported, which lasts as long as the run, not be looked through for garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    database.stop()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("only_on"):
        if marker.args[0] != database.kind:
            pytest.skip(f"only on {marker.args[0]}: {marker.args[1]}")
    if database.bare and (marker := item.get_closest_marker("needs_signals")):
        pytest.skip(f"not without PostgreSQL's locks and notices: {marker.args[0]}")


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder of the test's own. The databases of homes in it last no longer than the test."""
    yield tmp_path
    database.forget(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Let hashes of passwords cost next to nothing: they are meant to take a good part of a second each."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "strong_hasher", lambda: quick)
        yield


@pytest.fixture
def strong_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hashes of passwords cost what they should, where that is what is tested."""
    monkeypatch.setattr(passwords, "strong_hasher", STRONG)


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessCloud]:
    """One cloud in a process of its own, for all tests that do not mind each other's data."""
    with ProcessCloud(tmp_path_factory.mktemp("home")) as cloud:
        yield cloud


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, and nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def process_cloud(tmp_path: Path) -> Iterator[ProcessCloud]:
    """A cloud in a process of its own, for one test: it may be killed."""
    with ProcessCloud(tmp_path / "home") as cloud:
        yield cloud


@pytest.fixture(scope="session")
def stripe() -> Iterator[StripeServer]:
    """A Stripe for all tests: each has sessions of its own."""
    with StripeServer() as server:
        yield server


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    """Doubles of all providers."""
    with Outside() as outside:
        yield outside


@pytest.fixture
def clock() -> ManualClock:
    """The local cloud's clock."""
    return ManualClock()


@pytest.fixture
def paying_settings(
    tmp_path: Path, stripe: StripeServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings of a cloud that takes payments, for modules that override the others by these."""
    monkeypatch.setattr(stripe, "now_s", lambda: clock.now_ns() / 1e9)
    return replace(settings_of(stripe, tmp_path / "home"), public_url="")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The local cloud's settings; a test module may override them."""
    home = tmp_path / "home"
    return Settings(home=home, port=0, database_url=database.url(home), offline=True)


@pytest.fixture
async def local_cloud(settings: Settings, clock: ManualClock) -> AsyncIterator[LocalCloud]:
    """A cloud on the test's own event loop, whose insides and whose clock are within reach."""
    async with serving(settings, clock) as cloud:
        yield cloud
