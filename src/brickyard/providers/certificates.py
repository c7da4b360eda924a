"""Certificates of those who sign what they post: asked for once, and kept for a while."""

from collections import OrderedDict

from brickyard.engines.clock import NANOSECONDS, Clock

CERTIFICATES_MAX = 64
"""A region has one or two at a time."""
LIFE_NS = 3600 * NANOSECONDS


class Certificates:
    """Keeps them in memory, by the URL that they were had from: the ones that were had last."""

    def __init__(self, clock: Clock) -> None:
        """Keep each for an hour by `clock`."""
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    def find(self, url: str) -> bytes | None:
        """Give the certificate of a URL; None if it has to be asked for."""
        kept_ns, certificate = self._kept.get(url, (0, None))
        return certificate if self._clock.now_ns() - kept_ns < LIFE_NS else None

    def keep(self, url: str, certificate: bytes) -> None:
        """Keep a certificate by which something was found to be signed: what proves nothing is not kept."""
        self._kept.pop(url, None)
        self._kept[url] = (self._clock.now_ns(), certificate)
        while len(self._kept) > CERTIFICATES_MAX:
            self._kept.popitem(last=False)
