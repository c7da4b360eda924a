"""People: accounts that are signed in, and what they do with the control plane."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import httpx2 as httpx

from brickyard.contract import Context
from brickyard.platform.billing.tiers import OWNER
from cloud import LocalCloud

PLATFORM = "platform"
A_CALL = Context("req_test", "", "", (), "", address="192.0.2.1", agent="a test", endpoint="account.login")
TOKEN = re.compile(r"[A-Za-z0-9_-]{40,}")


class Person:
    """Someone who is signed in to a local cloud."""

    def __init__(self, cloud: LocalCloud, account: str, token: str) -> None:
        self.cloud, self.account, self.token = cloud, account, token

    @classmethod
    async def of(cls, cloud: LocalCloud, name: str) -> "Person":
        account = f"acc_{name}"
        await cloud.application.books.open(account, OWNER)  # what its projects call costs nothing
        await cloud.application.sql.bound(PLATFORM).run(
            "INSERT INTO accounts (project, id, name, created_ns) VALUES (?1, ?2, ?3, 0)"
            " ON CONFLICT (project, id) DO NOTHING",
            account,
            name,
        )
        return cls(cloud, account, await session_of(cloud, account))

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


async def session_of(cloud: LocalCloud, account: str) -> str:
    """Sign an account in, without being asked how; gives the session's token."""
    sessions = cloud.application.sessions
    return await cloud.application.sql.bound(PLATFORM).transact(
        lambda each: sessions.begin_in(each, A_CALL, account)
    )


async def letters(cloud: LocalCloud) -> list[EmailMessage]:
    """The letters in the cloud's outbox, newest first."""
    outbox = cloud.application.mail
    found = [await outbox.letter(each.id) for each in await outbox.letters("", 100)]
    return [message_from_bytes(each[1], policy=default) for each in found if each]


async def token_sent(cloud: LocalCloud) -> str:
    """The line of the newest letter that is a token."""
    text = (await letters(cloud))[0].get_content()
    (token,) = [line for line in text.splitlines() if TOKEN.fullmatch(line)]
    return token


async def with_key(
    cloud: LocalCloud, key: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    """Make a call with a key."""
    return await cloud.post(path, body, headers={"Authorization": f"Bearer {key}", **headers})
