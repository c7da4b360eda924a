"""The console's pages as they are sent; what they do in a browser is in journeys/test_browser.py."""

import re
from pathlib import Path

import pytest
from document import CATALOG
from msgspec.structs import fields

from brickyard.faces.console import ConsolePage, console_pages
from brickyard.faces.console.form import EMAIL, PASSWORD, Field, form
from cloud import ProcessCloud

PAGES = console_pages(CATALOG, ("example",))
FORM = re.compile(r'<form data-endpoint="([^"]+)" data-then="([^"]+)">(.*?)</form>', re.DOTALL)
SENT = [path for path in PAGES if path != "/console/login/example"]
REQUESTS = {f"{each.service}/{each.name}": each for each in CATALOG.endpoints()}


@pytest.mark.parametrize("path", SENT)
def test_a_page_is_kept_nowhere_and_tells_nobody_whence_one_came(path: str, shared_cloud: ProcessCloud):
    page = shared_cloud.client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", SENT)
def test_a_page_may_call_this_server_and_post_no_form_anywhere(path: str, shared_cloud: ProcessCloud):
    policy = shared_cloud.client.get(path).headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "connect-src 'self'", "form-action 'none'"} <= set(policy)
    assert {"base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)


@pytest.mark.parametrize("path", ["/", "/docs/errors"])
def test_a_page_that_is_only_read_may_call_nobody(path: str, shared_cloud: ProcessCloud):
    policy = shared_cloud.client.get(path).headers["content-security-policy"]
    assert "connect-src 'none'" in policy.split("; ")


@pytest.mark.parametrize("path", ["/console/nowhere", "/console/login/nobody", "/console/login/example/more"])
def test_what_is_no_page_of_the_console_is_the_ordinary_404(path: str, shared_cloud: ProcessCloud):
    page = shared_cloud.client.get(path)
    assert page.status_code == 404
    assert page.json() | {"request_id": ""} == shared_cloud.client.get("/nowhere").json() | {"request_id": ""}


def test_a_provider_that_is_set_up_has_a_page_to_come_back_to(tmp_path: Path):
    provider = {"ISSUER": "https://id.example", "CLIENT_ID": "brickyard", "CLIENT_SECRET": "s3cret"}
    environment = {f"BRICKYARD_OIDC_ACME_{name}": value for name, value in provider.items()}
    with ProcessCloud(tmp_path / "home", **environment) as cloud:
        assert cloud.client.get("/console/login/acme?state=1&code=2").status_code == 200
        assert cloud.client.get("/console/login/example").status_code == 404


@pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))
def test_a_form_asks_for_what_its_endpoint_has_to_be_told(page: ConsolePage):
    for endpoint, _, text in FORM.findall(page.html()):
        asked = set(re.findall(r' name="([^"]+)"', text))
        known = fields(REQUESTS[endpoint].request)
        assert {each.name for each in known if each.required} <= asked <= {each.name for each in known}


@pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))
def test_a_form_goes_on_to_a_step_of_its_page_or_to_what_the_script_knows(page: ConsolePage):
    html = page.html()
    steps = set(re.findall(r'class="step" id="([^"]+)"', html))
    known = set(re.findall(r"^  (\w+)\(reply\) \{$|^THEN\.(\w+) =", html, re.MULTILINE))
    words = {word for pair in known for word in pair if word}
    assert {then for _, then, _ in FORM.findall(html)} <= steps | words


@pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))
def test_who_is_signed_in_is_asked_for_exactly_where_an_endpoint_is_not_public(page: ConsolePage):
    html = page.html()
    public = {REQUESTS[endpoint].declaration.public for endpoint, _, _ in FORM.findall(html)}
    assert public == {not re.search(r"<div[^>]* data-signed-in>", html)}


def test_a_form_has_the_bounds_of_the_contract():
    text = form(CATALOG, "account/SignUp", "confirm", "Sign up", EMAIL, PASSWORD)
    (email, password) = re.findall(r"<input [^>]*>", text)
    assert 'maxlength="254" minlength="3" required' in email
    assert 'maxlength="256" minlength="8" required' in password


def test_a_form_for_what_is_not_in_the_contract_cannot_be_made():
    with pytest.raises(KeyError):
        form(CATALOG, "account/SignUp", "confirm", "Sign up", Field("shoe_size", "Shoe size"))
    with pytest.raises(KeyError):
        form(CATALOG, "account/Nothing", "confirm", "Sign up")
    later = Field("shoe_size", "Shoe size", later="account/FinishPasskey")
    with pytest.raises(KeyError):
        form(CATALOG, "account/BeginPasskey", "make", "Add a passkey", later)


def test_what_is_given_to_a_later_endpoint_is_none_of_the_forms_own():
    later = Field("name", "Name", later="account/FinishPasskey")
    text = form(CATALOG, "account/BeginPasskey", "make", "Add a passkey", later)
    (name,) = re.findall(r"<input [^>]*>", text)
    assert 'data-later="name"' in name
    assert 'maxlength="200"' in name
    assert ' name="' not in name
