"""CONTRIBUTING.md is enough to add an adapter: the two files it shows are one, with no other edit."""

import importlib.util
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from reach import reaching, set_up

from brickyard.services.currency import providers
from brickyard.settings import Settings
from cloud import LocalCloud
from provider_fake import Fake, RunningFake, faking

RECIPE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
ADAPTER, DOUBLE = re.findall(
    r"`(?:src/brickyard/services/currency/providers|tests/providers/fakes)/\w+\.py`.*?\n\n```python\n(.*?)```",
    RECIPE,
    re.DOTALL,
)


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    """The recipe's double, for as long as the recipe's adapter is among the others."""
    folder = tmp_path / "adapters"
    folder.mkdir()
    (folder / "example_bank.py").write_text(ADAPTER)
    double = tmp_path / "double.py"
    double.write_text(DOUBLE)
    spec = importlib.util.spec_from_file_location("double", double)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    providers.__path__.append(str(folder))
    yield module.FAKE
    providers.__path__.remove(str(folder))
    sys.modules.pop("brickyard.services.currency.providers.example_bank", None)


@pytest.fixture
async def running(fake: Fake) -> AsyncIterator[RunningFake]:
    async with faking(fake) as (running,):
        yield running


@pytest.fixture
def settings(tmp_path: Path, running: RunningFake) -> Settings:
    return reaching(tmp_path / "home", [running])


async def test_an_adapter_added_by_the_recipe_answers(fake: Fake, local_cloud: LocalCloud):
    await set_up(local_cloud, fake)
    response = await local_cloud.post("currency/Convert", {"from": "EUR", "to": "USD", "amount": 10})
    assert response.json()["amount"] == 10.882
    assert response.headers["provider"] == "example_bank"
    place = {"service": "currency", "provider": "example_bank"}
    assert (await local_cloud.call("provider/Check", place))["ok"]


async def test_it_says_what_it_cannot_do_and_whose_key_is_wrong(fake: Fake, local_cloud: LocalCloud):
    await set_up(local_cloud, fake)
    response = await local_cloud.post("currency/History", {"code": "EUR", "date": "2021-05-28"})
    assert response.status_code == 400
    assert response.json()["detail"] == "example_bank: It has no rates of the past."
    await set_up(local_cloud, fake, wrong=True)
    response = await local_cloud.post("currency/Rates", {"code": "EUR"})
    assert [(each["kind"], each["detail"]) for each in response.json()["tried"]] == [
        ("auth", "It answered 401: unknown key")
    ]


async def test_it_is_on_the_page_of_providers(fake: Fake, local_cloud: LocalCloud):
    assert f'id="currency-{fake.provider}"' in (await local_cloud.client.get("/docs/providers")).text
