"""Where Stripe is, and what proves us to Stripe and Stripe to us; the proofs are never shown."""

import re
from dataclasses import dataclass, field

_KEY = re.compile(r"(?:sk|rk)_(live|test)_[0-9A-Za-z_]{4,250}")
_SECRET = re.compile(r"whsec_[0-9A-Za-z+/=_-]{8,250}")


@dataclass(frozen=True)
class StripeKey:
    """A secret or restricted key, of one of Stripe's two environments."""

    text: str = field(repr=False)
    livemode: bool
    """Whether it moves real money."""

    @classmethod
    def of(cls, text: str) -> "StripeKey":
        """Read a key; a ValueError says what it must be like, and never what it is."""
        found = _KEY.fullmatch(text)
        if not found:
            raise ValueError(
                "it must be a secret key of Stripe's, sk_live_…, sk_test_…, rk_live_… or rk_test_…"
            )
        return cls(text, found[1] == "live")


@dataclass(frozen=True)
class ApiBase:
    """Where Stripe's API is: at Stripe, or at a stand-in for tests."""

    url: str = "https://api.stripe.com"

    @classmethod
    def of(cls, text: str) -> "ApiBase":
        """Read an address; a ValueError says what it must be like."""
        if not re.fullmatch(r"https?://[^/?#@\s]+/?", text):
            raise ValueError("it must be like https://api.stripe.com, without a path")
        return cls(text.rstrip("/"))


@dataclass(frozen=True)
class WebhookSecret:
    """What Stripe signs its webhooks with."""

    text: str = field(repr=False)

    @classmethod
    def of(cls, text: str) -> "WebhookSecret":
        """Read a signing secret; a ValueError says what it must be like, and never what it is."""
        if not _SECRET.fullmatch(text):
            raise ValueError("it must be the signing secret of a webhook endpoint of Stripe's, whsec_…")
        return cls(text)
