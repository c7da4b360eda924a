"""The network that an address belongs to: whoever has one address of it has them all."""

from ipaddress import ip_address, ip_network

IPV6_PREFIX = 64
"""What a household or a server is given at least (RFC 6177)."""


def network_of(address: str) -> str:
    """Give an IPv4 address itself, of an IPv6 address its /64; what is no address as it is."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4 or found.ipv4_mapped:  # noqa: PLR2004 - the version's own number
        return str(getattr(found, "ipv4_mapped", None) or found)
    return str(ip_network((found, IPV6_PREFIX), strict=False))
