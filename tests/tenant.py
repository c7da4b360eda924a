"""A project of one's own: nothing in it yet, and nobody else calls it."""

import asyncio
from itertools import count
from typing import Any

import msgspec
from websockets.asyncio.client import connect

from brickyard.app import FIRST_KEY_SCOPES
from brickyard.platform.billing.tiers import OWNER
from cloud import LocalCloud

STREAM_LIMIT_S = 20.0
AGAIN_S = 0.02

_numbers = count(1)


class Tenant:
    """A new project in a local cloud, and calls made with its key."""

    def __init__(self, cloud: LocalCloud, key: str) -> None:
        self.cloud, self.key = cloud, key
        self._headers = {"Authorization": f"Bearer {key}"}

    @classmethod
    async def of(cls, cloud: LocalCloud) -> "Tenant":
        project = f"prj_tenant{next(_numbers)}"
        key, _ = await cloud.application.keyring.create(project, "a tenant's", FIRST_KEY_SCOPES, None)
        await cloud.application.books.open(project, OWNER)
        return cls(cloud, key)

    async def reply(self, path: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make a call that has to succeed."""
        response = await self.cloud.post(path, request, headers=self._headers)
        assert response.status_code == 200, f"{path} {request}: {response.text}"
        return response.json()

    async def first_reply(
        self, path: str, request: dict[str, Any], meanwhile: tuple[str, dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        """Open a stream; gives its first frame. Until that comes, another call is made again and again."""
        address = self.cloud.address.replace("http", "ws")
        async with (
            asyncio.timeout(STREAM_LIMIT_S),
            connect(f"{address}/v1/{path}", additional_headers=self._headers) as socket,
        ):
            await socket.send(msgspec.json.encode(request).decode())
            frame = asyncio.create_task(socket.recv())
            while meanwhile and not frame.done():
                await self.reply(*meanwhile)
                await asyncio.wait((frame,), timeout=AGAIN_S)
            return msgspec.json.decode(await frame)
