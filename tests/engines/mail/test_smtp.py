import asyncio
import socket
import ssl
from pathlib import Path
from typing import Literal

import pytest
import trustme

from brickyard.engines.mail import smtp
from brickyard.engines.mail.relay import Relay
from brickyard.engines.mail.smtp import Postman
from brickyard.engines.mail.source import Envelope
from brickyard.engines.outgoing import Failed, Later, Sent
from mailserver import PASSWORD, USER, MailServer, mail_server

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is on purpose

LETTER = Envelope("bricks@example.org", "ada@example.com", b"Subject: Hello\r\n\r\n.\r\nHi.\r\n")
Encryption = Literal["tls", "starttls", "none"]


def postman(
    server: MailServer, encryption: Encryption = "none", user: str = "", password: str = ""
) -> Postman:
    return Postman(Relay("localhost", server.port, encryption, user, password))


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for this machine, from an authority that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


async def test_a_letter_arrives_as_it_was_written():
    async with mail_server() as server:
        assert await postman(server).deliver(LETTER) == Sent()
        (taken,) = server.taken
        assert (taken.mail_from, taken.rcpt_tos) == (LETTER.sender, [LETTER.recipient])
        assert taken.content == LETTER.source


async def test_a_letter_goes_over_starttls_with_user_and_password(tls: ssl.SSLContext):
    async with mail_server(tls, auth=True) as server:
        assert await postman(server, "starttls", USER, PASSWORD).deliver(LETTER) == Sent()
        assert (server.encrypted, server.users) == ([True], [USER])


async def test_a_letter_goes_over_tls_from_the_first_byte(tls: ssl.SSLContext):
    async with mail_server(tls, implicit_tls=True) as server:
        assert await postman(server, "tls").deliver(LETTER) == Sent()
        assert len(server.taken) == 1


async def test_nothing_is_said_to_a_server_that_has_no_starttls():
    async with mail_server(auth=True) as server:
        outcome = await postman(server, "starttls", USER, PASSWORD).deliver(LETTER)
        assert isinstance(outcome, Later)
        assert server.users == server.taken == []


@pytest.mark.usefixtures("tls")
async def test_nothing_is_said_to_a_server_whose_certificate_is_not_trusted():
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(stranger)
    async with mail_server(stranger, auth=True) as server:
        outcome = await postman(server, "starttls", USER, PASSWORD).deliver(LETTER)
        assert isinstance(outcome, Later)
        assert "certificate" in outcome.reason.lower()
        assert server.users == server.taken == []


async def test_a_wrong_password_is_no_fault_of_the_letters_and_is_not_shown():
    async with mail_server(auth=True) as server:
        outcome = await postman(server, "none", USER, "wrong-password").deliver(LETTER)
        assert isinstance(outcome, Later)
        assert "535" in outcome.reason
        assert "wrong-password" not in outcome.reason
        outcome = await postman(server).deliver(LETTER)
        assert isinstance(outcome, Later)
        assert "530" in outcome.reason


@pytest.mark.parametrize("stage", ["rcpt", "data"])
async def test_a_letter_refused_for_good_has_failed_and_one_refused_for_now_has_not(stage: str):
    async with mail_server() as server:
        setattr(server, stage, "550 No such person")
        outcome = await postman(server).deliver(LETTER)
        assert outcome == Failed("The mail server refused the letter: 550 No such person")
        setattr(server, stage, "451 Come back later")
        outcome = await postman(server).deliver(LETTER)
        assert outcome == Later("The mail server refused the letter: 451 Come back later")


async def test_a_server_that_hangs_up_in_the_middle_is_tried_again():
    async with mail_server() as server:
        server.drops = True
        assert isinstance(await postman(server).deliver(LETTER), Later)


async def test_a_server_that_is_not_there_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert isinstance(await Postman(Relay("127.0.0.1", port, "none")).deliver(LETTER), Later)


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "STEP_LIMIT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        outcome = await Postman(Relay("127.0.0.1", listener.getsockname()[1], "none")).deliver(LETTER)
    assert isinstance(outcome, Later)


async def test_a_server_that_is_slow_over_a_letter_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "ATTEMPT_LIMIT_S", 0.2)
    monkeypatch.setattr(smtp, "QUIT_LIMIT_S", 0.1)
    async with mail_server() as server:
        server.hold.clear()
        assert await postman(server).deliver(LETTER) == Later("The mail server took too long.")


async def test_a_server_that_answers_no_goodbye_has_the_letter_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "QUIT_LIMIT_S", 0.1)
    said: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while (line := await reader.readline()) and line != b"QUIT\r\n":
            said.append(line)
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 good\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await Postman(Relay("127.0.0.1", port, "none")).deliver(LETTER) == Sent()
    assert said[0] == b"EHLO example.org\r\n"
    server.close()
