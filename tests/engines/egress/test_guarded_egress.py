import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from brickyard.engines.egress import REPLY_MAX_BYTES, Answer, Call, EgressRefused, Unreachable
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.engines.egress.client import GuardedEgress
from receiver import Receiver, receiving

CLOSED = GuardedEgress(Allowed())
TO_TENANTS = GuardedEgress(AllowedToTenants())
OPEN = GuardedEgress(Allowed.of("127.0.0.0/8"))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def fetched(egress: GuardedEgress, url: str, **more: Any) -> Answer:
    return await egress.fetch(Call(method="POST", url=url, headers={"x-a": "b"}, body=b"{}", **more))


def resolved_to(monkeypatch: pytest.MonkeyPatch, *turns: list[str]) -> None:
    """Have every name lead to these addresses, other ones at each look-up."""
    answers = list(turns)

    async def getaddrinfo(_host: str, port: int, **_: object) -> list[Any]:
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)


async def test_a_request_arrives_as_it_was_made_and_its_answer_comes_back(receiver: Receiver):
    assert await fetched(OPEN, receiver.url) == Answer(200, b"thanks")
    (asked,) = receiver.asked
    assert (asked.path, asked.body, asked.headers["x-a"]) == ("/hook", b"{}", "b")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"]
)
async def test_this_machine_is_not_reached_however_it_is_written(receiver: Receiver, host: str):
    with pytest.raises((EgressRefused, Unreachable)):
        await fetched(CLOSED, f"http://{host}:{receiver.port}/")
    assert receiver.asked == []


async def test_a_name_that_leads_to_a_private_address_is_refused(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    resolved_to(monkeypatch, ["127.0.0.1", "10.0.0.1"])
    with pytest.raises(EgressRefused, match="not one of the public Internet") as refused:
        await fetched(CLOSED, f"http://rebound.example:{receiver.port}/")
    assert str(refused.value).endswith("whoever runs the cloud can allow it by BRICKYARD_EGRESS_ALLOW.")
    with pytest.raises(EgressRefused, match=r"by BRICKYARD_EGRESS_ALLOW_TENANTS\."):
        await fetched(TO_TENANTS, f"http://rebound.example:{receiver.port}/")
    assert "127" not in str(refused.value)
    assert receiver.asked == []


async def test_what_is_connected_to_is_what_was_checked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    # A name that is public when it is checked and private when it is used: the classic way around a guard.
    resolved_to(monkeypatch, ["192.0.2.1"], ["127.0.0.1"])
    for _ in range(3):
        with pytest.raises((EgressRefused, Unreachable)):
            await fetched(CLOSED, f"http://rebound.example:{receiver.port}/", limit_s=0.5)
    assert receiver.asked == []


async def test_a_host_that_is_allowed_by_name_and_port_is_reached_there_only(receiver: Receiver):
    egress = GuardedEgress(Allowed.of(f"localhost:{receiver.port}"))
    assert (await fetched(egress, f"http://localhost:{receiver.port}/")).status == 200
    for url in (f"http://127.0.0.1:{receiver.port}/", f"http://localhost.:{receiver.port}/"):
        with pytest.raises((EgressRefused, Unreachable)):
            await fetched(egress, url)


async def test_a_redirect_is_not_followed(receiver: Receiver):
    receiver.status, receiver.headers = 302, {"Location": receiver.url + "/elsewhere"}
    assert (await fetched(OPEN, receiver.url)).status == 302
    assert len(receiver.asked) == 1


async def test_only_the_beginning_of_a_long_reply_is_read(receiver: Receiver):
    receiver.body = bytes(10_000_000)
    assert len((await fetched(OPEN, receiver.url)).body) == REPLY_MAX_BYTES


async def test_a_reply_that_says_it_is_compressed_is_left_as_it_is(receiver: Receiver):
    receiver.headers, receiver.body = {"Content-Encoding": "gzip"}, b"no gzip"
    assert (await fetched(OPEN, receiver.url)).body == b"no gzip"


async def test_one_who_does_not_answer_is_given_up(receiver: Receiver):
    receiver.never = True
    with pytest.raises(Unreachable, match="in time"):
        await fetched(OPEN, receiver.url, limit_s=0.2)


async def test_a_closed_port_no_tls_and_a_wrong_name_are_told_apart(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="No connection"):
        await fetched(OPEN, f"http://127.0.0.1:{closed}/")
    with pytest.raises(Unreachable, match="TLS"):
        await fetched(OPEN, f"https://127.0.0.1:{receiver.port}/")
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", no_such_name, raising=False)
    with pytest.raises(Unreachable, match="name"):
        await fetched(OPEN, "http://no-such-name.invalid/")


async def no_such_name(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def test_an_answer_that_is_no_http_is_none():
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(Unreachable, match="without a whole reply"):
        await fetched(OPEN, f"http://127.0.0.1:{port}/")
    server.close()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "example.com",
        "https://",
        "https://user:secret@example.com/",
        "https://example.com:99999/",
        "https://[::1",
        "https://example.com/" + "a" * 3000,
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/",
    ],
)
def test_a_url_that_is_no_good_is_refused_unasked_and_unquoted(url: str):
    with pytest.raises(ValueError, match=r"^The URL .*\.$") as refused:
        CLOSED.check(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://example.com", "http://example.com:8080/a?b=c", "https://1.1.1.1/"])
def test_a_url_of_the_internet_is_good(url: str):
    CLOSED.check(url)


def test_an_allowed_address_is_good():
    OPEN.check("http://127.0.0.1:1/")


async def test_what_was_kept_by_those_who_were_less_strict_is_refused():
    for url in ("http://exa mple.com/", "http://example.com/\r\nX-Injected: 1", "ftp://example.com/"):
        with pytest.raises(EgressRefused):
            await fetched(CLOSED, url)
