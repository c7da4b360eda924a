"""The master keys, in a file of one's home: 32 bytes each, the newest first."""

import hashlib
import os
import secrets
from collections.abc import Callable, Collection
from pathlib import Path

from brickyard.engines.held import hold

KEY_BYTES = 32
KEYS_MAX = 16
"""Keys that a file may hold."""
LABEL = b"brickyard master key\n"


def id_of(key: bytes) -> str:
    """Name a key: by the name it cannot be found."""
    return "mk_" + hashlib.sha256(LABEL + key).hexdigest()[:16]


class KeyFile:
    """The file, as it stands: whoever shares it may have changed it since it was last read."""

    def __init__(self, file: Path) -> None:
        """Keep keys in `file`, which is made with a first one when it is first read."""
        self._file = file

    def keys(self) -> dict[str, bytes]:
        """Give the keys by their ids, the newest first."""
        if not self._file.exists():
            self._change(lambda keys: keys or [secrets.token_bytes(KEY_BYTES)])
        return {id_of(key): key for key in self._read()}

    def add(self) -> str:
        """Add a new key, before the others; gives its id. A ValueError if there are `KEYS_MAX`."""
        new = secrets.token_bytes(KEY_BYTES)
        self._change(lambda keys: [new, *keys])
        return id_of(new)

    def drop(self, ids: Collection[str]) -> None:
        """Forget keys: what they have sealed opens no more."""
        self._change(lambda keys: [key for key in keys if id_of(key) not in ids])

    def _read(self) -> list[bytes]:
        if not self._file.exists():
            return []
        held = self._file.read_bytes()
        return [held[at : at + KEY_BYTES] for at in range(0, len(held), KEY_BYTES)]

    def _change(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        with hold(self._file.with_name(f"{self._file.name}.lock")):
            keys = change(self._read())
            if len(keys) > KEYS_MAX:
                raise ValueError(f"The file has {KEYS_MAX} master keys already: drop old ones first.")
            self._write(b"".join(keys))

    def _write(self, held: bytes) -> None:
        draft = self._file.with_name(f"{self._file.name}.new")
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            file.write(held)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file)  # whatever happens meanwhile, there are whole keys or none
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # before anything is sealed with a key, the disk has it
        finally:
            os.close(folder)
