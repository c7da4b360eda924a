"""What is read with GET rather than called: the catalog, the reference, health and metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from threading import Lock
from urllib.parse import parse_qs

import msgspec

from brickyard.contract import BadRequest
from brickyard.gateway.asgi import Header
from brickyard.gateway.others import Others

PARAMETERS_MAX = 100
"""Parameters of a page's query, at most."""


class Page(msgspec.Struct, frozen=True):
    """A page, ready to be sent."""

    body: bytes
    content_type: bytes = b"application/json"
    status: int = 200
    headers: tuple[Header, ...] = ()


Query = Mapping[str, str]
PageMaker = Callable[[Query], Awaitable[Page] | Page]


class Pages:
    """Pages by path."""

    def __init__(self, makers: Mapping[str, PageMaker], others: Others) -> None:
        """Make each path's page by its maker, every time that it is asked for; be counted by `others`."""
        self._makers, self._others = makers, others

    def has(self, path: str) -> bool:
        """Say whether there is a page at `path`."""
        return _spelled(path) in self._makers

    async def find(self, path: str, query: str) -> Page | None:
        """Give the page at `path`; None if there is none."""
        maker = self._makers.get(_spelled(path))
        if maker is None:
            return None
        made = maker(_parameters(query))
        page = made if isinstance(made, Page) else await made
        self._others.page(page.status)
        return page


def _spelled(path: str) -> str:
    return path if path == "/" else path.rstrip("/")


def _parameters(query: str) -> Query:
    try:
        return {name: values[0] for name, values in parse_qs(query, max_num_fields=PARAMETERS_MAX).items()}
    except ValueError as error:
        raise BadRequest(f"More than {PARAMETERS_MAX} parameters.") from error


def json_page(value: object) -> Page:
    """Make a page of a value, as JSON."""
    return Page(msgspec.json.encode(value))


def html_page(text: str, policy: str, *more: Header) -> Page:
    """Make a page of HTML that may load what `policy` says (Content-Security-Policy) and nothing else."""
    headers: tuple[Header, ...] = (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        *more,
    )
    return Page(text.encode(), b"text/html; charset=utf-8", headers=headers)


def kept(make: Callable[[], Page]) -> PageMaker:
    """Have a page made once, when it is first asked for: on a thread, since it may take a while."""
    made: list[Page] = []
    lock = Lock()

    def once() -> Page:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    async def maker(_: Query) -> Page:
        return made[0] if made else await asyncio.to_thread(once)

    return maker
