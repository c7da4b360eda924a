"""What is asked of a provider of identities, and what it is asked with."""

import base64
import hashlib
from typing import Protocol

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """Who somebody is to a provider."""

    subject: str
    """The provider's own name for them, which never changes."""
    email: str
    """Empty unless the provider has verified it: what is not verified proves nothing."""
    name: str


class Passage(msgspec.Struct, frozen=True):
    """One way to a provider and back, all of it derived from one secret that only the client has.

    The secret is PKCE's code verifier (RFC 7636). So the provider's answer is of use only to the one who
    began, and nothing of it has to be kept here.
    """

    secret: str
    redirect: str
    """Where the provider sends the browser back to."""

    @property
    def challenge(self) -> str:
        """PKCE's challenge, by the method S256."""
        return _digest(self.secret)

    @property
    def nonce(self) -> str:
        """What the provider's token has to repeat."""
        return _digest(f"nonce:{self.secret}")


class Provider(Protocol):
    """A provider of identities."""

    async def address(self, state: str, passage: Passage) -> str:
        """Give the URL at which one signs in there; `Unavailable` if the provider cannot be reached."""
        ...

    async def identity(self, code: str, passage: Passage) -> Identity:
        """Give the identity that a code stands for; `Unauthorized` if the provider takes it for none."""
        ...


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
