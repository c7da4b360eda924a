"""A power cut within the process: after a certain commit of a call, nothing more of its cloud is written."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import httpx2 as httpx
import pytest

from brickyard.gateway.once import Once
from cloud import LocalCloud

_of_the_call: ContextVar[bool] = ContextVar("of the call", default=False)


class PowerCut(BaseException):
    """The process is no more, as far as what runs in it can tell: it is no `Exception` that is made good."""


class Fuse:
    """Cuts a cloud's power right after the `at`-th commit of a call that bears an `Idempotency-Key`."""

    def __init__(self, cloud: LocalCloud, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self._cloud, self._left = cloud, at
        self.blown = asyncio.Event()
        engine: Any = cloud.application.sql
        for name in ("write", "write_one"):
            if hasattr(engine, name):
                setattr(engine, name, self._cutting(getattr(engine, name)))
        first = Once._first

        async def marked(*given: Any) -> Any:
            _of_the_call.set(True)
            return await first(*given)

        monkeypatch.setattr(Once, "_first", marked)

    async def post(self, path: str, request: Any, headers: dict[str, str]) -> httpx.Response | None:
        """Make the call; None if the power was cut before it was answered."""
        posting = asyncio.create_task(self._cloud.post(path, request, headers=headers))
        cut = asyncio.create_task(self.blown.wait())
        await asyncio.wait((posting, cut), return_when=asyncio.FIRST_COMPLETED)
        cut.cancel()
        if not self.blown.is_set():
            return await posting
        posting.cancel()
        return None

    def _cutting(self, write: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def cutting(*given: Any, **options: Any) -> Any:
            self._check()
            result = await write(*given, **options)
            self._left -= _of_the_call.get()
            if not self._left:
                self.blown.set()
            self._check()
            return result

        return cutting

    def _check(self) -> None:
        if self.blown.is_set():
            raise PowerCut
