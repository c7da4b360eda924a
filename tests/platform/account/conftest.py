from collections.abc import Callable
from pathlib import Path

import pytest

from brickyard.gateway.proxies import Proxies
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database
from people import Mailboxes, Person


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A cloud behind a proxy on this machine, so that tests can call from anywhere."""
    home = tmp_path / "home"
    return Settings(
        home=home,
        database_url=database.url(home),
        port=0,
        trusted_proxies=Proxies.of("127.0.0.1"),
        public_url="https://cloud.example",
    )


@pytest.fixture
def mailboxes(local_cloud: LocalCloud) -> Mailboxes:
    """Everyone's mailboxes."""
    return Mailboxes.of(local_cloud)


@pytest.fixture
def person(local_cloud: LocalCloud, mailboxes: Mailboxes) -> Callable[..., Person]:
    """Makes a person by e-mail and address; not signed up."""
    return lambda email="ada@example.com", address="198.51.100.1": Person(
        local_cloud, mailboxes, email, address
    )


@pytest.fixture
async def ada(person: Callable[..., Person]) -> Person:
    """Somebody who signed up, and is signed in."""
    return await person().sign_up()
