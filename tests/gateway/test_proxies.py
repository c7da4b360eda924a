"""Where a call came from, when it came through proxies."""

import pytest

from brickyard.gateway.proxies import Proxies

OURS = Proxies.of("10.0.0.0/8, ::1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "203.0.113.66, 192.0.2.7, 10.0.0.2", "192.0.2.7"),  # the first was made up by the caller
        ("10.0.0.1", "10.9.9.9", "10.9.9.9"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.7, not an address", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("192.0.2.9", "203.0.113.66", "192.0.2.9"),
        ("", "203.0.113.66", ""),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded: str, client: str):
    assert OURS.client(peer, {b"x-forwarded-for": forwarded.encode()}) == client


def test_without_the_header_it_is_who_is_connected():
    assert OURS.client("10.0.0.1", {}) == "10.0.0.1"


@pytest.mark.parametrize("text", ["proxy.local", "10.0.0.1/8", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(text: str):
    with pytest.raises(ValueError, match=text.split("/", maxsplit=1)[0]):
        Proxies.of(text)
