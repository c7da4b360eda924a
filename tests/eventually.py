"""Waiting for what other threads, sockets and processes bring about."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

LIMIT_S = 20.0
AGAIN_S = 0.005


async def eventually(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Look again and again whether something holds; a TimeoutError if it never does."""
    async with asyncio.timeout(LIMIT_S):
        while not await _looked(holds):  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(AGAIN_S)


async def _looked(holds: Callable[[], bool | Awaitable[bool]]) -> bool:
    found = holds()
    return await found if isawaitable(found) else found
