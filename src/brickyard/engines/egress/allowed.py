"""What the operator lets be reached besides the public Internet, by whose will.

There are two lists. What the operator's own settings name (a provider under the cloud's credentials, a
sign-in's issuer) may be where the operator allows. A URL that comes from a tenant may be anything, so what is
allowed for it is open to everyone who has a project, at any path.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import ClassVar, Self

from brickyard.engines.egress.address import Address

HOST_AND_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})")
PORT_MAX = 65_535


@dataclass(frozen=True)
class Allowed:
    """Networks, and hosts by name and port, for what the operator's own settings name."""

    setting: ClassVar[str] = "BRICKYARD_EGRESS_ALLOW"
    """Where the operator says it."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a list such as `10.1.0.0/16, hooks.local:8443, [::1]:80`; a ValueError names a bad entry."""
        networks: list[IPv4Network | IPv6Network] = []
        hosts: set[tuple[str, int]] = set()
        for entry in filter(None, re.split(r"[,\s]+", text)):
            if found := HOST_AND_PORT.fullmatch(entry):
                hosts.add(_host(found))
            else:
                networks.append(_network(entry))
        return cls(tuple(networks), frozenset(hosts))

    def address(self, address: Address) -> bool:
        """Whether an address is in one of the networks."""
        return any(address in network for network in self.networks)

    def host(self, host: str, port: int) -> bool:
        """Whether a host is named, wherever its name leads."""
        return (host.lower(), port) in self.hosts


class AllowedToTenants(Allowed):
    """The same, for addresses that tenants choose."""

    setting: ClassVar[str] = "BRICKYARD_EGRESS_ALLOW_TENANTS"


def _host(found: re.Match[str]) -> tuple[str, int]:
    port = int(found[3])
    if not 0 < port <= PORT_MAX:
        raise ValueError(f"{found[0]!r} has no port between 1 and {PORT_MAX}.")
    return (found[1] or found[2]).lower(), port


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry)
    except ValueError as error:
        raise ValueError(
            f"{entry!r} is neither a network (10.1.0.0/16) nor a host and port ({error})."
        ) from error
