"""Sealing, and opening."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from brickyard.contract import Unavailable
from brickyard.engines.seal.file import KeyFile
from brickyard.engines.seal.register import KeyRegister

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12

Closer = Callable[[bytes, str], bytes]
"""Seals a secret for an owner."""


class Seal:
    """Seals secrets, and opens them."""

    def __init__(self, file: KeyFile, register: KeyRegister) -> None:
        """Take keys from `file`, and seal with the one that `register` names."""
        self.file, self.register = file, register
        self._ciphers: dict[str, AESGCM] = {}

    async def close(self, secret: bytes, owner: str) -> bytes:
        """Seal a secret; it opens for the same owner only. `Unavailable` if the key for it is not here."""
        return (await self.closer())(secret, owner)

    async def closer(self) -> Closer:
        """Give what seals as `close` does, for a moment in which nothing may be waited for."""
        return partial(_closed, await self._sealing())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """Give a secret back; a `cryptography` error if it was sealed for another, or by another key."""
        from cryptography.exceptions import InvalidTag

        for look in (self._known, self._look_again):  # another gateway may have taken a new key meanwhile
            for cipher in look().values():
                try:
                    return _opened(cipher, sealed, owner)
                except InvalidTag:
                    continue
        raise InvalidTag

    async def again(self, sealed: bytes, owner: str) -> bytes | None:
        """Seal anew what an older key has sealed; None if it is sealed by the key that seals now.

        Errors as for `close` and `open`.
        """
        from cryptography.exceptions import InvalidTag

        try:
            _opened(await self._sealing(), sealed, owner)
        except InvalidTag:
            return await self.close(self.open(sealed, owner), owner)
        return None

    def forget(self) -> None:
        """Read the file anew when a key is next needed."""
        self._ciphers = {}

    async def _sealing(self) -> "AESGCM":
        wanted = await self.register.sealing(tuple(self._known()))
        found = self._known().get(wanted) or self._look_again().get(wanted)
        if found is None:
            raise Unavailable(
                f"This gateway has no copy of the master key {wanted}, which seals secrets now: its operator"
                " has to copy the file `secret` from the home of the gateway where the key was made."
            )
        return found

    def _known(self) -> "dict[str, AESGCM]":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        ciphers = self._ciphers  # as it is: another thread may forget them meanwhile
        if not ciphers:
            ciphers = self._ciphers = {name: AESGCM(key) for name, key in self.file.keys().items()}
        return ciphers

    def _look_again(self) -> "dict[str, AESGCM]":
        self.forget()
        return self._known()


def _closed(cipher: "AESGCM", secret: bytes, owner: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, secret, owner.encode())


def _opened(cipher: "AESGCM", sealed: bytes, owner: str) -> bytes:
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
