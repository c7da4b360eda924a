"""What we have Stripe keep beside a payment, and tell us again with every event about it."""

from collections.abc import Mapping
from typing import NamedTuple

ACCOUNT, PAYMENT = "brickyard_account", "brickyard_payment"


class Owner(NamedTuple):
    """Whose payment something is about."""

    account: str
    payment: str

    def metadata(self) -> dict[str, str]:
        """Give it as Stripe keeps it."""
        return {ACCOUNT: self.account, PAYMENT: self.payment}


def owner_in(metadata: Mapping[str, str] | None) -> Owner | None:
    """Read it back; None if we did not write it."""
    if not metadata or not metadata.get(ACCOUNT) or not metadata.get(PAYMENT):
        return None
    return Owner(metadata[ACCOUNT], metadata[PAYMENT])
