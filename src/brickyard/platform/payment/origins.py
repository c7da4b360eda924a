"""Where a payer's browser may be sent when it comes back: nowhere that the operator has not named."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

URL_MAX_CHARS = 2000
PORTS = {"http": 80, "https": 443}
# Browsers read a backslash as a slash and leave control characters out: such a URL is not what it seems.
_PLAIN = re.compile(r"[!-\[\]-~]+")


@dataclass(frozen=True)
class Origins:
    """Origins (RFC 6454): a scheme, a host and a port each."""

    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str) -> "Origins":
        """Read a list such as `https://shop.example, http://localhost:3000`; a ValueError names the bad."""
        return cls(frozenset(_alone(entry) for entry in filter(None, re.split(r"[,\s]+", text))))

    def has(self, url: str) -> bool:
        """Whether `url` is of one of these origins; a ValueError says why it is no URL."""
        return origin_of(url) in self.names


def origin_of(url: str) -> str:
    """Give the origin of a URL, its port always said; a ValueError says why it is none."""
    if len(url) > URL_MAX_CHARS or not _PLAIN.fullmatch(url):
        raise ValueError(f"it must be a URL of at most {URL_MAX_CHARS} plain characters")
    try:
        parts = urlsplit(url)
        port = PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError as error:
        raise ValueError("it cannot be read as a URL") from error
    if not port or not parts.hostname or "@" in parts.netloc:
        raise ValueError("it must be like https://shop.example/thanks")
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _alone(entry: str) -> str:
    """Give the origin that an entry is, and nothing else."""
    try:
        origin = origin_of(entry)
    except ValueError as error:
        raise ValueError(f"{entry!r}: {error}") from error
    if urlsplit(entry).path.strip("/") or "?" in entry or "#" in entry:
        raise ValueError(f"{entry!r}: only scheme, host and port, as in https://shop.example")
    return origin
