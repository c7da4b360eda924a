"""A call under a key of its caller's: what makes another call a repeat of it."""

import hmac
from hashlib import sha256

import msgspec

from brickyard.contract import Endpoint

Place = tuple[str, str, bytes]


class Named(msgspec.Struct, frozen=True):
    """One attempt at a call that bears a key."""

    project: str
    """Whose key it is, and in which environment: others' are others."""
    endpoint: Endpoint
    key: bytes
    """SHA-256 of the key's text."""
    fingerprint: bytes
    """SHA-256 of what is asked, and of the key: a repeat asks the same, and nobody without the key can try
    whether a body was this one, though it be short, such as a password."""
    secret: bytes
    """Made of the same as the fingerprint, and kept nowhere: what a secret in the reply is sealed with."""
    request_id: str
    """The attempt's own name."""

    @classmethod
    def of(
        cls, project: str, endpoint: Endpoint, key: str, asked: tuple[bytes, bytes], request_id: str
    ) -> "Named":
        """Name a call; what is `asked` is its query string and its body, as they were sent."""
        query, body = asked
        text = b"\0".join((key.encode(), endpoint.id.encode(), query, body))
        secret = hmac.digest(key.encode(), b"reply\0" + text, "sha256")
        return cls(
            project, endpoint, sha256(key.encode()).digest(), sha256(text).digest(), secret, request_id
        )

    @property
    def place(self) -> Place:
        """Where it is kept: the same for all its repeats."""
        return self.project, self.endpoint.id, self.key
