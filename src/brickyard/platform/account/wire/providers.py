"""Signing in with an identity at another provider."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Reply, Request
from brickyard.platform.account.wire.words import Code


class ListProvidersRequest(Request):
    """Nothing to say."""


class ListProvidersReply(Reply):
    """Whose identities can be used here."""

    providers: list[str]
    """Their names, such as `github`; none unless the operator has set them up."""


class BeginLoginRequest(Request):
    """Where to sign in."""

    provider: Annotated[str, Meta(min_length=1, max_length=50)]
    """The provider's name, as `ListProviders` gives it."""


class BeginLoginReply(Reply):
    """The way there, and what is needed on the way back."""

    url: str
    """Where to send the browser. It comes back to the console with `state` and `code`."""
    verifier: str
    """A secret to keep for `FinishLogin`. It is in no URL, so nobody can slip in a sign-in of their own."""


class FinishLoginRequest(Request):
    """What came back."""

    state: Code
    """As it came back in the URL; it works once, for ten minutes."""
    code: Annotated[str, Meta(min_length=1, max_length=4096)]
    """As it came back in the URL."""
    verifier: Code
    """What `BeginLogin` gave."""
