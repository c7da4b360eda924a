"""What services that are done by others share: ports, adapters, and the market that brings them together."""

from brickyard.providers.about import About, Freshness
from brickyard.providers.adapter import Adapter, by_status
from brickyard.providers.credentials import Credentials, Secret
from brickyard.providers.failure import Failure
from brickyard.providers.heard import Heard
from brickyard.providers.http import Http
from brickyard.providers.market import Market
from brickyard.providers.port import Port, task
from brickyard.providers.transport import Received

__all__ = [
    "About",
    "Adapter",
    "Credentials",
    "Failure",
    "Freshness",
    "Heard",
    "Http",
    "Market",
    "Port",
    "Received",
    "Secret",
    "by_status",
    "task",
]
