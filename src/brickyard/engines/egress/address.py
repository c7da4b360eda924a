"""Which addresses are the public Internet's.

IANA's registries of special-purpose addresses, as the `ipaddress` module knows them, and what those leave
open.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

GLOBAL_UNICAST = ip_network("2000::/3")
"""All of IPv6 that is given out to anyone (RFC 4291)."""
TRANSLATED = ip_network("64:ff9b::/96")
"""IPv6 addresses that a translator (NAT64) turns into the IPv4 address in their last bits (RFC 6052)."""
OTHERS = tuple(
    ip_network(each)
    for each in (
        "2002::/16",  # 6to4: routed to the IPv4 address in their middle (RFC 3056)
        "3fff::/20",  # for documentation (RFC 9637)
        "192.0.0.0/24",  # IETF's own, some clouds' metadata among them; older Pythons call it public
        "192.88.99.0/24",  # relays of 6to4, withdrawn (RFC 7526)
        "168.63.129.16/32",  # Azure's own services for a machine: public by its number alone
    )
)


def plain(text: str) -> Address:
    """Read an address; one that merely wraps an IPv4 address is that address. ValueError if it is none."""
    address = ip_address(text.partition("%")[0])  # a zone says which network card, not where to
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(address.packed[-4:]) if address in TRANSLATED else address


def is_public(address: Address) -> bool:
    """Whether an address, unwrapped by `plain`, belongs to the public Internet."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    return not any(address in network for network in OTHERS)
