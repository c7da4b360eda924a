"""The server that takes our mail on, as a URL names it."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Relay:
    """An SMTP server that takes mail on (RFC 6409)."""

    host: str
    port: int
    encryption: Literal["tls", "starttls", "none"]
    """From the first byte; by STARTTLS before anything is said; or not, which is for this machine alone."""
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> "Relay":
        """Read `smtp://user:password@host:587` or `smtps://…`; a ValueError never shows the password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError("the address of the mail server cannot be read") from error
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("it must be like smtp://user:password@host:587 or smtps://user:password@host")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("nothing may follow the port; write / ? # in a password as %2F %3F %23")
        return cls(
            parts.hostname,
            port or PORTS[parts.scheme],
            _encryption(parts.scheme, parts.hostname),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )


def _encryption(scheme: str, host: str) -> Literal["tls", "starttls", "none"]:
    if scheme == "smtps":
        return "tls"
    return "none" if _is_loopback(host) else "starttls"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
