"""A person's way through an account, on which the server is killed during each call."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from email import message_from_string
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pyotp
import pytest

from cloud import ProcessCloud, a_free_port

PASSWORD, ANOTHER = "correct horse battery", "battery staple correct"
ADA, BOB = "ada@example.com", "bob@example.com"
LATER_S = 0.4
"""How much later than it is made a call's server is killed, at most; most are killed much sooner."""
Json = dict[str, Any]


class Unlucky:
    """One whose server is killed during each call, and who makes it again until it is answered."""

    def __init__(self, cloud: ProcessCloud, chance: random.Random) -> None:
        self.cloud, self.token = cloud, "nobody"
        self._chance, self._keys, self._up = chance, count(1), asyncio.Event()
        self._up.set()

    async def call(self, path: str, **body: Any) -> Json:
        made = asyncio.create_task(self._answered(path, body, f"key-{next(self._keys)}"))
        await asyncio.sleep(LATER_S * self._chance.random() ** 3)
        self._up.clear()
        await asyncio.to_thread(self.cloud.kill)
        await asyncio.to_thread(self.cloud.start)
        self._up.set()
        return await made

    async def looks(self, path: str, **body: Any) -> Json:
        """Make a call that changes nothing."""
        return await self._answered(path, body, f"key-{next(self._keys)}")

    async def _answered(self, path: str, body: Json, key: str) -> Json:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        while True:
            await self._up.wait()
            try:
                async with httpx.AsyncClient(base_url=self.cloud.address, timeout=60) as client:
                    response = await client.post(f"/v1/{path}", json=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.01)  # it may not have been noticed yet that the server is down
                continue
            assert response.status_code == 200, f"{path}: {response.text}"
            return response.json()


@pytest.fixture
async def unlucky(tmp_path: Path, seed: int) -> AsyncIterator[Unlucky]:
    cloud = ProcessCloud(tmp_path / "home", BRICKYARD_PORT=a_free_port())
    await asyncio.to_thread(cloud.start)
    yield Unlucky(cloud, random.Random(seed))
    await asyncio.to_thread(cloud.stop)


@pytest.mark.parametrize("seed", range(2))
async def test_nothing_of_an_account_is_done_twice_or_lost_when_the_server_is_killed(unlucky: Unlucky):
    cloud = unlucky.cloud
    await unlucky.call("account/SignUp", email=ADA, password=PASSWORD, name="Ada")
    code = letter(cloud, ADA).partition("give this code:")[2].split()[0]
    signed_up = await unlucky.call("account/ConfirmSignUp", code=code, password=PASSWORD)
    unlucky.token = signed_up["token"]
    await unlucky.call("account/Update", name="Ada L.")
    await unlucky.call("account/ChangePassword", new_password=ANOTHER)
    (project,) = (await unlucky.looks("project/List"))["projects"]
    invited = await unlucky.call("project/Invite", project=project["id"], email=BOB)
    secret = (await unlucky.call("account/SetUpTotp"))["secret"]
    recovery = await unlucky.call("account/ConfirmTotp", code=pyotp.TOTP(secret).now())
    challenge = (await unlucky.call("account/Login", email=ADA, password=ANOTHER))["challenge"]
    codes = recovery["recovery_codes"]
    signed_in = await unlucky.call("account/ConfirmLogin", challenge=challenge, code=codes[0])
    unlucky.token = signed_in["token"]

    assert signed_in["account"] == signed_up["account"]
    assert (await unlucky.looks("account/Get"))["name"] == "Ada L."
    assert len((await unlucky.looks("account/ListSessions"))["sessions"]) == 2
    assert letters(cloud) == {
        (ADA, "Confirm your account"): 1,
        (ADA, "Your account: its password was changed"): 1,
        (BOB, "An invitation to a project on Brickyard"): 1,
    }
    assert len(cloud.call("admin/SearchAccounts", {"text": ADA})["accounts"]) == 1
    members = await unlucky.looks("project/ListMembers", project=project["id"])
    assert [each["id"] for each in members["invitations"]] == [invited["invitation"]["id"]]
    challenge = (await unlucky.looks("account/Login", email=ADA, password=ANOTHER))["challenge"]
    await unlucky.looks("account/ConfirmLogin", challenge=challenge, code=codes[1])  # it was not spent


def letter(cloud: ProcessCloud, email: str) -> str:
    """Give the text of the newest letter to someone."""
    ids = [each["id"] for each in cloud.call("outbox/List")["letters"] if each["to"] == email]
    source = cloud.call("outbox/Read", {"id": ids[0]})["source"]
    return message_from_string(source, policy=default).get_content()


def letters(cloud: ProcessCloud) -> Counter[tuple[str, str]]:
    return Counter((each["to"], each["subject"]) for each in cloud.call("outbox/List")["letters"])
