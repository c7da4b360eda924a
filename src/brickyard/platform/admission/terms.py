"""The terms on which a caller may call an endpoint, and one call made on them."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from brickyard.contract import Money, Served
from brickyard.contract.tariff import OWN_CREDENTIALS_DIVISOR
from brickyard.platform.billing.tab import Draw, Offer
from brickyard.platform.limits import Allotment, Gauge


class Terms(msgspec.Struct, frozen=True):
    """What was found out once, when a caller first called an endpoint."""

    offer: Offer | None
    """What calls cost; None if they cost this caller nothing, and are not counted."""
    gauge: Gauge | None
    """The caller's limits, if there are any."""
    allotment: Allotment | None
    """How much the caller's project may keep, if that is bounded: it holds for as long as these terms do."""
    units: Mapping[str, Money] = {}
    """What units of each kind cost, where they have a price of their own."""


class Asked(NamedTuple):
    """How much of an endpoint a call asks for."""

    units: int
    """Units of its size, at most."""
    kind: str
    """Which they are; empty if there are no kinds."""


ONE = Asked(1, "")
"""What calls without a size ask for."""


class Visit:
    """One call: let in, paid for if it has a price, and over in the end."""

    __slots__ = ("_gauge", "_units", "draw")

    def __init__(self, gauge: Gauge | None, draw: Draw | None, units: int = 1) -> None:
        """Begin it, with what is held for it: the price of so many `units` of its size."""
        self._gauge, self.draw, self._units = gauge, draw, units

    def end(self, *, succeeded: bool, served: Served | None = None) -> Money:
        """Note that the call is over; gives what it has cost. A call that failed costs nothing."""
        if self._gauge is not None:
            self._gauge.leave()
        if self.draw is None:
            return Money(0)
        actual = None if served is None else _actual(self.draw, served, self._units)
        return self.draw.end(succeeded=succeeded, actual=actual)


def _actual(draw: Draw, served: Served, units: int) -> int:
    """Say what a call costs that others have served: by size if it is metered, less with own credentials."""
    cost = draw.amount if served.units is None else draw.amount // units * served.units
    cost = cost if served.cost is None else served.cost
    return cost // OWN_CREDENTIALS_DIVISOR if served.own else cost
