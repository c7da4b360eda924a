import socket
import threading
from collections.abc import Iterator

import pytest

from brickyard import Brickyard
from brickyard.sdk import BrickyardError, ConnectionFailedError, RateLimitedError, ServerError

FINE = b'{"message":"Hello"}'


def reply(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def refusal(code: int, *, retryable: bool, headers: tuple[str, ...] = ()) -> bytes:
    body = f'{{"id":"x","code":{code},"detail":"no","status":"X","retryable":{str(retryable).lower()}}}'
    return reply(code, body.encode(), *headers)


class Flaky:
    """A server that gives its replies in turn; an empty one is a connection closed without a word."""

    def __init__(self) -> None:
        self.replies: list[bytes] = []
        self.requests = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                self.requests += 1
                connection.sendall(self.replies.pop(0))


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    server = Flaky()
    yield server
    server.socket.close()


def client_of(server: Flaky, waits: list[float]) -> Brickyard:
    return Brickyard("bk_sk_live_x", server.url, retries=2, sleep=waits.append)


@pytest.mark.parametrize("first", [refusal(429, retryable=True), refusal(503, retryable=True)])
def test_what_was_certainly_not_done_is_tried_again(flaky: Flaky, first: bytes):
    flaky.replies, waits = [first, first, reply(200, FINE)], []
    assert client_of(flaky, waits).helloworld.call().message == "Hello"
    assert len(waits) == 2
    assert all(0 <= wait <= 0.5 for wait in waits)


def test_the_server_says_how_long_to_wait(flaky: Flaky):
    flaky.replies, waits = [refusal(429, retryable=True, headers=("Retry-After: 3",)), reply(200, FINE)], []
    client_of(flaky, waits).helloworld.call()
    assert waits == [3.0]


def test_a_server_that_asks_for_too_much_patience_is_not_waited_for(flaky: Flaky):
    flaky.replies, waits = [refusal(429, retryable=True, headers=("Retry-After: 3600",))], []
    with pytest.raises(RateLimitedError):
        client_of(flaky, waits).helloworld.call()
    assert (flaky.requests, waits) == (1, [])


def test_it_gives_up_in_the_end(flaky: Flaky):
    flaky.replies, waits = [refusal(429, retryable=True)] * 3, []
    with pytest.raises(RateLimitedError):
        client_of(flaky, waits).helloworld.call()
    assert flaky.requests == 3


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (refusal(500, retryable=True), ServerError),
        (refusal(503, retryable=False), ServerError),
        (refusal(429, retryable=False), RateLimitedError),
        (reply(200, b"<html>"), ServerError),
        (reply(200, b'{"massage":"Hello"}'), ServerError),
        (reply(302, b"", "Location: /"), BrickyardError),
        (reply(500, b'{"code":null,"detail":null,"errors":null}'), ServerError),
        (refusal(400, retryable=False), BrickyardError),
        (reply(502, b"<html>"), ServerError),
        (b"", ConnectionFailedError),
    ],
)
def test_what_may_have_been_done_is_not_done_twice(flaky: Flaky, first: bytes, kind: type[Exception]):
    flaky.replies, waits = [first, reply(200, FINE)], []
    with pytest.raises(kind):
        client_of(flaky, waits).helloworld.call()
    assert (flaky.requests, waits) == (1, [])


def test_a_server_that_is_not_there_yet_is_waited_for():
    waits: list[float] = []
    with pytest.raises(ConnectionFailedError):
        Brickyard("k", "http://127.0.0.1:9", retries=2, sleep=waits.append).helloworld.call()
    assert len(waits) == 2
