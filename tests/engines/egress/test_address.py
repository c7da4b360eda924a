from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.engines.egress.address import is_public, plain

NOT_PUBLIC = {
    "this machine": ["127.0.0.1", "127.255.0.3", "::1", "0.0.0.0", "0.1.2.3", "::"],
    "private networks": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdab::1"],
    "the link": ["169.254.0.1", "fe80::1", "fe80::1%eth0"],
    "carrier-grade NAT": ["100.64.0.1", "100.127.255.255"],
    "metadata": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"],
    "many at once": ["224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1", "ff0e::1"],
    "nobody": ["240.0.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.9", "2001:db8::1", "3fff::1", "100::1"],
    "IPv4 inside IPv6": [
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:a00:1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:5ef5:79fb::1",
    ],
    "site-local, as it was": ["fec0::1"],
}
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("text", [each for group in NOT_PUBLIC.values() for each in group])
def test_what_is_not_the_internet_is_not_public(text: str):
    assert not is_public(plain(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_the_internet_is_public(text: str):
    assert is_public(plain(text))


@given(number=st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_as_public_as_its_wrapped_forms(number: int):
    address = IPv4Address(number)
    mapped, translated = IPv6Address(0xFFFF << 32 | number), IPv6Address((0x64FF9B << 96) | number)
    assert plain(str(mapped)) == plain(str(translated)) == plain(str(address)) == address
    assert not is_public(IPv6Address((0x2002 << 112) | (number << 80)))


@pytest.mark.parametrize("text", ["example.com", "", "1.2.3", "2130706433", "0x7f.1", "0177.0.0.1"])
def test_a_name_is_no_address(text: str):
    with pytest.raises(ValueError, match="does not appear"):
        plain(text)
