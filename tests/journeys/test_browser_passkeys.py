"""Passkeys in a browser, which plays the device too: made, listed, removed and signed in with."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator

from browser import Tab
from cloud import a_free_port
from letterbox import PASSWORD, Cloud

PASSWORDLESS = "Sign in with a passkey"


class Authenticator:
    """What keeps a tab's passkeys: Chromium's own double of one (CDP, domain WebAuthn).

    A person who is `willing` agrees to each dialog, and is recognised.
    """

    def __init__(self, tab: Tab, *, willing: bool = True) -> None:
        self._cdp = tab.page.context.new_cdp_session(tab.page)
        self._cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": willing,
        }
        self._id = self._send("addVirtualAuthenticator", options=options)["authenticatorId"]

    def leaves(self) -> None:
        """Make room for another: a browser is on one device at a time."""
        self._send("removeVirtualAuthenticator", authenticatorId=self._id)

    def becomes_unwilling(self) -> None:
        self._send("setUserVerified", authenticatorId=self._id, isUserVerified=False)

    def credentials(self) -> list[dict[str, Any]]:
        return self._send("getCredentials", authenticatorId=self._id)["credentials"]

    def _send(self, command: str, **parameters: Any) -> dict[str, Any]:
        return self._cdp.send(f"WebAuthn.{command}", parameters)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud at a name, as passkeys want it: `localhost` needs no TLS."""
    port = a_free_port()
    environment = {"BRICKYARD_PORT": port, "BRICKYARD_PUBLIC_URL": f"http://localhost:{port}"}
    with Cloud(tmp_path_factory.mktemp("passkeys") / "home", **environment) as cloud:
        yield cloud


def test_a_passkey_is_made_listed_and_signs_in(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("key@example.com")
    authenticator = Authenticator(tab)
    add_passkey(tab, "key@example.com", "laptop")
    tab.sees("never used")
    (kept,) = authenticator.credentials()
    assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)
    assert [each["name"] for each in call("account/ListPasskeys")["passkeys"]] == ["laptop"]
    tab.page.evaluate("sessionStorage.clear()")
    tab.open("/console/login")
    tab.page.get_by_role("button", name=PASSWORDLESS).click()
    tab.arrives("/console")
    tab.sees("key@example.com")
    (listed,) = call("account/ListPasskeys")["passkeys"]
    assert listed["used_at"] is not None
    tab.open("/console/account")
    tab.page.get_by_text("used").and_(tab.page.locator(".known")).wait_for()
    assert "never used" not in tab.page.inner_text("#passkeys")


def test_a_passkey_leads_on_to_what_one_wanted_to_see(cloud: Cloud, tab: Tab):
    cloud.sign_up("on@example.com")
    Authenticator(tab)
    add_passkey(tab, "on@example.com", "laptop")
    tab.page.get_by_role("link", name="Sign in again").click()
    tab.page.get_by_role("button", name=PASSWORDLESS).click()
    tab.arrives("/console/account")
    tab.sees("on@example.com")


