import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from brickyard.contract import Conflict, Unavailable
from brickyard.engines import egress as egress_port
from brickyard.engines import seal as sealing
from brickyard.engines.clock import ManualClock
from brickyard.engines.egress import Answer, Call
from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.egress.client import GuardedEgress
from brickyard.engines.jobs import Supervisor
from brickyard.engines.outgoing import MIGRATIONS
from brickyard.engines.outgoing import queue as queue_module
from brickyard.engines.seal import KeyFile, KeyRegister, Seal
from brickyard.engines.sql.sqlite import SqliteEngine
from brickyard.engines.webhook import Delivery, Status, deliveries, embedded, schema
from brickyard.engines.webhook.embedded import WebhookEngine
from brickyard.engines.webhook.signature import new_secret
from eventually import eventually
from receiver import Receiver, receiving

SECRET = new_secret()


class Desk:
    """The webhooks of one project, and the work behind them."""

    def __init__(self, engine: SqliteEngine, clock: ManualClock, allowed: str, seal: Seal) -> None:
        self.errors: list[Exception] = []
        self.jobs = Supervisor(clock, lambda _, error: self.errors.append(error))
        self.all = WebhookEngine(
            engine.bound("platform"), clock, self.jobs, GuardedEgress(Allowed.of(allowed)), seal
        )
        self.mine = self.all.bound("prj_mine")

    async def deliver(self, url: str, **more: Any) -> str:
        delivery = Delivery(
            **{"url": url, "body": b'{"hello": "w\xc3\xb6rld"}', "secrets": (SECRET,), **more}
        )
        return await self.mine.deliver(delivery)

    async def status(self) -> Status:
        return (await self.mine.deliveries())[0]

    async def comes_to(self, state: str, attempts: int, note: str = "") -> None:
        async def holds() -> bool:
            found = await self.status()
            return (found.state, found.attempts) == (state, attempts) and note in found.note

        await eventually(holds)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    engine = SqliteEngine(tmp_path / "webhooks.db")
    engine.migrate({"outgoing": MIGRATIONS, "webhook": schema.MIGRATIONS, "seal": sealing.MIGRATIONS})
    yield engine
    engine.close()


@pytest.fixture
def seal(tmp_path: Path, engine: SqliteEngine, clock: ManualClock) -> Seal:
    register = KeyRegister(engine.bound("platform"), clock, engine.epochs("platform"))
    return Seal(KeyFile(tmp_path / "secret"), register)


