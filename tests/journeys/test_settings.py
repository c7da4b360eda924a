import sys
from pathlib import Path

import msgspec
import pytest

from brickyard.app import Application, Settings
from brickyard.engines.sql import DatabaseUnusable


def test_every_setting_can_be_set():
    settings = Settings.from_environment(
        {"BRICKYARD_HOME": "/x", "BRICKYARD_PORT": "1", "BRICKYARD_BODY_LIMIT_S": "2.5"}
    )
    assert (settings.home, settings.port, settings.body_limit_s) == (Path("/x"), 1, 2.5)


def test_every_setting_is_documented():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    for field in msgspec.structs.fields(Settings):
        assert f"`BRICKYARD_{field.name.upper()}`" in readme


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRICKYARD_DRAIN_S", "-1"),
        ("BRICKYARD_PORT", "http"),
        ("BRICKYARD_BODY_MAX_BYTES", "10MB"),
        ("BRICKYARD_SERVICES", "/no/such/folder"),
        ("BRICKYARD_DATABASE_URL", "mysql://me:hunter2@localhost/cloud"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(name: str, value: str):
    with pytest.raises(ValueError, match=name) as refused:
        Settings.from_environment({name: value})
    assert "hunter2" not in str(refused.value)


def test_a_database_whose_driver_is_not_installed_is_said_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in [each for each in sys.modules if each.startswith("brickyard.engines.sql.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "brickyard.engines.bus.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(DatabaseUnusable, match=r"pip install 'brickyard\[postgres\]'"):
        Application(Settings(home=tmp_path, database_url="postgresql://localhost/cloud"))
