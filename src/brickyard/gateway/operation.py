"""An endpoint made ready to be called: its decoder, its place in the metrics."""

import msgspec

from brickyard.contract import Endpoint, Request
from brickyard.contract.words import decode_word
from brickyard.gateway.metrics import Timings


class Operation:
    """One endpoint of the catalog at run time."""

    __slots__ = ("by_providers", "control_plane", "decoder", "endpoint", "id", "path", "size", "timings")

    def __init__(self, endpoint: Endpoint, *, control_plane: bool, by_providers: bool) -> None:
        """Prepare `endpoint`; `by_providers` says whether others do the work of its service."""
        self.endpoint = endpoint
        self.control_plane, self.by_providers = control_plane, by_providers
        self.id = endpoint.id
        self.path = f"/v1/{endpoint.service}/{endpoint.name}"
        self.decoder = msgspec.json.Decoder(endpoint.request, dec_hook=decode_word)
        self.timings = Timings()
        self.size = endpoint.declaration.size

    def units(self, request: Request) -> int:
        """Say how many units a request asks for, at most, where the price is that of one; else it is 1."""
        return 1 if self.size is None else self.size.of(request)
