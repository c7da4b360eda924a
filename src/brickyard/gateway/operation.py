"""An endpoint made ready to be called: its decoder, its place in the metrics."""

import msgspec

from brickyard.contract import Endpoint, Request
from brickyard.contract.words import decode_word
from brickyard.gateway.asgi import Header
from brickyard.gateway.metrics import Timings
from brickyard.platform.admission import ONE, Asked

JSON: Header = (b"content-type", b"application/json")
KEPT: tuple[Header, ...] = ((b"cache-control", b"public, max-age=60"), (b"vary", b"origin"))
"""For replies that are the same for everyone: by HTTP, those to GET may then be kept for so long."""


class Operation:
    """One endpoint of the catalog at run time."""

    __slots__ = (
        "by_providers",
        "control_plane",
        "decoder",
        "endpoint",
        "headers",
        "id",
        "path",
        "size",
        "timings",
    )

    def __init__(self, endpoint: Endpoint, *, control_plane: bool, by_providers: bool) -> None:
        """Prepare `endpoint`; `by_providers` says whether others do the work of its service."""
        self.endpoint = endpoint
        self.control_plane, self.by_providers = control_plane, by_providers
        self.id = endpoint.id
        self.path = f"/v1/{endpoint.service}/{endpoint.name}"
        self.decoder = msgspec.json.Decoder(endpoint.request, dec_hook=decode_word)
        declared = endpoint.declaration
        self.headers = (JSON, *KEPT) if declared.public and declared.repeat == "safe" else (JSON,)
        """What the header of every good reply begins with."""
        self.timings = Timings()
        self.size = endpoint.declaration.size

    def asks(self, request: Request) -> Asked:
        """Say how many units a request asks for at most, and of which kind."""
        size = self.size
        if size is None:
            return ONE
        return Asked(size.of(request), "" if size.kind is None else size.kind(request))
