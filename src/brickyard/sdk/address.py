"""Where the cloud is, and which key opens it: what is given, else the environment, else the home folder."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

BASE_URL = "http://127.0.0.1:8080"
HOME = "~/.brickyard"
KEY = re.compile(r"[\x21-\x7e]*")


class Address(msgspec.Struct, frozen=True):
    """A cloud and the key to it. Its `repr` shows neither the key nor a password in the URL."""

    base_url: str
    """Without a slash at its end."""
    key: str
    """Empty for none."""

    @classmethod
    def find(cls, key: str | None, base_url: str | None) -> "Address":
        """Fill in what is not given; a ValueError if it cannot be what it should be."""
        return cls(_url(base_url), _key(key))

    @property
    def shown(self) -> str:
        """The URL without a password that may be in it."""
        parts = urlsplit(self.base_url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def without_key(self, text: str) -> str:
        """Give `text` without the key, should it be in it."""
        return text.replace(self.key, "…") if self.key else text

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"


def _url(given: str | None) -> str:
    url = (given or os.environ.get("BRICKYARD_URL") or BASE_URL).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"The address has to be like {BASE_URL}, and is not (scheme {parts.scheme!r}).")
    return url


def _key(given: str | None) -> str:
    key = (_kept_key() if given is None else given).strip()
    if not KEY.fullmatch(key):
        raise ValueError("The key has characters that no key has. Copy it again.")
    return key


def _kept_key() -> str:
    if key := os.environ.get("BRICKYARD_KEY"):
        return key
    token = Path(os.environ.get("BRICKYARD_HOME") or HOME).expanduser() / "token"
    try:
        return token.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""
