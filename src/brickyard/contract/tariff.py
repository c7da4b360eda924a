"""What units of work cost, for services whose calls are metered by size."""

from collections.abc import Mapping

from brickyard.contract.money import Money

OWN_CREDENTIALS_DIVISOR = 10
"""By the project's own credentials a call costs a tenth: the provider sends the project a bill of its own."""
OTHER = "*"
"""The unit that stands for all that are not named."""


class Tariff:
    """Prices of units, by endpoint."""

    def __init__(self, most: Mapping[str, Money], units: Mapping[str, Mapping[str, Money]]) -> None:
        """Know what calls cost at `most`, by endpoint (`sms.send`), and its `units` by their names."""
        self._most, self._units = most, units

    def most(self, endpoint: str) -> Money:
        """Give what a call costs at most: so much is held for it."""
        return self._most[endpoint]

    def of(self, endpoint: str, *units: str) -> Money:
        """Give the price of the first of `units` of `sms.send` that has one.

        It is a KeyError if none has, and there is none for all others.
        """
        found = self.find(endpoint, *units)
        return self._units[endpoint][OTHER] if found is None else found

    def find(self, endpoint: str, *units: str) -> Money | None:
        """Give the price of the first of `units` that has one of its own; None if none has."""
        priced = self._units[endpoint]
        return next((priced[unit] for unit in units if unit in priced), None)
