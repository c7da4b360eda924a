from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.platform.payment.origins import Origins, origin_of

SHOP = Origins.of("https://shop.example, http://localhost:3000/\nhttp://[::1]:8000")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://SHOP.example:443/a?b=c#d",
        "http://localhost:3000/thanks?session={CHECKOUT_SESSION_ID}",
        "http://[::1]:8000/",
    ],
)
def test_a_url_of_an_origin_is_let_through(url: str):
    assert SHOP.has(url)


@pytest.mark.parametrize("url", ["http://shop.example/", "https://localhost:3000/", "http://localhost/"])
def test_a_url_of_another_scheme_host_or_port_is_not(url: str):
    assert not SHOP.has(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a",
        "javascript://shop.example/%0aalert(1)",
        "https://",
        "https://shop.example:99999/",
        "https://shop.example:0/",
        "https://user@shop.example/",
        "https://shop.example/\\",
        "https://shop.exa\tmple/",
        "https://\u017fhop.example/",
        "https://[::1/",
        "https://shop.example/" + "a" * 2000,
    ],
)
def test_what_is_no_plain_url_is_refused(url: str):
    with pytest.raises(ValueError, match="it "):
        origin_of(url)


@given(st.text(alphabet="htps:/\\@#?.[]:%shopexamlevi0189 \t\n", max_size=40))
def test_whatever_is_let_through_leads_to_the_shop(rest: str):
    for url in (rest, f"https://shop.example{rest}", f"https:{rest}"):
        try:
            allowed = SHOP.has(url)
        except ValueError:
            continue
        if allowed:
            authority = url.partition("://")[2].replace("\\", "/").split("/")[0].split("?")[0].split("#")[0]
            assert authority.lower().removesuffix(":").removesuffix(":443") == "shop.example"
            assert urlsplit(url).username is None


@pytest.mark.parametrize("text", ["shop.example", "https://shop.example/path", "https://shop.example?a", "*"])
def test_an_entry_that_is_no_origin_is_named(text: str):
    with pytest.raises(ValueError, match=text[:12].replace("*", r"\*")):
        Origins.of(f"https://a.example {text}")
