"""Room for large replies: all calls of a gateway share so many bytes, and take turns."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from brickyard.providers.transport import Crowded


class Room:
    """So many bytes. All of it runs on the event loop."""

    def __init__(self, size_bytes: int, patience_s: float) -> None:
        """Have room for `size_bytes`; who has waited for `patience_s` waits no longer."""
        self._size, self._left, self._patience_s = size_bytes, size_bytes, patience_s
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def taken(self, size_bytes: int) -> AsyncGenerator[None]:
        """Take room for what is done within, or all of it if that is less; `Crowded` if it does not come.

        First come, first served: a large one is not kept waiting by smaller ones that come after it.
        """
        wanted = min(size_bytes, self._size)
        await self._take(wanted)
        try:
            yield
        finally:
            self._left += wanted
            self._next()

    async def _take(self, wanted: int) -> None:
        mine = wanted, asyncio.get_running_loop().create_future()
        self._line.append(mine)
        self._next()
        try:
            async with asyncio.timeout(self._patience_s):
                await mine[1]
        except BaseException as error:
            if mine in self._line:
                self._line.remove(mine)
            else:  # its turn came as it left
                self._left += wanted
            self._next()
            if isinstance(error, TimeoutError):
                raise Crowded(
                    "So many large answers are being read that there is no room.", sent=True
                ) from None
            raise

    def _next(self) -> None:
        while self._line and self._line[0][0] <= self._left:
            wanted, waiting = self._line.popleft()
            self._left -= wanted
            if waiting.done():  # cancelled: whoever waited gives it back
                continue
            waiting.set_result(None)
