from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.egress.target import check_url, parse

NOBODY = Allowed()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "0x7f000001",
        "0X7F.0.0.1",
        "0177.0.0.1",
        "2130706433",
        "0",
        "0x",
        "example.0x7f",
        "256.0.0.1",
        "\uff11\uff12\uff17.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "10.0.0.1",
        "169.254.169.254",
    ],
)
def test_this_machine_and_private_networks_are_told_by_their_names(host: str):
    with pytest.raises(ValueError, match=r"host|called"):
        check_url(f"http://{host}:8080/hook", NOBODY)


@pytest.mark.parametrize(
    "url",
    [
        "http://exa mple.com",
        "http://example.com/a b",
        "http://example.com/\r\nX-Injected: 1",
        "http://exam\tple.com/",
        "http://example.com\x00.evil.example/",
        "http://example.com\u2028/",
        "http://example.com\\@evil.example/",
        "\u00a0http://example.com/",
        "http://example.com/" + "a" * 2048,
    ],
)
def test_a_url_with_what_cannot_be_seen_in_it_is_none(url: str):
    with pytest.raises(ValueError, match="URL"):
        parse(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?a=b%20c",
        "http://93.184.216.34:8080/",
        "https://[2606:4700:4700::1111]/",
        "https://b\u00fccher.example/",
        "https://1password.example/",
        "https://0x.example/",
    ],
)
def test_what_may_be_public_is_let_pass(url: str):
    check_url(url, NOBODY)


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("localhost:8080", "http://localhost:8080/"),
        ("127.0.0.0/8", "http://localhost:8080/"),
        ("127.0.0.0/8", "http://127.0.0.1/"),
        ("10.1.0.0/16", "http://10.1.2.3/"),
    ],
)
def test_what_the_operator_allows_is_let_pass(allowed: str, url: str):
    check_url(url, Allowed.of(allowed))
    with pytest.raises(ValueError, match="called"):
        check_url(url, NOBODY)


@given(st.integers(0, 2**32 - 1))
def test_no_number_is_let_pass_for_an_address(number: int):
    for host in (str(number), hex(number), f"{number >> 24}.{number & 0xFFFFFF}"):
        with pytest.raises(ValueError, match="host"):
            check_url(f"http://{host}/", NOBODY)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str):
    with suppress(ValueError):
        check_url(text, NOBODY)
