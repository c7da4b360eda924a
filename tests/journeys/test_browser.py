"""From a letter to a call, in a browser: the pages that letters lead to do what the letters promise."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pyotp
import pytest

from browser import Tab
from identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from letterbox import PASSWORD, Cloud


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as provider:
        yield provider


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, provider: IdentityProvider) -> Iterator[Cloud]:
    home: Path = tmp_path_factory.mktemp("console") / "home"
    acme = {"ISSUER": provider.issuer, "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET}
    environment = {f"BRICKYARD_OIDC_ACME_{name}": value for name, value in acme.items()}
    with Cloud(home, BRICKYARD_EGRESS_ALLOW=provider.allowed, **environment) as cloud:
        yield cloud


def test_from_signing_up_to_a_call_with_a_key_of_ones_own(cloud: Cloud, tab: Tab):
    tab.open("/console/sign-up")
    tab.fill(email="ada@example.com", password=PASSWORD)
    tab.sees("A letter is on its way")
    tab.open(cloud.link("ada@example.com"))
    tab.fill(password=PASSWORD)
    tab.arrives("/console")
    tab.sees("ada@example.com")
    tab.sees("$0 to spend")
    tab.fill(description="laptop")
    tab.sees("It is shown once")
    key = tab.page.inner_text("#key")
    hello = httpx.post(
        f"{cloud.address}/v1/helloworld/Call",
        json={"name": "Ada"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert hello.json() == {"message": "Hello Ada"}
    tab.page.reload()
    tab.sees("ada@example.com")
    assert key not in tab.page.content()
    tab.page.get_by_role("button", name="Sign out").click()
    tab.arrives("/console/login")
    assert tab.page.evaluate("sessionStorage.length") == 0
    assert [each for each in tab.requests if not each.startswith((cloud.address, "about:", "data:"))] == []


def test_signing_out_ends_the_session(cloud: Cloud, tab: Tab):
    cloud.sign_up("bye@example.com")
    tab.sign_in("bye@example.com", PASSWORD)
    token = tab.page.evaluate("sessionStorage.getItem('token')")
    tab.page.get_by_role("button", name="Sign out").click()
    tab.arrives("/console/login")
    assert cloud.post("account/Get", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_the_code_can_be_given_by_hand_and_the_password_need_not_be_given_again(cloud: Cloud, tab: Tab):
    tab.open("/console/sign-up")
    tab.fill(email="hand@example.com", password=PASSWORD)
    tab.sees("A letter is on its way")
    tab.fill(code=cloud.link("hand@example.com").partition("#code=")[2])
    tab.arrives("/console")
    tab.sees("hand@example.com")


def test_a_code_leaves_the_address_at_once(tab: Tab):
    tab.open("/console/reset#code=wrong")
    tab.arrives("/console/reset")
    assert tab.page.evaluate("history.length") == 2  # the blank page, and this one without its code


@pytest.mark.parametrize("page", ["sign-up", "magic-link", "reset"])
def test_a_wrong_code_is_refused_in_the_words_of_the_api(page: str, cloud: Cloud, tab: Tab):
    fields = {} if page == "magic-link" else {"password": PASSWORD}
    tab.open(f"/console/{page}#code=wrong")
    tab.fill(**fields)
    endpoint = {"sign-up": "ConfirmSignUp", "magic-link": "FinishMagicLink", "reset": "ResetPassword"}[page]
    assert tab.refusal() == cloud.post(f"account/{endpoint}", {"code": "wrong", **fields}).json()["detail"]


def test_the_field_at_fault_is_the_one_that_is_pointed_at(tab: Tab):
    tab.open("/console/sign-up")
    tab.fill(email="weak@example.com", password="password")
    assert "everyone tries first" in tab.refusal()
    assert tab.page.evaluate("document.activeElement.name") == "password"
    assert tab.page.get_attribute("#ask [name=password]", "aria-invalid") == "true"


def test_a_wrong_password_is_refused_and_another_letter_brings_another_one(cloud: Cloud, tab: Tab):
    cloud.sign_up("eve@example.com")
    tab.open("/console/login")
    tab.fill(email="eve@example.com", password="forgotten it")
    assert tab.refusal()
    tab.page.get_by_role("link", name="Password forgotten?").click()
    tab.arrives("/console/reset")
    tab.fill(email="eve@example.com")
    tab.sees("A letter is on its way")
    tab.open(cloud.link("eve@example.com"))
    tab.fill(password="battery staple")
    tab.sees("Your password is another now")
    tab.page.get_by_role("link", name="Sign in").click()
    tab.sign_in("eve@example.com", "battery staple")


def test_a_letter_signs_in_once_and_only_when_asked_to(cloud: Cloud, tab: Tab):
    cloud.sign_up("magic@example.com")
    tab.open("/console/magic-link")
    tab.fill(email="magic@example.com")
    tab.sees("A letter is on its way")
    link = cloud.link("magic@example.com")
    for _ in range(2):  # opening the link, as programs that look into letters do, uses nothing up
        tab.open(link)
    tab.fill()
    tab.arrives("/console")
    tab.sees("magic@example.com")
    tab.open(link)
    tab.fill()
    assert "used already" in tab.refusal()


def test_a_second_factor_is_asked_for(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("two@example.com")
    secret = call("account/SetUpTotp")["secret"]
    codes = call("account/ConfirmTotp", code=pyotp.TOTP(secret).at(int(time.time())))["recovery_codes"]
    tab.open("/console/login")
    tab.fill(email="two@example.com", password=PASSWORD)
    tab.sees("Six digits of your authenticator")
    tab.fill(code="no code")
    assert tab.refusal()
    tab.fill(code=codes[0])
    tab.arrives("/console")
    tab.sees("two@example.com")


def test_another_email_is_confirmed_once_one_has_signed_in(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("old@example.com")
    call("account/ChangeEmail", email="new@example.com")
    tab.open(cloud.link("new@example.com"))
    tab.sees("Sign in, and you can confirm your new e-mail.")
    tab.fill(email="old@example.com", password=PASSWORD)
    tab.arrives("/console/email")
    tab.fill()
    tab.sees("This is your e-mail now")
    assert call("account/Get")["email"] == "new@example.com"


def test_an_invitation_is_accepted_once_one_has_signed_in(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("host@example.com")
    cloud.sign_up("guest@example.com")
    project = call("project/Create", name="web shop")["info"]["id"]
    call("project/Invite", project=project, email="guest@example.com", role="developer")
    tab.open(cloud.link("guest@example.com"))
    tab.sees("Sign in, and you can accept the invitation.")
    tab.fill(email="guest@example.com", password=PASSWORD)
    tab.arrives("/console/invitation")
    tab.fill()
    tab.sees("You are a member of the project")
    tab.page.get_by_role("link", name="To the console").click()
    tab.sees("web shop")
    tab.sees("its bill is not yours to see")


def test_another_provider_signs_in(tab: Tab, provider: IdentityProvider):
    provider.user |= {"sub": "u-7", "email": "federated@example.com"}
    tab.open("/console/login")
    tab.page.get_by_role("button", name="Sign in with Acme").click()
    tab.arrives("/console")
    tab.sees("federated@example.com")


def test_whoever_has_no_password_is_asked_for_none(tab: Tab, provider: IdentityProvider):
    provider.user |= {"sub": "u-8", "email": "passwordless@example.com"}
    tab.open("/console/login")
    tab.page.get_by_role("button", name="Sign in with Acme").click()
    tab.arrives("/console")
    tab.open("/console/account")
    tab.sees("passwordless@example.com")
    assert tab.page.content().count('name="email"') == 1
    assert tab.page.content().count('name="password"') == 0  # nor in what is made for each passkey


def test_a_sign_in_that_somebody_else_began_goes_no_further(tab: Tab):
    tab.open("/console/login/acme?state=theirs&code=theirs")
    assert tab.refusal() == "This sign-in was not begun in this tab."
    tab.arrives("/console/login/acme")


def test_a_session_that_has_ended_leads_back_to_signing_in(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("late@example.com")
    tab.sign_in("late@example.com", PASSWORD)
    call("account/EndOtherSessions")
    tab.page.reload()
    tab.arrives("/console/login")


def test_whoever_is_not_signed_in_is_asked_to(tab: Tab):
    tab.open("/console")
    tab.arrives("/console/login")


def test_what_others_have_named_is_shown_as_text(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("text@example.com")
    call("project/Create", name="<img src=x onerror=alert(1)>")
    tab.sign_in("text@example.com", PASSWORD)
    tab.sees("<img src=x onerror=alert(1)>")
    assert tab.page.locator("main img").count() == 0


@pytest.mark.parametrize(
    "page", ["login", "sign-up", "magic-link", "reset", "reset#code=x", "sign-up#code=x"]
)
def test_a_page_fits_a_phone(page: str, tab: Tab):
    tab.page.set_viewport_size({"width": 320, "height": 640})
    tab.open(f"/console/{page}")
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("page", ["", "docs/providers", "docs/services/ai", "docs/errors"])
def test_a_page_to_read_fits_a_phone(page: str, tab: Tab):
    tab.page.set_viewport_size({"width": 320, "height": 640})
    tab.open(f"/{page}")
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 320
