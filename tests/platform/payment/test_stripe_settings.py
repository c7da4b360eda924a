"""How an operator sets payments up, and what is said where that went wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from brickyard.app import Application
from brickyard.platform.payment.stripe.event import KINDS
from brickyard.platform.payment.stripe.library import PaymentsUnusable
from brickyard.settings import Settings
from stripe_server import KEY, SECRET

SET = {"BRICKYARD_STRIPE_SECRET_KEY": KEY, "BRICKYARD_STRIPE_WEBHOOK_SECRET": SECRET}


def test_payments_are_set_up_by_two_variables():
    settings = Settings.from_environment(SET)
    assert settings.stripe is not None
    assert (settings.stripe.key.text, settings.stripe.key.livemode) == (KEY, False)
    assert settings.stripe.api_base.url == "https://api.stripe.com"


def test_a_live_key_is_one():
    settings = Settings.from_environment(SET | {"BRICKYARD_STRIPE_SECRET_KEY": "rk_live_abcdefgh"})
    assert settings.stripe is not None
    assert settings.stripe.key.livemode


def test_no_secret_is_shown():
    settings = Settings.from_environment(SET)
    assert KEY not in repr(settings)
    assert SECRET not in repr(settings)
    assert KEY not in str(settings.stripe)


@pytest.mark.parametrize("name", list(SET))
def test_one_without_the_other_is_refused(name: str):
    with pytest.raises(ValueError, match="set both"):
        Settings.from_environment({name: SET[name]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRICKYARD_STRIPE_SECRET_KEY", "pk_test_hunter2hunter2"),
        ("BRICKYARD_STRIPE_SECRET_KEY", "sk_test_hunter2\n"),
        ("BRICKYARD_STRIPE_WEBHOOK_SECRET", "hunter2hunter2"),
        ("BRICKYARD_STRIPE_API_BASE", "api.stripe.com"),
        ("BRICKYARD_STRIPE_API_BASE", "https://api.stripe.com/v1"),
        ("BRICKYARD_PAYMENT_CURRENCY", "eur"),
        ("BRICKYARD_PAYMENT_MIN", "0"),
        ("BRICKYARD_PAYMENT_MIN", "5 dollars"),
        ("BRICKYARD_PAYMENT_MAX", "1000001"),
        ("BRICKYARD_PAYMENT_MAX", "1"),
        ("BRICKYARD_PAYMENT_ORIGINS", "shop.example"),
    ],
)
def test_a_payment_setting_that_cannot_be_read_is_named(name: str, value: str):
    with pytest.raises(ValueError, match=name) as refused:
        Settings.from_environment(SET | {name: value})
    assert "hunter2" not in str(refused.value)


def test_a_library_that_is_not_installed_is_said_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("brickyard.platform.payment.stripe.library.find_spec", lambda _: None)
    with pytest.raises(PaymentsUnusable, match=r"pip install 'brickyard\[stripe\]'"):
        Application(Settings.from_environment(SET | {"BRICKYARD_HOME": str(tmp_path)}))


def test_an_operator_is_told_which_events_to_subscribe_to():
    told = (Path(__file__).parents[3] / "docs" / "payments.md").read_text()
    assert [each for each in sorted(KINDS) if f"`{each}`" not in told] == []


@pytest.mark.parametrize("environment", [{}, SET])
def test_the_library_is_not_loaded_before_it_is_needed(tmp_path: Path, environment: dict[str, str]):
    program = (
        "import sys; from brickyard.app import Application; from brickyard.settings import Settings;"
        "Application(Settings.from_environment()).close(); print('stripe' in sys.modules)"
    )
    given = {"BRICKYARD_HOME": str(tmp_path / "home"), **environment}
    found = subprocess.run(
        [sys.executable, "-c", program], env=given, capture_output=True, text=True, check=True
    )
    assert (found.stdout, found.stderr) == ("False\n", "")
