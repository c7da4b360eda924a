"""Documents that their provider calls good for a while, and asks not to be asked for meanwhile (RFC 9111).

After that it is asked whether they have changed. An answer that is kept (`shelf.py`) is given to the same
question again; a document answers others too: the weather now, and that of the week.
"""

from collections import OrderedDict
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec

from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.providers.http import Http, Query, with_query
from brickyard.providers.transport import Received

SIZE_MAX_BYTES = 32 * 1024 * 1024
LIFE_MAX_S = 6 * 3600.0

Key = tuple[str, str]
"""A project, and a URL: what one asked for is not told to another by how fast it comes."""


class Document(msgspec.Struct, frozen=True):
    """A document, as it is kept."""

    received: Received
    good_until_ns: int

    @property
    def condition(self) -> dict[str, str]:
        """The header that asks for it only if it has changed; none if it does not say when it did."""
        changed = self.received.headers.get("last-modified", "")
        return {"If-Modified-Since": changed} if changed else {}


class Library:
    """Keeps documents in memory, the ones used last."""

    def __init__(self, clock: Clock, size_max_bytes: int = SIZE_MAX_BYTES) -> None:
        """Keep `size_max_bytes` at most."""
        self._clock, self._size_max_bytes, self._size_bytes = clock, size_max_bytes, 0
        self._kept: OrderedDict[Key, Document] = OrderedDict()

    def of(self, tenant: str) -> "Documents":
        """Give a project's own."""
        return Documents(self, tenant)

    async def get(self, http: Http, tenant: str, url: str) -> Received:
        """Give a document; a `Failure` if it has to be asked for and is not to be had."""
        key = (tenant, url)
        kept = self._kept.get(key)
        if kept is not None and self._clock.now_ns() < kept.good_until_ns:
            self._kept.move_to_end(key)
            return kept.received
        received = await http.get(url, headers=None if kept is None else kept.condition)
        if kept is not None and received.status == HTTPStatus.NOT_MODIFIED:
            headers = {**kept.received.headers, **received.headers}
            received = Received(HTTPStatus.OK, headers, kept.received.body)
        self._keep(key, received)
        return received

    def _keep(self, key: Key, received: Received) -> None:
        old = self._kept.pop(key, None)
        self._size_bytes -= 0 if old is None else _size(key, old)
        document = Document(received, self._clock.now_ns() + int(life_s(received) * NANOSECONDS))
        if received.status != HTTPStatus.OK or _size(key, document) > self._size_max_bytes:
            return
        self._kept[key] = document
        self._size_bytes += _size(key, document)
        while self._size_bytes > self._size_max_bytes:
            self._size_bytes -= _size(*self._kept.popitem(last=False))


class Documents:
    """Those of a project."""

    def __init__(self, library: Library, tenant: str) -> None:
        """Keep them in `library`."""
        self._library, self._tenant = library, tenant

    async def get(self, http: Http, url: str, query: Query | None = None) -> Received:
        """Give a document by its URL; a `Failure` if it has to be asked for and is not to be had."""
        return await self._library.get(http, self._tenant, with_query(url, query))


def life_s(received: Received) -> float:
    """Say how long a reply is good, by its `Expires` and `Date`: 6 hours at most, 0 if it does not say."""
    try:
        expires, sent = (parsedate_to_datetime(received.headers[name]) for name in ("expires", "date"))
        return min(max((expires - sent).total_seconds(), 0.0), LIFE_MAX_S)
    except (LookupError, ValueError, TypeError, OverflowError):
        return 0.0


def _size(key: Key, document: Document) -> int:
    return sum(map(len, key)) + len(document.received.body)
