"""A project of one's own: nothing in it yet, and nobody else calls it."""

from itertools import count
from typing import Any

import msgspec
from websockets.asyncio.client import connect

from cloud import LocalCloud

_numbers = count(1)


class Tenant:
    """A new project in a local cloud, and calls made with its key."""

    def __init__(self, cloud: LocalCloud, key: str) -> None:
        self._cloud, self.key = cloud, key
        self._headers = {"Authorization": f"Bearer {key}"}

    @classmethod
    async def of(cls, cloud: LocalCloud) -> "Tenant":
        project = f"prj_tenant{next(_numbers)}"
        key, _ = await cloud.application.keyring.create(project, "a tenant's", ("*", "key"), None)
        return cls(cloud, key)

    async def reply(self, path: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make a call that has to succeed."""
        response = await self._cloud.post(path, request, headers=self._headers)
        assert response.status_code == 200, f"{path} {request}: {response.text}"
        return response.json()

    async def first_reply(self, path: str, request: dict[str, Any]) -> dict[str, Any]:
        """Open a stream; gives the first frame of it."""
        address = self._cloud.address.replace("http", "ws")
        async with connect(f"{address}/v1/{path}", additional_headers=self._headers) as socket:
            await socket.send(msgspec.json.encode(request).decode())
            return msgspec.json.decode(await socket.recv())
