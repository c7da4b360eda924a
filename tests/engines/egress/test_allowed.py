import pytest

from brickyard.engines.egress.address import plain
from brickyard.engines.egress.allowed import Allowed


def test_networks_and_hosts_are_allowed_and_nothing_else():
    allowed = Allowed.of("10.1.0.0/16, fd00::/8  hooks.internal:8443,[::1]:8080, 127.0.0.1:9000")
    assert allowed.address(plain("10.1.2.3"))
    assert allowed.address(plain("::ffff:10.1.2.3"))
    assert allowed.address(plain("fd00::1"))
    assert not allowed.address(plain("10.2.0.1"))
    assert allowed.host("Hooks.Internal", 8443)
    assert allowed.host("::1", 8080)
    assert allowed.host("127.0.0.1", 9000)
    assert not allowed.host("hooks.internal", 443)
    assert not allowed.host("x.hooks.internal", 8443)


def test_one_address_is_a_network_of_one():
    allowed = Allowed.of("192.168.1.9")
    assert allowed.address(plain("192.168.1.9"))
    assert not allowed.address(plain("192.168.1.8"))


def test_nothing_is_allowed_unless_it_is_said():
    assert Allowed.of(" , ") == Allowed()


@pytest.mark.parametrize(
    "entry", ["hooks.internal", "10.0.0.1/16", "a:0", "a:70000", "http://a:80", "*", "a:b"]
)
def test_an_entry_that_means_nothing_is_named(entry: str):
    with pytest.raises(ValueError, match=entry.split(":", maxsplit=1)[0].replace("*", r"\*")):
        Allowed.of(f"10.0.0.0/8,{entry}")
