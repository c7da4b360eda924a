from pathlib import Path

import pytest

from brickyard.app import Settings


def test_every_setting_can_be_set():
    settings = Settings.from_environment(
        {"BRICKYARD_HOME": "/x", "BRICKYARD_PORT": "1", "BRICKYARD_BODY_LIMIT_S": "2.5"}
    )
    assert (settings.home, settings.port, settings.body_limit_s) == (Path("/x"), 1, 2.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRICKYARD_PORT", "http"),
        ("BRICKYARD_BODY_MAX_BYTES", "10MB"),
        ("BRICKYARD_SERVICES", "/no/such/folder"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(name: str, value: str):
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: value})
