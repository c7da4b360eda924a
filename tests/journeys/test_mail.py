"""Mail outlives the server's sudden end: what was taken is sent, whenever that end comes."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from brickyard.app import Application
from brickyard.engines.clock import ManualClock
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.relay import Relay
from brickyard.settings import Settings
from cloud import ProcessCloud
from database import database
from eventually import eventually
from mailserver import PASSWORD, USER, MailServer, mail_server
from people import CODE

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

POST = '''
"""A service that sends mail."""

from dataclasses import dataclass

from brickyard.contract import Context, Example, Reply, Request, Service, endpoint
from brickyard.engines.mail import Letter, Mail


class SendRequest(Request):
    """A letter."""

    subject: str = ""
    """What it is about."""


class SendReply(Reply):
    """A letter that was taken."""

    id: str
    """Its id."""


@dataclass(frozen=True)
class Post(Service):
    """Send mail."""

    category = "communication"

    mail: Mail

    @endpoint(price=0, examples=(Example(request=SendRequest()),))
    async def send(self, context: Context, request: SendRequest) -> SendReply:
        """Send a letter to Ada."""
        letter = Letter(to="ada@example.com", subject=request.subject, text="Hello.")
        return SendReply(id=await self.mail.send(letter))
'''


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server(auth=True) as server:
        yield server


def cloud_that_sends(folder: Path, server: MailServer) -> ProcessCloud:
    (folder / "own").mkdir()
    (folder / "own" / "post.py").write_text(POST)
    return ProcessCloud(
        folder / "home",
        BRICKYARD_SERVICES=str(folder / "own"),
        BRICKYARD_SMTP_URL=f"smtp://{USER}:{PASSWORD}@127.0.0.1:{server.port}",
        BRICKYARD_MAIL_FROM="bricks@example.org",
    )


@asynccontextmanager
async def later(home: Path, server: MailServer) -> AsyncIterator[Application]:
    """The same home an hour later, when no attempt that was cut off counts any more."""
    settings = Settings(
        home=home,
        port=0,
        database_url=database.url(home),
        smtp_url=Relay("127.0.0.1", server.port, "none", USER, PASSWORD),
        mail_from=Mailbox("", "bricks@example.org"),
    )
    application = Application(settings, ManualClock(time.time() + 3600))
    serving = application.server()
    task = asyncio.create_task(serving.serve())
    await serving.listening.wait()
    yield application
    serving.should_exit = True
    await task
    application.close()


def arrived(server: MailServer) -> list[str]:
    return [
        re.findall(rb"Message-ID: <(ltr_\w+)@", bytes(each.content or b""))[0].decode()
        for each in server.taken
    ]


async def send(cloud: ProcessCloud, subject: str) -> str:
    return (await asyncio.to_thread(cloud.call, "post/Send", {"subject": subject}))["id"]


async def test_a_letter_goes_from_a_call_to_the_mail_server_once_and_no_password_is_shown(
    tmp_path: Path, server: MailServer
):
    cloud = cloud_that_sends(tmp_path, server)
    await asyncio.to_thread(cloud.start)
    ids = [await send(cloud, f"number {number}") for number in range(5)]
    await eventually(lambda: len(server.taken) == 5)
    letters = (await asyncio.to_thread(cloud.call, "outbox/List"))["letters"]
    await asyncio.to_thread(cloud.stop)
    assert sorted(arrived(server)) == sorted(ids)
    assert server.users == [USER] * 5
    assert [each["id"] for each in letters] == ids[::-1]
    assert PASSWORD not in cloud.log.read_text() + str(letters)


def text_in(source: bytes | str | None) -> str:
    assert isinstance(source, bytes)
    message = message_from_bytes(source, policy=default)
    assert isinstance(message, EmailMessage)
    return message.get_content().replace("\r\n", "\n")


async def test_the_code_in_a_letter_that_was_sent_is_only_in_its_readers_mailbox(
    tmp_path: Path, server: MailServer
):
    cloud = cloud_that_sends(tmp_path, server)
    await asyncio.to_thread(cloud.start)
    ada = {"email": "ada@example.com", "password": "correct horse battery"}
    await asyncio.to_thread(cloud.call, "account/SignUp", ada)

    async def sent() -> bool:
        letters = (await asyncio.to_thread(cloud.call, "outbox/List"))["letters"]
        return [each["state"] for each in letters] == ["sent"]

    await eventually(sent)
    (letter,) = (await asyncio.to_thread(cloud.call, "outbox/List"))["letters"]
    kept = (await asyncio.to_thread(cloud.call, "outbox/Read", {"id": letter["id"]}))["source"]
    code = CODE.search(text_in(server.taken[0].content))
    assert code
    assert code[1] not in text_in(kept.encode()) + kept
    request = {"code": code[1], "password": ada["password"]}
    assert (await asyncio.to_thread(cloud.call, "account/ConfirmSignUp", request))["token"]
    await asyncio.to_thread(cloud.stop)


async def test_what_was_taken_is_sent_after_a_kill_before_it_was(tmp_path: Path, server: MailServer):
    server.hold.clear()  # letters are begun, and not answered
    cloud = cloud_that_sends(tmp_path, server)
    await asyncio.to_thread(cloud.start)
    ids = [await send(cloud, f"number {number}") for number in range(12)]
    await eventually(lambda: server.begun >= 1)
    await asyncio.to_thread(cloud.kill)
    server.hold.set()
    async with later(cloud.home, server):
        await eventually(lambda: set(arrived(server)) == set(ids))


@pytest.mark.parametrize("seed", range(3))
async def test_a_kill_at_any_moment_loses_no_letter(tmp_path: Path, server: MailServer, seed: int):
    cloud = cloud_that_sends(tmp_path, server)
    await asyncio.to_thread(cloud.start)
    taken = [await send(cloud, "before") for _ in range(random.Random(seed).randrange(1, 30))]
    await asyncio.to_thread(cloud.kill)
    async with later(cloud.home, server) as application:
        await eventually(lambda: set(taken) <= set(arrived(server)))

        async def all_sent() -> bool:
            return {each.state for each in await application.mail.letters("", 100)} == {"sent"}

        await eventually(all_sent)


async def test_stopping_in_good_order_sends_nothing_twice(tmp_path: Path, server: MailServer):
    cloud = cloud_that_sends(tmp_path, server)
    ids: list[str] = []
    for _ in range(2):
        await asyncio.to_thread(cloud.start)
        ids += [await send(cloud, "before") for _ in range(10)]
        await asyncio.to_thread(cloud.stop)
    async with later(cloud.home, server):
        await eventually(lambda: len(server.taken) >= len(ids))
    assert sorted(arrived(server)) == sorted(ids)
