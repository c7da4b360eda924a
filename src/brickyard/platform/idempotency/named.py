"""A call under a key of its caller's: what makes another call a repeat of it."""

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
    """SHA-256 of what is asked: a repeat asks the same."""
    request_id: str
    """The attempt's own name."""

    @classmethod
    def of(
        cls, project: str, endpoint: Endpoint, key: str, asked: tuple[bytes, bytes], request_id: str
    ) -> "Named":
        """Name a call; what is `asked` is its query string and its body, as they were sent."""
        query, body = asked
        fingerprint = sha256(b"\0".join((endpoint.id.encode(), query, body))).digest()
        return cls(project, endpoint, sha256(key.encode()).digest(), fingerprint, request_id)

    @property
    def place(self) -> Place:
        """Where it is kept: the same for all its repeats."""
        return self.project, self.endpoint.id, self.key
