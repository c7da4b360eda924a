"""Secrets that have to be read back, sealed: whoever gets the database alone cannot read them.

AES-256-GCM (NIST SP 800-38D), with a key in a file beside the database. Gateways that share a database
share the file too. The file may hold several keys, the newest first: that seals, and all of them open.
"""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from brickyard.engines.held import hold

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
KEYS_MAX = 16
"""Keys that are kept: what was sealed by an older one opens no more."""


class Seal:
    """Seals secrets, and opens them."""

    def __init__(self, file: Path) -> None:
        """Seal with the newest key in `file`, which is made when it is first needed."""
        self._file = file
        self._ciphers: list[AESGCM] = []

    def close(self, secret: bytes, owner: str) -> bytes:
        """Seal a secret; it opens for the same owner only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._known()[0].encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """Give a secret back; a `cryptography` error if it was sealed for another, or by another key."""
        from cryptography.exceptions import InvalidTag

        try:
            return _opened(self._known(), sealed, owner)
        except InvalidTag:  # another gateway may have taken a new key meanwhile
            self._ciphers = []
            return _opened(self._known(), sealed, owner)

    def rotate(self) -> None:
        """Take a new key: it seals from now on, and those before it still open."""
        self._known()
        with self._held():
            former = self._file.read_bytes()[: (KEYS_MAX - 1) * KEY_BYTES]
            self._write(secrets.token_bytes(KEY_BYTES) + former)
        self._ciphers = []

    def _known(self) -> "list[AESGCM]":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if not self._ciphers:
            keys = self._keys()
            self._ciphers = [AESGCM(keys[at : at + KEY_BYTES]) for at in range(0, len(keys), KEY_BYTES)]
        return self._ciphers

    def _keys(self) -> bytes:
        if not self._file.exists():
            with self._held():
                if not self._file.exists():  # others in the same home may have been faster
                    self._write(secrets.token_bytes(KEY_BYTES))
        return self._file.read_bytes()

    def _held(self) -> BinaryIO:
        return hold(self._file.with_name(f"{self._file.name}.lock"))

    def _write(self, keys: bytes) -> None:
        draft = self._file.with_name(f"{self._file.name}.new")
        draft.touch(mode=0o600)
        draft.write_bytes(keys)
        draft.replace(self._file)  # whatever happens meanwhile, there are whole keys or none


def _opened(ciphers: "list[AESGCM]", sealed: bytes, owner: str) -> bytes:
    from cryptography.exceptions import InvalidTag

    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    for cipher in ciphers:
        try:
            return cipher.decrypt(nonce, rest, owner.encode())
        except InvalidTag:
            continue
    raise InvalidTag
