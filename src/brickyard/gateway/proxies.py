"""Proxies in front of the cloud: whose word is taken for where a call came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


@dataclass(frozen=True)
class Proxies:
    """The operator's own proxies."""

    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, text: str) -> "Proxies":
        """Read a list such as `10.0.0.0/8, ::1`; a ValueError names what is no network."""
        return cls(tuple(ip_network(each.strip()) for each in text.split(",") if each.strip()))

    def client(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """Give the address that a call came from, where `peer` is whom the connection is with.

        `X-Forwarded-For` is read from its end, where our own proxies write, up to the first that is none of
        them: what stands before it, anyone may have written.
        """
        if not self._trusted(peer):
            return peer
        client = peer
        for each in reversed(headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
            address = each.strip()
            if not _is_address(address):
                return client
            client = address
            if not self._trusted(address):
                return client
        return client

    def _trusted(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self.networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