def test_a_removed_passkey_is_listed_no_more_and_signs_in_no_more(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("gone@example.com")
    Authenticator(tab)
    add_passkey(tab, "gone@example.com", "lost telephone")
    tab.page.get_by_text("Remove", exact=True).click()
    tab.page.get_by_role("button", name="Remove it").click()
    passkeys(tab).wait_for(state="detached")
    assert call("account/ListPasskeys")["passkeys"] == []
    tab.open("/console/login")
    tab.page.get_by_role("button", name=PASSWORDLESS).click()
    assert tab.refusal() == "The passkey is not known here."
    tab.arrives("/console/login")


def test_the_one_that_is_removed_is_the_one_that_was_chosen(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("many@example.com")
    for name in ("first", "second"):
        device = Authenticator(tab)  # each keeps one passkey of an account
        add_passkey(tab, "many@example.com", name)
        device.leaves()
    second = passkeys(tab).filter(has_text="second")
    second.get_by_text("Remove", exact=True).click()
    second.get_by_role("button", name="Remove it").click()
    second.wait_for(state="detached")
    assert [each["name"] for each in call("account/ListPasskeys")["passkeys"]] == ["first"]


def test_whoever_signed_in_long_ago_gives_the_password_for_each_change(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("stale@example.com")
    Authenticator(tab)
    tab.sign_in("stale@example.com", PASSWORD)
    cloud.sessions_age()
    tab.open("/console/account")
    adding = tab.page.locator("form").filter(has_text="Add a passkey")
    adding.get_by_label("Name").fill("laptop")
    adding.get_by_role("button").click()
    assert "within the last 15 minutes" in tab.refusal()
    adding.get_by_label("Your password").fill(PASSWORD)
    adding.get_by_role("button").click()
    passkeys(tab).get_by_text("laptop").wait_for()
    assert adding.get_by_label("Your password").input_value() == ""
    passkeys(tab).get_by_text("Remove", exact=True).click()
    passkeys(tab).get_by_role("button").click()
    passkeys(tab).get_by_label("Your password").fill("not the password")
    passkeys(tab).get_by_role("button").click()
    passkeys(tab).get_by_text("The password is wrong.").wait_for()
    passkeys(tab).get_by_label("Your password").fill(PASSWORD)
    passkeys(tab).get_by_role("button").click()
    passkeys(tab).wait_for(state="detached")
    assert call("account/ListPasskeys")["passkeys"] == []


def test_whose_device_has_a_passkey_already_is_told_so(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("twice@example.com")
    Authenticator(tab)
    add_passkey(tab, "twice@example.com", "laptop")
    tab.page.get_by_role("button", name="Add a passkey").click()
    assert tab.refusal() == "This device has a passkey of your account already."
    assert len(call("account/ListPasskeys")["passkeys"]) == 1


def test_whoever_closes_the_dialog_is_told_that_no_passkey_was_made(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("unwilling@example.com")
    Authenticator(tab, willing=False)
    tab.sign_in("unwilling@example.com", PASSWORD)
    tab.open("/console/account")
    tab.page.get_by_role("button", name="Add a passkey").click()
    assert tab.refusal().startswith("No passkey was made: its dialog was closed")
    assert call("account/ListPasskeys")["passkeys"] == []


def test_whoever_closes_the_dialog_is_not_signed_in_and_can_try_again(cloud: Cloud, tab: Tab):
    cloud.sign_up("hesitant@example.com")
    authenticator = Authenticator(tab)
    add_passkey(tab, "hesitant@example.com", "laptop")
    authenticator.becomes_unwilling()
    tab.page.get_by_role("link", name="Sign in again").click()
    tab.page.get_by_role("button", name=PASSWORDLESS).click()
    assert tab.refusal().startswith("No passkey signed you in: its dialog was closed")
    tab.fill(email="hesitant@example.com", password=PASSWORD)
    tab.arrives("/console/account")


def test_whoever_has_no_passkey_is_told_so(tab: Tab):
    Authenticator(tab)
    tab.open("/console/login")
    tab.page.get_by_role("button", name=PASSWORDLESS).click()
    assert tab.refusal().endswith("or there is none of yours.")


@pytest.mark.parametrize("page", ["login", "account"])
def test_a_browser_without_passkeys_is_told_so(page: str, cloud: Cloud, tab: Tab):
    email = f"old-browser-{page}@example.com"
    cloud.sign_up(email)
    tab.page.add_init_script("delete window.PublicKeyCredential")
    tab.sign_in(email, PASSWORD)
    tab.open(f"/console/{page}")
    tab.page.get_by_role("button", name="passkey").click()
    assert tab.refusal().startswith("This browser cannot do this with passkeys.")


def test_passkeys_are_for_the_name_of_the_cloud_and_who_came_by_its_address_is_told_so(
    cloud: Cloud, tab: Tab
):
    tab.open(f"{cloud.address}/console/login")
    tab.page.get_by_role("button", name=PASSWORDLESS).click()
    assert tab.refusal() == "The passkeys of this cloud work at localhost only: open the console there."


def test_a_cloud_without_a_name_says_that_it_wants_one(shared_cloud: Any, tab: Tab):
    tab.open(f"{shared_cloud.address}/console/login")
    tab.page.get_by_role("button", name=PASSWORDLESS).click()
    assert "names only, and this cloud is at an address, 127.0.0.1." in tab.refusal()
    port = shared_cloud.address.rpartition(":")[2]
    assert tab.refusal().endswith(f"by BRICKYARD_PUBLIC_URL: on a laptop http://localhost:{port} will do.")


def test_what_a_passkey_is_called_is_shown_as_text(cloud: Cloud, tab: Tab):
    cloud.sign_up("markup@example.com")
    Authenticator(tab)
    add_passkey(tab, "markup@example.com", "<img src=x onerror=alert(1)>")
    assert tab.page.locator("main img").count() == 0


def test_the_list_fits_a_phone(cloud: Cloud, tab: Tab):
    cloud.sign_up("phone@example.com")
    Authenticator(tab)
    tab.page.set_viewport_size({"width": 320, "height": 640})
    add_passkey(tab, "phone@example.com", "long" * 50)
    tab.page.get_by_text("Remove", exact=True).click()
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 320


def add_passkey(tab: Tab, email: str, name: str) -> None:
    tab.sign_in(email, PASSWORD)
    tab.open("/console/account")
    tab.page.get_by_label("Name").fill(name)
    tab.page.get_by_label("Name").press("Enter")
    passkeys(tab).filter(has_text=name).wait_for()


def passkeys(tab: Tab) -> Locator:
    return tab.page.locator("#passkeys > li")
