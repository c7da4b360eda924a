"""What units of work cost, for services whose calls are metered by size."""

from collections.abc import Mapping

from brickyard.contract.money import Money

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

    def of(self, endpoint: str, unit: str) -> Money:
        """Give the price of a unit of `sms.send`; a KeyError if there is none, nor one for all others."""
        units = self._units[endpoint]
        found = units.get(unit)
        return units[OTHER] if found is None else found
