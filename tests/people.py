"""People: accounts that are signed in, and what they do with the control plane."""

import re
from typing import Any

import httpx2 as httpx

from brickyard.engines.mail import Letter
from cloud import LocalCloud

PLATFORM = "platform"
TOKEN = re.compile(r"[A-Za-z0-9_-]{40,}")


class Person:
    """Someone who is signed in to a local cloud."""

    def __init__(self, cloud: LocalCloud, account: str, token: str) -> None:
        self.cloud, self.account, self.token = cloud, account, token

    @classmethod
    async def of(cls, cloud: LocalCloud, name: str) -> "Person":
        account = f"acc_{name}"
        token = await cloud.application.sessions.begin(account, "192.0.2.1", "a test")
        return cls(cloud, account, token)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.cloud.post(path, body, headers={"Authorization": f"Bearer {self.token}"})

    async def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Make a call that has to succeed; gives its reply."""
        response = await self.post(path, body)
        assert response.status_code == 200, f"{path} {body}: {response.text}"
        return response.json()

    async def project(self, name: str = "a project") -> str:
        """Make a project of one's own."""
        return (await self.call("project/Create", {"name": name}))["info"]["id"]

    async def joins(self, project: str, role: str) -> None:
        """Become a member of a project, with nobody asked."""
        await self.cloud.application.sql.bound(PLATFORM).run(
            "INSERT INTO members (project, project_id, account, role, created_ns) VALUES (?1, ?2, ?3, ?4, 0)"
            " ON CONFLICT (project, project_id, account) DO UPDATE SET role = excluded.role",
            project,
            self.account,
            role,
        )


def letters(cloud: LocalCloud) -> list[Letter]:
    """The letters that the cloud sent, oldest first."""
    return list(cloud.application.mail.kept)


def token_in(letter: Letter) -> str:
    """The line of a letter that is a token."""
    (token,) = [line for line in letter.text.splitlines() if TOKEN.fullmatch(line)]
    return token


async def with_key(
    cloud: LocalCloud, key: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    """Make a call with a key."""
    return await cloud.post(path, body, headers={"Authorization": f"Bearer {key}", **headers})