@pytest.fixture
async def desk(engine: SqliteEngine, clock: ManualClock, seal: Seal) -> AsyncIterator[Desk]:
    desk = Desk(engine, clock, "127.0.0.0/8", seal)
    desk.jobs.start()
    yield desk
    await desk.jobs.stop()
    assert desk.errors == []


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def test_a_message_arrives_once_signed_and_whole(desk: Desk, receiver: Receiver, clock: ManualClock):
    message_id = await desk.deliver(receiver.url)
    await desk.comes_to("sent", 1)
    (asked,) = receiver.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["webhook-id"] == message_id
    assert headers["webhook-timestamp"] == str(clock.now_ns() // 10**9)
    assert headers["content-type"] == "application/json"
    signed = {name: value for name, value in headers.items() if name.startswith("webhook-")}
    now = datetime.fromtimestamp(clock.now_ns() // 10**9, UTC)
    assert signed["webhook-signature"] == Webhook(SECRET).sign(message_id, now, asked.body.decode())
    assert json.loads(asked.body) == {"hello": "wörld"}


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
async def test_anything_but_a_success_is_tried_again_with_the_same_id_and_a_new_signature(
    desk: Desk, receiver: Receiver, clock: ManualClock, status: int
):
    receiver.status, receiver.headers = status, {"Location": "/elsewhere"}
    await desk.deliver(receiver.url)
    await desk.comes_to("waiting", 1, f"It answered {status}.")
    receiver.status = 204
    clock.advance(embedded.RETRIES.pauses_s[0])
    await desk.comes_to("sent", 2)
    first, second = ({name.lower(): value for name, value in each.headers.items()} for each in receiver.asked)
    assert [each.path for each in receiver.asked] == ["/hook", "/hook"]
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]


async def test_one_who_never_takes_it_is_given_up_after_ten_attempts(
    desk: Desk, receiver: Receiver, clock: ManualClock
):
    receiver.status = 501
    await desk.deliver(receiver.url)
    for attempts, pause_s in enumerate(embedded.RETRIES.pauses_s, start=1):
        await desk.comes_to("waiting", attempts, f"It answered {receiver.status}.")
        receiver.status = 501 + attempts
        clock.advance(pause_s)
    await desk.comes_to("failed", 10, "It answered 510.")


async def test_one_who_is_gone_is_left_alone_until_enabled_again(
    desk: Desk, receiver: Receiver, clock: ManualClock
):
    receiver.status = 500
    await desk.deliver(receiver.url)
    await desk.comes_to("waiting", 1, "500")
    receiver.status = 410
    await desk.deliver(receiver.url)
    await desk.comes_to("failed", 1, "410 Gone")
    with pytest.raises(Conflict, match="410 Gone"):
        await desk.deliver(receiver.url)
    clock.advance(embedded.RETRIES.pauses_s[0])

    async def both_failed() -> bool:
        return {each.state for each in await desk.mine.deliveries()} == {"failed"}

    await eventually(both_failed)
    assert len(receiver.asked) == 2
    receiver.status = 200
    await desk.mine.enable(receiver.url)
    await desk.deliver(receiver.url)
    await desk.comes_to("sent", 1)


async def test_what_is_gone_for_one_project_is_not_for_another(desk: Desk, receiver: Receiver):
    receiver.status = 410
    await desk.deliver(receiver.url)
    await desk.comes_to("failed", 1)
    theirs = desk.all.bound("prj_theirs")
    await theirs.deliver(Delivery(url=receiver.url, body=b"{}", secrets=(SECRET,)))
    assert len(await theirs.deliveries()) == len(await desk.mine.deliveries()) == 1


async def test_one_who_does_not_answer_holds_up_nobody_else(desk: Desk, receiver: Receiver):
    async with receiving() as silent:
        silent.never = True
        for _ in range(5):
            await desk.deliver(silent.url)
        await desk.deliver(receiver.url)
        await desk.comes_to("sent", 1)


async def test_what_a_message_is_signed_with_is_kept_sealed(
    desk: Desk, engine: SqliteEngine, receiver: Receiver
):
    await desk.deliver(receiver.url)
    ((kept,),) = await engine.bound("platform").rows(
        "SELECT secrets FROM webhook_deliveries WHERE project = ?1"
    )
    assert SECRET not in kept
    assert SECRET.removeprefix("whsec_") not in kept
    await desk.comes_to("sent", 1)


async def test_no_neighbour_of_ours_is_reached_by_a_name(
    engine: SqliteEngine,
    clock: ManualClock,
    seal: Seal,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
):
    async def getaddrinfo(_host: str, port: int, **_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
    closed = Desk(engine, clock, "", seal)
    closed.jobs.start()
    await closed.deliver(f"http://neighbour.example:{receiver.port}/")
    await closed.comes_to("failed", 1, "not one of the public Internet")
    assert receiver.asked == []
    for url in (receiver.url, f"http://localhost:{receiver.port}/"):
        with pytest.raises(ValueError, match="cannot be called"):
            await closed.deliver(url)
    await closed.jobs.stop()


async def test_deliveries_are_listed_newest_first_page_by_page(desk: Desk, receiver: Receiver):
    ids = [await desk.deliver(receiver.url) for _ in range(5)]
    first = await desk.mine.deliveries(limit=3)
    second = await desk.mine.deliveries(before=first[-1].id)
    assert [each.id for each in (*first, *second)] == ids[::-1]
    assert {each.url for each in first} == {receiver.url}


async def test_what_ended_long_ago_is_removed_and_what_waits_is_not(
    desk: Desk, receiver: Receiver, clock: ManualClock
):
    await desk.deliver(receiver.url)
    await desk.comes_to("sent", 1)
    receiver.status = 500
    waiting = await desk.deliver(receiver.url)
    await desk.comes_to("waiting", 1, "500")
    clock.advance(deliveries.KEPT_S + 1)

    async def removed() -> bool:
        return [each.id for each in await desk.mine.deliveries()] == [waiting]

    await eventually(removed)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"url": "http://169.254.169.254/"}, "public Internet"),
        ({"url": "https://u:hunter2@example.com/"}, "user or a password"),
        ({"url": "gopher://example.com/"}, "must be like"),
        ({"body": b"x" * (embedded.BODY_MAX_BYTES + 1)}, "bytes"),
        ({"body": b"\xff"}, "UTF-8"),
        ({"secrets": ("hunter2",)}, "secrets"),
    ],
)
async def test_what_cannot_be_delivered_is_refused_and_not_kept(desk: Desk, fields: dict[str, Any], why: str):
    with pytest.raises(ValueError, match=why) as refused:
        await desk.deliver(**{"url": "https://example.com/", **fields})
    assert "hunter2" not in str(refused.value)
    assert await desk.mine.deliveries() == []


async def test_when_too_many_wait_more_are_refused(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue_module, "WAITING_MAX", 2)
    receiver.never = True
    await desk.deliver(receiver.url)
    await desk.deliver(receiver.url)
    with pytest.raises(Unavailable):
        await desk.deliver(receiver.url)
    assert len(await desk.mine.deliveries()) == 2
    receiver.ended.set()


async def test_a_delivery_may_take_fifteen_seconds(engine: SqliteEngine, clock: ManualClock, seal: Seal):
    calls: list[Call] = []

    class Listening:
        def check(self, url: str) -> None: ...

        async def fetch(self, call: Call) -> Answer:
            calls.append(call)
            return Answer(200, b"")

    jobs = Supervisor(clock, lambda *_: None)
    webhooks = WebhookEngine(engine.bound("platform"), clock, jobs, Listening(), seal).bound("p")
    jobs.start()
    await webhooks.deliver(Delivery(url="https://example.com/", body=b"{}", secrets=(SECRET,)))
    await eventually(lambda: len(calls) == 1)
    assert calls[0].limit_s == egress_port.TIME_LIMIT_S == 15
    await asyncio.wait_for(jobs.stop(), 10)
