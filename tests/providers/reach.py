"""Clouds whose providers are fakes, and how one is told whom to ask."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.providers.budget import within
from brickyard.providers.mirrors import Mirrors
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database
from provider_fake import Fake, RunningFake
from row import fakes

FAKES = {f"{each.service}-{each.provider}": each for each in fakes()}


def reaching(home: Path, running: Iterable[RunningFake]) -> Settings:
    """Give the settings of a cloud that reaches fakes in place of their providers."""
    return Settings(
        home=home,
        port=0,
        database_url=database.url(home),
        egress_allow=Allowed.of("127.0.0.0/8"),
        egress_allow_tenants=AllowedToTenants.of("127.0.0.0/8"),
        provider_urls=Mirrors.of(" ".join(each.mirror for each in running)),
    )


def hurry(monkeypatch: pytest.MonkeyPatch, limit_s: float) -> None:
    """Give providers no more than so many seconds."""
    monkeypatch.setattr("brickyard.providers.market.within", lambda given_s: within(min(given_s, limit_s)))


async def set_up(cloud: LocalCloud, *of: Fake, wrong: bool = False) -> None:
    """Have providers, and no others, do their service's work, in this order."""
    for each in of:
        credentials: dict[str, Any] = dict(each.wrong_credentials if wrong else each.credentials)
        if credentials:
            place = {"service": each.service, "provider": each.provider}
            await cloud.call("provider/Set", {**place, "credentials": credentials})
    order = [each.provider for each in of]
    await cloud.call("provider/Choose", {"service": of[0].service, "order": order})
