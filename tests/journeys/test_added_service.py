"""CONTRIBUTING.md is enough to add a service: the file it shows is one, everywhere, with no other edit."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from brickyard import Brickyard, services
from brickyard.settings import Settings
from cloud import LocalCloud, ProcessCloud
from database import database

RECIPE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
SERVICE, TEST = (
    # By another name than the recipe's, which whoever follows it has already.
    text.replace("dice", "lots").replace("Dice", "Lots")
    for text in re.findall(
        r"`(?:src/brickyard|tests)/services/\w+\.py`:\n\n```python\n(.*?)```", RECIPE, re.DOTALL
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An operator's own services: the recipe's."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "lots.py").write_text(SERVICE)
    return folder


@pytest.fixture
def cloud(tmp_path: Path, folder: Path) -> Iterator[ProcessCloud]:
    with ProcessCloud(tmp_path / "home", BRICKYARD_SERVICES=str(folder)) as cloud:
        yield cloud


@pytest.fixture
def settings(tmp_path: Path, folder: Path) -> Iterator[Settings]:
    """The local cloud's settings, for as long as the recipe's own tests run."""
    home = tmp_path / "home"
    yield Settings(home=home, port=0, services=folder, database_url=database.url(home))
    services.__path__.remove(str(folder))
    del sys.modules["brickyard.services.lots"]


def test_a_service_added_by_the_recipe_is_in_the_catalog(cloud: ProcessCloud):
    listed = {each["name"]: each for each in cloud.client.get("/v1").json()["services"]}
    assert listed["lots"]["description"] == "Roll lots, fairly."
    assert [each["name"] for each in listed["lots"]["endpoints"]] == ["Roll"]


def test_a_service_added_by_the_recipe_is_in_the_openapi_document(cloud: ProcessCloud):
    document = cloud.client.get("/openapi.json").json()
    assert document["paths"]["/v1/lots/Roll"]["post"]["x-price"]["amount"] == "0"
    sides = document["components"]["schemas"]["lots.RollRequest"]["properties"]["sides"]
    assert sides["description"] == "How many sides the die has."
    assert (sides["minimum"], sides["maximum"], sides["default"]) == (2, 1000, 6)


def test_a_service_added_by_the_recipe_is_in_the_reference(cloud: ProcessCloud):
    assert cloud.client.get("/docs").status_code == 200  # it is drawn from the OpenAPI document
    assert "How many sides the die has." in cloud.client.get("/docs/services/lots").text


def test_a_service_added_by_the_recipe_is_a_command(cloud: ProcessCloud):
    reply = json.loads(brick(cloud, "lots", "roll", "--sides", "6"))
    assert reply["value"] in range(1, 7)
    assert "How many sides the die has." in brick(cloud, "lots", "roll", "--help")
    assert "lots" in brick(cloud, "services")


def test_a_service_added_by_the_recipe_is_a_method_of_the_sdk(cloud: ProcessCloud):
    with Brickyard(key=cloud.key, base_url=cloud.address) as client:
        assert client.lots.roll(sides=2)["value"] in {1, 2}


def test_a_service_added_by_the_recipe_refuses_what_its_contract_excludes(cloud: ProcessCloud):
    refused = cloud.post("lots/Roll", {"sides": 1})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/sides"


@pytest.mark.parametrize("name", re.findall(r"async def (test_\w+)", TEST))
async def test_the_recipes_own_tests_pass(name: str, local_cloud: LocalCloud):
    written: dict[str, Any] = {}
    exec(TEST, written)
    test: Callable[[LocalCloud], Awaitable[None]] = written[name]
    await test(local_cloud)


def brick(cloud: ProcessCloud, *arguments: str) -> str:
    """Run the command as a person would, its output piped."""
    environment = {"BRICKYARD_URL": cloud.address, "BRICKYARD_HOME": str(cloud.home)}
    done = subprocess.run(
        [sys.executable, "-m", "brickyard", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
