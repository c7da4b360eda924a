"""Where the cloud is, and with which key: told, or found in the environment and in the home folder."""

import os
from pathlib import Path

import msgspec

DEFAULT_URL = "http://127.0.0.1:8080"


class Connection(msgspec.Struct, frozen=True):
    """An address and a key."""

    base_url: str
    key: str

    def __repr__(self) -> str:
        """Show the address, never the key."""
        return f"Connection({self.base_url!r})"

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers that every call bears."""
        headers = {"Content-Type": "application/json", "User-Agent": "brickyard-python"}
        return headers | {"Authorization": f"Bearer {self.key}"} if self.key else headers


def find(key: str | None, base_url: str | None) -> Connection:
    """Take what is given; else `BRICKYARD_KEY` or `$BRICKYARD_HOME/token`, and `BRICKYARD_URL`."""
    url = base_url or os.environ.get("BRICKYARD_URL") or DEFAULT_URL
    return Connection(url.rstrip("/"), key or os.environ.get("BRICKYARD_KEY") or _token())


def _token() -> str:
    home = Path(os.environ.get("BRICKYARD_HOME") or "~/.brickyard").expanduser()
    try:
        return (home / "token").read_text().strip()
    except OSError:
        return ""
