from pathlib import Path

import msgspec
import pytest

from brickyard.app import Settings


def test_every_setting_can_be_set():
    settings = Settings.from_environment(
        {"BRICKYARD_HOME": "/x", "BRICKYARD_PORT": "1", "BRICKYARD_BODY_LIMIT_S": "2.5"}
    )
    assert (settings.home, settings.port, settings.body_limit_s) == (Path("/x"), 1, 2.5)


def test_every_setting_is_documented():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    for field in msgspec.structs.fields(Settings):
        name = f"`BRICKYARD_{field.name.upper()}"
        assert f"{name}`" in readme or f"{name}_<NAME>_" in readme


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRICKYARD_DRAIN_S", "-1"),
        ("BRICKYARD_PORT", "http"),
        ("BRICKYARD_BODY_MAX_BYTES", "10MB"),
        ("BRICKYARD_SERVICES", "/no/such/folder"),
        ("BRICKYARD_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("BRICKYARD_EGRESS_ALLOW", "localhost"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(name: str, value: str):
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: value})
