"""Where providers are reached, if not where they say: a mirror, a copy of one's own, a server for tests."""

import re
from collections.abc import Mapping
from types import MappingProxyType

ORIGIN = re.compile(r"https?://[^/?#\s]+")


class Mirrors:
    """Origins, and what is asked in their place."""

    def __init__(self, origins: Mapping[str, str] = MappingProxyType({})) -> None:
        """Ask the values in place of the keys."""
        self._origins = origins

    @classmethod
    def of(cls, text: str) -> "Mirrors":
        """Read a list such as `https://api.example.com=http://10.0.0.7`; a ValueError names a bad entry."""
        origins: dict[str, str] = {}
        for entry in filter(None, re.split(r"[,\s]+", text)):
            origin, _, mirror = entry.partition("=")
            if not ORIGIN.fullmatch(origin) or not ORIGIN.match(mirror):
                raise ValueError(f"{entry!r} is not like https://api.example.com=https://mirror.example.org.")
            origins[origin] = mirror.rstrip("/")
        return cls(origins)

    def url(self, url: str) -> str:
        """Give where a URL leads."""
        if not self._origins:
            return url
        found = ORIGIN.match(url)
        origin = found[0] if found else ""
        return self._origins.get(origin, origin) + url[len(origin) :]
