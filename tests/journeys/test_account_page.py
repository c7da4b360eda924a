"""What one changes of one's account, in a browser."""

from collections.abc import Iterator

import pytest

from browser import Tab
from cloud import a_free_port
from letterbox import PASSWORD, Cloud


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(tmp_path_factory.mktemp("account") / "home", BRICKYARD_PORT=a_free_port()) as cloud:
        yield cloud


def test_another_email_is_the_accounts_once_its_letter_is_confirmed(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("old@example.com")
    tab.sign_in("old@example.com", PASSWORD)
    tab.page.get_by_role("link", name="Account").click()
    tab.arrives("/console/account")
    tab.sees("old@example.com")
    tab.fill(email="new@example.com")
    tab.sees("A letter is on its way to new@example.com")
    assert call("account/Get")["email"] == "old@example.com"
    tab.open(cloud.link("new@example.com"))
    tab.fill()
    tab.sees("This is your e-mail now")
    assert call("account/Get")["email"] == "new@example.com"
    assert "Its e-mail is new@example.com now" in cloud.letter("old@example.com")
    tab.open("/console/account")
    tab.sees("new@example.com")


def test_the_code_of_the_letter_can_be_given_by_hand(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("before@example.com")
    tab.sign_in("before@example.com", PASSWORD)
    tab.open("/console/account")
    tab.fill(email="after@example.com")
    tab.page.get_by_role("link", name="by hand").click()
    tab.arrives("/console/email")
    tab.fill(code=cloud.link("after@example.com").partition("#code=")[2])
    tab.sees("This is your e-mail now")
    assert call("account/Get")["email"] == "after@example.com"


def test_what_is_no_email_is_refused_in_the_words_of_the_api(cloud: Cloud, tab: Tab):
    call = cloud.sign_up("typo@example.com")
    tab.sign_in("typo@example.com", PASSWORD)
    tab.open("/console/account")
    tab.fill(email="two..dots@example.com")  # browsers let it pass
    assert tab.refusal() == "No letter can be sent to this e-mail."
    assert tab.page.get_attribute("[name=email]", "aria-invalid") == "true"
    assert call("account/Get")["email"] == "typo@example.com"


def test_whoever_signed_in_long_ago_is_asked_for_the_password(cloud: Cloud, tab: Tab):
    cloud.sign_up("tired@example.com")
    tab.sign_in("tired@example.com", PASSWORD)
    cloud.sessions_age()
    tab.open("/console/account")
    assert not tab.page.is_visible("#change [name=password]")
    tab.fill(email="awake@example.com")
    assert "within the last 15 minutes" in tab.refusal()
    tab.fill(password="not the password")
    tab.page.get_by_text("The password is wrong.").wait_for()
    tab.fill(password=PASSWORD)
    tab.sees("A letter is on its way to awake@example.com")


def test_whoever_signed_in_long_ago_can_sign_in_again_instead(cloud: Cloud, tab: Tab):
    cloud.sign_up("again@example.com")
    tab.sign_in("again@example.com", PASSWORD)
    cloud.sessions_age()
    token = tab.page.evaluate("sessionStorage.getItem('token')")
    tab.open("/console/account")
    tab.page.get_by_role("link", name="Sign in again").click()
    tab.sees("Sign in, and you can change your account.")
    assert cloud.post("account/Get", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    tab.fill(email="again@example.com", password=PASSWORD)
    tab.arrives("/console/account")
    tab.fill(email="fresh@example.com")
    tab.sees("A letter is on its way to fresh@example.com")


def test_the_page_fits_a_phone(cloud: Cloud, tab: Tab):
    email = f"{'long' * 15}@example.com"
    cloud.sign_up(email)
    tab.page.set_viewport_size({"width": 320, "height": 640})
    tab.sign_in(email, PASSWORD)
    tab.open("/console/account")
    tab.sees(email)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 320
