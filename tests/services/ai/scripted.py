"""A server that says what a test has it say, as no provider would: it speaks OpenAI's API, or claims to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEY = "sk-scripted-0123456789abcdefghij"


@dataclass
class Scripted:
    """A server, and how it answers."""

    url: str = ""
    handler: Handler | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when what it goes on with is to end."""

    def answers(self, reply: Any) -> None:
        """Have it answer this, whatever it is asked."""

        async def handler(_: web.Request) -> web.StreamResponse:
            return web.json_response(reply)

        self.handler = handler

    def streams(self, *events: Any, stay: bool = False) -> None:
        """Have it say these events, bytes as they are, and wait where it is told to; then it may `stay`."""

        async def handler(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            for each in events:
                if isinstance(each, asyncio.Event):
                    await each.wait()
                    continue
                await response.write(
                    each if isinstance(each, bytes) else b"data: %b\n\n" % json.dumps(each).encode()
                )
            if stay:
                await self.ended.wait()
            return response

        self.handler = handler

    def credentials(self, **more: Any) -> dict[str, Any]:
        """Give what `provider/Set` takes to have it asked."""
        credentials = {"url": f"{self.url}/v1", "default_model": "gpt-6-luna", "api_key": KEY, **more}
        return {"service": "ai", "provider": "openai_compatible", "credentials": credentials}


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    """Run one on a free port of this machine."""
    server = Scripted()

    async def answer(request: web.Request) -> web.StreamResponse:
        assert server.handler is not None
        return await server.handler(request)

    application = web.Application(client_max_size=64 * 1024 * 1024)
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        server.ended.set()
        await runner.cleanup()


def words(text: str) -> dict[str, Any]:
    """Give the event that says the next words."""
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


END: dict[str, Any] = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def completion(text: str, usage: Any) -> dict[str, Any]:
    """Give a whole answer."""
    choice = {"index": 0, "message": {"content": text}, "finish_reason": "stop"}
    return {"model": "gpt-6-luna", "choices": [choice], "usage": usage}
