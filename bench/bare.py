"""The measure of all rows: a bare ASGI application, on the very server class that serves the gateway.

Run as a program it listens on the port given. It reads a request's body and sends what `helloworld/Call`
sends, byte for byte but for the request id, and does nothing else.
"""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop

from bench.row import Call, Row, json_headers
from bench.server import free_port, serving
from brickyard.gateway.asgi import Receive, Scope, Send
from brickyard.gateway.openstreams import OpenStreams
from brickyard.gateway.server import Limits, Server

BODY_MAX_BYTES = 10 * 1024 * 1024
REPLY = b'{"message":"Hello John"}'
HEADERS = [
    (b"content-type", b"application/json"),
    (b"request-id", b"req_01KAV4W7Z5M2M9V1G3P8C6T0QD"),
    (b"content-length", b"%d" % len(REPLY)),
]


async def hello(_scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, and greet."""
    message = await receive()
    while message.get("more_body"):
        message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": REPLY})


@contextmanager
def bare(folder: Path) -> Generator[Sequence[Row]]:
    """Serve the bare application, and give its row."""
    port = free_port()
    with serving([sys.executable, "-m", "bench.bare", str(port)], port, folder / "bare.log") as server:
        call = Call("POST", "/v1/helloworld/Call", '{"name":"John"}')
        yield [
            Row(
                name="bare ASGI hello",
                server=server,
                headers=json_headers("bk_sk_live_0000000000000000000000000000000000"),
                prepare=lambda: [call],
                right=lambda reply: reply == {"message": "Hello John"},
            )
        ]


def _serve(port: int) -> None:
    server = Server(hello, OpenStreams(), ("127.0.0.1", port), Limits(BODY_MAX_BYTES))
    uvloop.run(server.serve())


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
