"""Clients of providers, led to their doubles: those that know of no other host than their provider's."""

from collections.abc import Callable
from typing import Any

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, ClientSession
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from yarl import URL


class Redirected(HTTPAdapter):
    """For clients by requests: sends what is mounted on it to a URL's host."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: PreparedRequest, *arguments: Any, **more: Any) -> Response:
        request.url = self._url + request.path_url
        return super().send(request, *arguments, **more)


def redirected_session(url_of: Callable[[str], str]) -> ClientSession:
    """Make a session for clients by aiohttp; `url_of` gives where a host's double is."""

    async def elsewhere(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        double = URL(url_of(str(request.url.origin())))
        request.url = request.url.with_scheme("http").with_host("127.0.0.1").with_port(double.port)
        return await handler(request)

    return ClientSession(middlewares=(elsewhere,))
