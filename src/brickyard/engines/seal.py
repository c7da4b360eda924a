"""Secrets that have to be read back, sealed: whoever gets the database alone cannot read them.

AES-256-GCM (NIST SP 800-38D), with a key in a file beside the database. Gateways that share a database
share the file too.
"""

import secrets
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class Seal:
    """Seals secrets, and opens them."""

    def __init__(self, file: Path) -> None:
        """Seal with the key in `file`, which is made when it is first needed."""
        self._file = file

    def close(self, secret: bytes, owner: str) -> bytes:
        """Seal a secret; it opens for the same owner only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """Give a secret back; a `cryptography` error if it was sealed for another, or by another key."""
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key())

    def _key(self) -> bytes:
        if not self._file.exists():
            draft = self._file.with_name(f"{self._file.name}.new")
            draft.touch(mode=0o600)
            draft.write_bytes(secrets.token_bytes(KEY_BYTES))
            draft.replace(self._file)  # whatever happens meanwhile, there is a whole key or none
        return self._file.read_bytes()
