import sys
from pathlib import Path

import msgspec
import pytest

from brickyard.app import Application
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.relay import Relay
from brickyard.engines.sql import DatabaseUnusable
from brickyard.settings import Settings


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
        ("BRICKYARD_MAIL_FROM", "nobody"),
        ("BRICKYARD_EGRESS_ALLOW", "10.0.0.1/8"),
        ("BRICKYARD_EGRESS_ALLOW_TENANTS", "10.0.0.1/8"),
        ("BRICKYARD_SMTP_URL", "mail.example.com"),
        ("BRICKYARD_DATABASE_URL", "mysql://me:hunter2@localhost/cloud"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(name: str, value: str):
    with pytest.raises(ValueError, match=name) as refused:
        Settings.from_environment({name: value})
    assert "hunter2" not in str(refused.value)


def test_what_is_sent_where_can_be_set():
    settings = Settings.from_environment(
        {
            "BRICKYARD_SMTP_URL": "smtp://ada:hunter2@mail.example.com",
            "BRICKYARD_MAIL_FROM": "Shop <shop@example.com>",
            "BRICKYARD_EGRESS_ALLOW": "10.0.0.0/8",
            "BRICKYARD_EGRESS_ALLOW_TENANTS": "10.1.0.0/16",
        }
    )
    assert settings.smtp_url == Relay("mail.example.com", 587, "starttls", "ada", "hunter2")
    assert settings.mail_from == Mailbox("Shop", "shop@example.com")
    assert settings.egress_allow == Allowed.of("10.0.0.0/8")
    assert settings.egress_allow_tenants == AllowedToTenants.of("10.1.0.0/16")
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("url", ["smtp://ada:hunter2@:587", "smtp://ada:hunter2@h", "smtp://ada:hunter2/@h"])
def test_a_mail_server_that_cannot_be_used_is_named_without_its_password(url: str):
    with pytest.raises(ValueError, match="BRICKYARD_SMTP_URL") as refused:
        Settings.from_environment({"BRICKYARD_SMTP_URL": url})
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
