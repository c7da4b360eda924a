"""Where the cloud is, and with which key: told, or found in the environment and in the home folder."""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec

DEFAULT_PORT = "8080"
_KEY = re.compile(r"[\x21-\x7e]*")


class Connection(msgspec.Struct, frozen=True):
    """An address and a key."""

    base_url: str
    key: str

    def __repr__(self) -> str:
        """Show the address, never the key."""
        return f"Connection({self.shown!r})"

    @property
    def shown(self) -> str:
        """The address without a name and password that may be in it."""
        parts = urlsplit(self.base_url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every call bears."""
        headers = {"Content-Type": "application/json", "User-Agent": "brickyard-python"}
        return headers | {"Authorization": f"Bearer {self.key}"} if self.key else headers

    @property
    def is_local(self) -> bool:
        """Whether the cloud is on this machine, so that no proxy is to be asked."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def url(self, service: str, endpoint: str) -> str:
        """Give the address of an endpoint."""
        return f"{self.base_url}/v1/{quote(service, safe='')}/{quote(endpoint, safe='')}"


def find(key: str | None, base_url: str | None) -> Connection:
    """Take what is given; else `BRICKYARD_KEY` or `$BRICKYARD_HOME/token`, and `BRICKYARD_URL`.

    A ValueError if the key has a character that no key has; it does not show the key.
    """
    url = base_url or os.environ.get("BRICKYARD_URL") or local_url()
    chosen = key if key is not None else os.environ.get("BRICKYARD_KEY") or _token()
    if not _KEY.fullmatch(chosen):
        raise ValueError("The key has a space, a line break or another character that no key has.")
    return Connection(url.rstrip("/"), chosen)


def local_url() -> str:
    """Give the address of the cloud on this machine."""
    return f"http://127.0.0.1:{os.environ.get('BRICKYARD_PORT', '').removeprefix('0') or DEFAULT_PORT}"


def _token() -> str:
    home = Path(os.environ.get("BRICKYARD_HOME") or "~/.brickyard").expanduser()
    try:
        return (home / "token").read_text().strip()
    except OSError:
        return ""
