"""An endpoint made ready to be called: its decoder, its place in the metrics."""

import msgspec

from brickyard.contract import Endpoint
from brickyard.contract.words import decode_word
from brickyard.gateway.metrics import Timings


class Operation:
    """One endpoint of the catalog at run time."""

    __slots__ = ("control_plane", "decoder", "endpoint", "id", "path", "timings")

    def __init__(self, endpoint: Endpoint, *, control_plane: bool) -> None:
        """Prepare `endpoint`."""
        self.endpoint = endpoint
        self.control_plane = control_plane
        self.id = endpoint.id
        self.path = f"/v1/{endpoint.service}/{endpoint.name}"
        self.decoder = msgspec.json.Decoder(endpoint.request, dec_hook=decode_word)
        self.timings = Timings()
