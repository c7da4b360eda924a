"""A device that makes passkeys and signs with them, as a browser would have it do (W3C WebAuthn, level 3)."""

import hashlib
import os
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url as text

PRESENT, VERIFIED, WITH_CREDENTIAL = 0x01, 0x04, 0x40


class Device:
    """One passkey, and whoever it verifies."""

    def __init__(self, origin: str = "https://cloud.example", host: str = "cloud.example") -> None:
        self.origin, self.host = origin, host
        self.verifies = True
        self.signed = 0
        self.id = os.urandom(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` gives."""
        data = self._data(WITH_CREDENTIAL) + bytes(16) + struct.pack(">H", len(self.id)) + self.id
        attestation = {"fmt": "none", "attStmt": {}, "authData": data + self._public_key()}
        return self._credential(
            {
                "clientDataJSON": text(self._client("webauthn.create", options)),
                "attestationObject": text(cbor2.dumps(attestation)),
            }
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get` gives."""
        self.signed += 1
        client, data = self._client("webauthn.get", options), self._data(0)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signature),
            }
        )

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = text(base64url_to_bytes(options["challenge"]))
        return f'{{"type":"{kind}","challenge":"{challenge}","origin":"{self.origin}"}}'.encode()

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.signed)

    def _public_key(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
