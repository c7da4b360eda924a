"""The last catalog that a server gave, kept so that completion need not wait for the network."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import msgspec

from brickyard.cli.catalog import Catalog

RECENT_S = 600.0
"""How old a catalog may be for completion to use it without asking the server."""


class CatalogCache:
    """The catalog of one server, in a folder that may be deleted at any time."""

    def __init__(self, folder: Path, url: str) -> None:
        """Keep the catalog of the server at `url` in `folder`."""
        name = hashlib.sha256(url.encode()).hexdigest()[:16]
        self._file = folder / f"catalog-{name}.json"

    def keep(self, catalog: dict[str, Any]) -> None:
        """Keep `catalog`, as the server gave it; a home that cannot be written to is no obstacle."""
        writing = self._file.with_suffix(f".{os.getpid()}")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            writing.write_bytes(msgspec.json.encode(catalog))
            writing.replace(self._file)
        except OSError:
            return

    def latest(self) -> Catalog | None:
        """Give the catalog kept last, however old; None if there is none that can be read."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Catalog)
        except (OSError, msgspec.DecodeError):
            return None

    def recent(self) -> Catalog | None:
        """Give the catalog kept last, unless it is old."""
        try:
            age_s = time.time() - self._file.stat().st_mtime
        except OSError:
            return None
        return self.latest() if age_s < RECENT_S else None
