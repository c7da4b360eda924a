import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from brickyard import AsyncBrickyard, Brickyard
from brickyard.sdk import BrickyardError, ConnectionFailedError, RateLimitedError, ServerError, exchange

FINE = b'{"message":"Hello"}'
EVENT = b"data: " + FINE + b"\n\n"
BUSY_EVENT = b'event: error\ndata: {"id":"x","code":503,"detail":"no","status":"X","retryable":true}\n\n'
EVENT_STREAM = "Content-Type: text/event-stream"
Step = bytes | Callable[[], None]


def reply(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def refusal(code: int, *, retryable: bool, headers: tuple[str, ...] = ()) -> bytes:
    body = f'{{"id":"x","code":{code},"detail":"no","status":"X","retryable":{str(retryable).lower()}}}'
    return reply(code, body.encode(), *headers)


class Flaky:
    """A server that gives its replies in turn; an empty one is a connection closed without a word.

    Between the parts of one it does what it is told.
    """

    def __init__(self) -> None:
        self.replies: list[bytes | tuple[Step, ...]] = []
        self.requests = 0
        self.received: list[bytes] = []
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
                self.received.append(connection.recv(65536))
                self.requests += 1
                reply = self.replies.pop(0)
                for step in reply if isinstance(reply, tuple) else (reply,):
                    step() if callable(step) else connection.sendall(step)


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    server = Flaky()
    yield server
    server.socket.close()


def client_of(server: Flaky, waits: list[float], **options: Any) -> Brickyard:
    return Brickyard("bk_sk_live_x", server.url, sleep=waits.append, **{"retries": 2, **options})


class Moments:
    """A clock that moves when it is told to, or slept by."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.now_s += seconds


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
        (refusal(500, retryable=False), ServerError),
        (refusal(503, retryable=False), ServerError),
        (refusal(429, retryable=False), RateLimitedError),
        (reply(200, b"<html>"), ServerError),
        (reply(200, b'{"massage":"Hello"}'), ServerError),
        (reply(302, b"", "Location: /"), BrickyardError),
        (reply(500, b'{"code":null,"detail":null,"errors":null}'), ServerError),
        (refusal(400, retryable=False), BrickyardError),
    ],
)
def test_what_will_not_be_otherwise_is_not_tried_again(flaky: Flaky, first: bytes, kind: type[Exception]):
    flaky.replies, waits = [first, reply(200, FINE)], []
    with pytest.raises(kind):
        client_of(flaky, waits).helloworld.call()
    assert (flaky.requests, waits) == (1, [])


UNSURE = [refusal(500, retryable=True), reply(502, b"<html>"), reply(504, b""), b""]


def keys(server: Flaky) -> list[str]:
    """The keys that the requests bore; empty for those without."""
    heads = [head.partition(b"\r\n\r\n")[0].decode().lower() for head in server.received]
    return [head.partition("idempotency-key: ")[2].partition("\r\n")[0] for head in heads]


@pytest.mark.parametrize("first", UNSURE)
def test_what_changes_nothing_is_tried_again_though_it_may_have_been_done(flaky: Flaky, first: bytes):
    flaky.replies = [first, reply(200, FINE)]
    assert client_of(flaky, []).helloworld.call().message == "Hello"
    assert keys(flaky) == ["", ""]


@pytest.mark.parametrize("first", UNSURE)
def test_what_changes_something_is_tried_again_under_one_key(flaky: Flaky, first: bytes):
    flaky.replies, created = [first, first, *[reply(200, b'{"id":"1"}')] * 2], {"table": "t", "record": {}}
    client = client_of(flaky, [])
    assert client.db.create(**created).id == "1"
    client.db.create(**created)
    mine, again, once_more, other = keys(flaky)
    assert len(mine) == 36
    assert (again, once_more) == (mine, mine)
    assert other not in {"", mine}


def test_a_key_of_ones_own_goes_with_any_call(flaky: Flaky):
    flaky.replies = [reply(200, FINE)] * 2
    client = client_of(flaky, [])
    client.helloworld.call(idempotency_key="order-17")
    client.call("HelloWorld", "call", {}, idempotency_key="order-18")
    assert keys(flaky) == ["order-17", "order-18"]


def test_a_service_that_is_not_known_here_is_called_under_a_key(flaky: Flaky):
    flaky.replies = [reply(200, FINE)]
    client_of(flaky, []).call("dice", "Roll", {})
    assert len(keys(flaky)[0]) == 36


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 256, "a\r\nb"])
def test_what_is_no_key_is_not_sent(flaky: Flaky, key: str):
    with pytest.raises(ValueError, match="idempotency_key"):
        client_of(flaky, []).helloworld.call(idempotency_key=key)
    assert flaky.requests == 0


def test_a_stream_takes_no_key_and_bears_none(flaky: Flaky):
    flaky.replies = [STREAM]
    client = client_of(flaky, [])
    with pytest.raises(TypeError, match="idempotency_key"):
        client.helloworld.stream(idempotency_key="a")
    list(client.helloworld.stream())
    assert keys(flaky) == [""]


def test_the_opening_of_a_stream_is_not_tried_again_if_it_may_be_open(flaky: Flaky):
    flaky.replies = [b"", STREAM]
    with pytest.raises(ConnectionFailedError):
        list(client_of(flaky, []).helloworld.stream())
    assert flaky.requests == 1


async def test_the_async_client_tries_again_under_one_key(flaky: Flaky):
    flaky.replies, clock = [*UNSURE, *[reply(200, b'{"id":"1"}')] * 2], Moments()
    async with AsyncBrickyard("k", flaky.url, retries=4, sleep=clock.sleep_async, clock=clock) as client:
        assert (await client.db.create(table="t", record={})).id == "1"
        await client.db.create(table="t", record={}, idempotency_key="mine")
    *same, mine = keys(flaky)
    assert (len(set(same)), len(same[0]), mine) == (1, 36, "mine")


async def test_the_async_clients_streams_take_no_key(flaky: Flaky):
    async with AsyncBrickyard("k", flaky.url) as client:
        with pytest.raises(TypeError, match="idempotency_key"):
            await collected(client.helloworld.stream(idempotency_key="a"))


def test_a_server_that_is_not_there_yet_is_waited_for():
    waits: list[float] = []
    with pytest.raises(ConnectionFailedError):
        Brickyard("k", "http://127.0.0.1:9", retries=2, sleep=waits.append).helloworld.call()
    assert len(waits) == 2


BUSY = refusal(503, retryable=True)
STREAM = reply(200, EVENT * 2, EVENT_STREAM)
BROKEN_STREAM = reply(200, EVENT * 2, EVENT_STREAM)[:-5]


def test_the_opening_of_a_stream_is_tried_again(flaky: Flaky):
    flaky.replies, waits = [BUSY, refusal(429, retryable=True), STREAM], []
    messages = [each.message for each in client_of(flaky, waits).helloworld.stream()]
    assert (messages, flaky.requests, len(waits)) == (["Hello", "Hello"], 3, 2)


def test_a_stream_that_is_refused_for_good_is_not_tried_again(flaky: Flaky):
    flaky.replies, waits = [refusal(500, retryable=True), STREAM], []
    with pytest.raises(ServerError):
        list(client_of(flaky, waits).helloworld.stream())
    assert (flaky.requests, waits) == (1, [])


@pytest.mark.parametrize("broken", [BROKEN_STREAM, reply(200, EVENT + BUSY_EVENT, EVENT_STREAM)])
def test_a_stream_that_breaks_once_it_is_open_is_not_opened_again(flaky: Flaky, broken: bytes):
    flaky.replies, waits, messages = [broken, STREAM], [], []
    with pytest.raises(BrickyardError):
        messages.extend(each.message for each in client_of(flaky, waits).helloworld.stream())
    assert (messages, flaky.requests, waits) == (["Hello"], 1, [])


def test_an_open_stream_may_be_silent_for_longer_than_a_call_may_take(
    flaky: Flaky, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exchange, "SILENCE_MAX_S", 0.01)
    over = threading.Event()
    flaky.replies = [(STREAM[:-5], over.wait)]
    with pytest.raises(ConnectionFailedError):  # for its silence, not for the hour that a call may take
        list(client_of(flaky, [], timeout_s=3600).helloworld.stream())
    over.set()


def asked_to_wait(flaky: Flaky) -> Moments:
    """Have the server ask for 3 s before each next try, without end."""
    flaky.replies = [refusal(429, retryable=True, headers=("Retry-After: 3",))] * 10
    return Moments()


@pytest.mark.parametrize("call", ["call", "stream"])
def test_a_call_with_its_retries_takes_no_longer_than_it_may(flaky: Flaky, call: str):
    clock = asked_to_wait(flaky)
    client = Brickyard("k", flaky.url, retries=9, timeout_s=7, sleep=clock.sleep, clock=clock)
    with pytest.raises(RateLimitedError) as caught:
        list(getattr(client.helloworld, call)())
    assert (flaky.requests, clock.now_s, caught.value.retry_after_s) == (3, 6, 3)


def test_a_reply_that_comes_too_slowly_is_given_up(flaky: Flaky):
    clock, whole = Moments(), reply(200, FINE)
    flaky.replies = [(whole[:-5], lambda: clock.sleep(61), whole[-5:-2], threading.Event().wait)]
    with pytest.raises(ConnectionFailedError, match="within 60 s"):
        client_of(flaky, [], clock=clock).helloworld.call()


@pytest.mark.parametrize("call", ["call", "stream"])
def test_a_server_that_says_nothing_is_given_up(flaky: Flaky, call: str):
    flaky.replies, waits = [(threading.Event().wait,)], []
    with pytest.raises(ConnectionFailedError):
        list(getattr(client_of(flaky, waits, timeout_s=0.05).helloworld, call)())
    assert waits == []


async def collected(replies: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in replies]


async def test_the_async_client_tries_the_opening_of_a_stream_again(flaky: Flaky):
    flaky.replies, clock = [BUSY, refusal(429, retryable=True), STREAM], Moments()
    async with AsyncBrickyard("k", flaky.url, sleep=clock.sleep_async, clock=clock) as client:
        messages = [each.message for each in await collected(client.helloworld.stream())]
    assert (messages, flaky.requests) == (["Hello", "Hello"], 3)


async def test_the_async_client_does_not_open_a_broken_stream_again(flaky: Flaky):
    flaky.replies = [BROKEN_STREAM, STREAM]
    async with AsyncBrickyard("k", flaky.url) as client:
        with pytest.raises(ConnectionFailedError):
            await collected(client.helloworld.stream())
    assert flaky.requests == 1


async def test_the_async_client_takes_no_longer_than_it_may(flaky: Flaky):
    clock = asked_to_wait(flaky)
    options: dict[str, Any] = {"retries": 9, "timeout_s": 7, "sleep": clock.sleep_async, "clock": clock}
    async with AsyncBrickyard("k", flaky.url, **options) as client:
        with pytest.raises(RateLimitedError):
            await client.helloworld.call()
    assert (flaky.requests, clock.now_s) == (3, 6)


async def test_the_async_client_gives_up_a_reply_that_comes_too_slowly(flaky: Flaky):
    clock, whole = Moments(), reply(200, FINE)
    flaky.replies = [(whole[:-5], lambda: clock.sleep(61), whole[-5:-2], threading.Event().wait)]
    async with AsyncBrickyard("k", flaky.url, clock=clock) as client:
        with pytest.raises(ConnectionFailedError, match="within 60 s"):
            await client.helloworld.call()
