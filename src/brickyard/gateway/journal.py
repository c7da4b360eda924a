"""Where everything about requests is written down."""

from dataclasses import dataclass

from brickyard.gateway.access import AccessLog
from brickyard.gateway.others import Others
from brickyard.platform.usage.bodies import Keeping
from brickyard.platform.usage.meter import Meter


@dataclass(frozen=True)
class Journal:
    """The books that the gateway keeps."""

    meter: Meter
    """A record of every call, kept before it is answered."""
    bodies: Keeping
    """What was said in calls, of projects that want it kept."""
    others: Others
    """Counts of what is no call."""
    log: AccessLog
    """Lines for people: of both, and of what broke."""
