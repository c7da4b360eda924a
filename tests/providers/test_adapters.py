"""The same cases for every adapter, against its fake: a new one joins by its fake alone."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from reach import FAKES, hurry, reaching, set_up

from brickyard import services
from brickyard.providers.credentials import fields_of
from brickyard.providers.folder import aggregations
from brickyard.settings import Settings
from cloud import LocalCloud
from provider_fake import Fake, Fault, RunningFake, faking
from row import ASKS

each_adapter = pytest.mark.parametrize("fake", FAKES.values(), ids=list(FAKES))


@pytest.fixture
async def running(fake: Fake) -> AsyncIterator[RunningFake]:
    async with faking(fake) as (running,):
        yield running


@pytest.fixture
def settings(tmp_path: Path, running: RunningFake) -> Settings:
    return reaching(tmp_path / "home", [running])


def test_every_adapter_has_a_fake():
    remote = {
        f"{each.service}-{each.name}"
        for aggregation in aggregations(services)
        for each in aggregation.providers
        if each.about.hosts
    }
    assert remote == set(FAKES)


@each_adapter
async def test_it_does_what_it_is_asked(fake: Fake, running: RunningFake, local_cloud: LocalCloud):
    ask = ASKS[fake.service]
    await set_up(local_cloud, fake)
    response = await local_cloud.post(ask.path, ask.request)
    assert response.status_code == 200, response.text
    assert response.json() | ask.shows == response.json()
    assert response.headers["provider"] == fake.provider
    assert running.asked


@each_adapter
async def test_a_check_shows_that_it_is_set_up(fake: Fake, running: RunningFake, local_cloud: LocalCloud):
    await set_up(local_cloud, fake)
    checked = await local_cloud.call("provider/Check", {"service": fake.service, "provider": fake.provider})
    assert checked["ok"], checked
    running.always = "down"
    checked = await local_cloud.call("provider/Check", {"service": fake.service, "provider": fake.provider})
    assert not checked["ok"]
    assert checked["detail"].startswith("down: ")


@each_adapter
async def test_wrong_credentials_are_told_apart_and_not_shown(fake: Fake, local_cloud: LocalCloud):
    if not fake.wrong_credentials:
        pytest.skip("it takes no credentials")
    await set_up(local_cloud, fake, wrong=True)
    ask = ASKS[fake.service]
    response = await local_cloud.post(ask.path, ask.request)
    assert response.status_code == 503
    assert [each["kind"] for each in response.json()["tried"]] == ["auth"]
    assert response.json()["retryable"] is False
    for value in secrets_of(fake, fake.wrong_credentials):
        assert value not in response.text
    checked = await local_cloud.call("provider/Check", {"service": fake.service, "provider": fake.provider})
    assert not checked["ok"]
    assert checked["detail"].startswith("auth: ")


KINDS: dict[Fault, str] = {
    "down": "down",
    "slow": "timeout",
    "garbage": "garbage",
    "empty": "garbage",
    "half": "garbage",
    "limited": "rate",
    "huge": "garbage",
    "bomb": "garbage",
    "unauthorized": "auth",
}


@each_adapter
@pytest.mark.parametrize(("fault", "kind"), KINDS.items(), ids=list(KINDS))
async def test_a_fault_is_told_apart(
    fault: Fault,
    kind: str,
    fake: Fake,
    running: RunningFake,
    local_cloud: LocalCloud,
    monkeypatch: pytest.MonkeyPatch,
):
    if fault == "slow":
        hurry(monkeypatch, 1.0)
    await set_up(local_cloud, fake)
    running.always = fault
    ask = ASKS[fake.service]
    response = await local_cloud.post(ask.path, ask.request)
    tried = response.json()["tried"]
    assert {(each["provider"], each["kind"]) for each in tried} == {(fake.provider, kind)}, tried
    may_be_done = kind in {"down", "timeout", "garbage"}
    if ask.once:
        assert response.status_code == (502 if may_be_done else 503)
        assert len(running.asked) == 1  # nothing is sent twice
    else:
        assert response.status_code == 503
    for value in secrets_of(fake, fake.credentials):
        assert value not in response.text


def secrets_of(fake: Fake, credentials: Mapping[str, Any]) -> list[str]:
    """Give what must not be shown of a provider's credentials."""
    aggregation = aggregations(services).by_service[fake.service]
    provider = next(each for each in aggregation.providers if each.name == fake.provider)
    secret = {each.name for each in fields_of(provider.credentials) if each.secret}
    return [str(value) for name, value in credentials.items() if name in secret]
