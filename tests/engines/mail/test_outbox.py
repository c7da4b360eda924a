import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from brickyard.contract import Unavailable
from brickyard.engines.clock import ManualClock
from brickyard.engines.jobs import Supervisor
from brickyard.engines.mail import Letter, outbox, schema
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.outbox import MailOutbox
from brickyard.engines.mail.relay import Relay
from brickyard.engines.outgoing import MIGRATIONS
from brickyard.engines.outgoing import queue as queue_module
from brickyard.engines.sql import Transaction
from brickyard.engines.sql.sqlite import SqliteEngine
from eventually import eventually
from mailserver import MailServer, mail_server

FROM = Mailbox("", "bricks@example.org")


class Desk:
    """An outbox, and the work behind it."""

    def __init__(self, engine: SqliteEngine, clock: ManualClock, relay: Relay | None) -> None:
        self.engine = engine
        self.errors: list[Exception] = []
        self.jobs = Supervisor(clock, lambda _, error: self.errors.append(error))
        self.outbox = MailOutbox(engine.bound("platform"), clock, self.jobs, FROM, relay)

    async def send(self, subject: str = "Hello") -> str:
        return await self.outbox.send(Letter(to="ada@example.com", subject=subject, text="Hi."))

    async def states(self) -> list[str]:
        return [each.state for each in await self.outbox.letters("", 100_000)]

    async def comes_to(self, state: str, number: int = 1) -> None:
        async def holds() -> bool:
            return (await self.states()).count(state) == number

        await eventually(holds)

    async def noted(self, note: str) -> None:
        async def holds() -> bool:
            return (await self.outbox.letters("", 1))[0].note.endswith(note)

        await eventually(holds)


Open = Callable[[int | None], Desk]


@pytest.fixture
async def desk_of(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Open]:
    """Opens an outbox that sends to a port of this machine, or to none."""
    engine = SqliteEngine(tmp_path / "mail.db")
    engine.migrate({"outgoing": MIGRATIONS, "mail": schema.MIGRATIONS})
    desks: list[Desk] = []

    def opened(port: int | None) -> Desk:
        relay = None if port is None else Relay("127.0.0.1", port, "none")
        desks.append(Desk(engine, clock, relay))
        desks[-1].jobs.start()
        return desks[-1]

    yield opened
    for desk in desks:
        await desk.jobs.stop()
        assert desk.errors == []
    engine.close()


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


async def test_without_a_relay_letters_are_kept_newest_first(desk_of: Open):
    desk = desk_of(None)
    for subject in ("one", "two", "three"):
        await desk.send(subject)
    found = await desk.outbox.letters("", 2)
    assert [(each.subject, each.recipient, each.sender, each.state) for each in found] == [
        ("three", "ada@example.com", FROM.address, "kept"),
        ("two", "ada@example.com", FROM.address, "kept"),
    ]
    assert [each.subject for each in await desk.outbox.letters(found[-1].id, 2)] == ["one"]


async def test_a_letter_can_be_read_as_it_travels(desk_of: Open):
    desk = desk_of(None)
    found = await desk.outbox.letter(await desk.send())
    assert found is not None
    assert b"Subject: Hello\r\n" in found[1]
    assert await desk.outbox.letter("ltr_none") is None


async def test_a_letter_that_is_none_is_refused_and_not_kept(desk_of: Open):
    desk = desk_of(None)
    with pytest.raises(ValueError, match="line breaks"):
        await desk.send("a\r\nBcc: eve@example.com")
    assert await desk.states() == []


async def test_each_letter_is_sent_once(desk_of: Open, server: MailServer):
    desk = desk_of(server.port)
    await asyncio.gather(*(desk.send(f"number {number}") for number in range(40)))
    await desk.comes_to("sent", 40)
    subjects = [str(each.content).partition("Subject: ")[2].partition("\\r")[0] for each in server.taken]
    assert sorted(subjects) == sorted(f"number {number}" for number in range(40))


async def source_of(desk: Desk, letter: str) -> bytes:
    found = await desk.outbox.letter(letter)
    assert found is not None
    return found[1]


async def test_the_text_of_a_letter_goes_when_it_was_sent_and_the_headers_stay(
    desk_of: Open, server: MailServer
):
    desk = desk_of(server.port)
    server.hold.clear()
    letter = await desk.send("Grüße")
    before = await source_of(desk, letter)
    assert b"Hi." in before
    server.hold.set()
    await desk.comes_to("sent")
    after = await source_of(desk, letter)
    assert b"Hi." not in after
    assert b"not kept" in after
    assert after.partition(b"Message-ID")[0] == before.partition(b"Message-ID")[0]
    assert server.taken[0].content == before


async def test_the_text_of_a_letter_stays_while_it_is_tried_and_goes_when_it_has_failed(
    desk_of: Open, clock: ManualClock, server: MailServer
):
    desk = desk_of(server.port)
    server.data = "451 later"
    letter = await desk.send()
    await desk.noted("later")
    assert b"Hi." in await source_of(desk, letter)
    server.data = "554 never"
    clock.advance(60)
    await desk.comes_to("failed")
    assert b"Hi." not in await source_of(desk, letter)


async def test_the_text_of_a_letter_stays_where_there_is_no_relay(desk_of: Open):
    desk = desk_of(None)
    assert b"Hi." in await source_of(desk, await desk.send())


async def test_to_send_waits_for_no_server(desk_of: Open, server: MailServer):
    server.hold.clear()
    desk = desk_of(server.port)
    for _ in range(20):
        await desk.send()
    assert server.taken == []
    server.hold.set()
    await desk.comes_to("sent", 20)


async def test_a_letter_refused_for_now_is_sent_later_the_same(
    desk_of: Open, server: MailServer, clock: ManualClock
):
    server.data = "451 Busy"
    desk = desk_of(server.port)
    letter_id = await desk.send()
    await desk.noted("451 Busy")
    server.data = "250 OK"
    clock.advance(outbox.RETRIES.pauses_s[0])
    await desk.comes_to("sent")
    (taken,) = server.taken
    assert f"Message-ID: <{letter_id}@example.org>".encode() in taken.content
    assert server.begun == 2


async def test_a_letter_refused_for_good_has_failed_and_says_why(desk_of: Open, server: MailServer):
    server.rcpt = "550 No such person"
    desk = desk_of(server.port)
    await desk.send()
    await desk.comes_to("failed")
    await desk.noted("550 No such person")


async def test_a_letter_is_tried_for_a_day_and_then_given_up(
    desk_of: Open, server: MailServer, clock: ManualClock
):
    desk = desk_of(server.port)
    server.rcpt = "451 Never 1"
    await desk.send()
    started_ns = clock.now_ns()
    for attempts, pause_s in enumerate(outbox.RETRIES.pauses_s, start=1):
        await desk.noted(server.rcpt)
        server.rcpt = f"451 Never {attempts + 1}"
        clock.advance(pause_s)
    await desk.comes_to("failed")
    assert clock.now_ns() - started_ns <= 86_400 * 10**9


async def test_letters_kept_while_there_was_no_relay_are_not_sent_when_there_is_one(
    desk_of: Open, server: MailServer, clock: ManualClock
):
    await desk_of(None).send("early")
    clock.advance(1)
    desk = desk_of(server.port)
    await desk.send("late")
    await desk.comes_to("sent")
    assert await desk.states() == ["sent", "kept"]
    assert len(server.taken) == 1


async def test_only_the_newest_are_kept_but_none_that_waits_is_removed(
    desk_of: Open, server: MailServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbox, "KEPT_MAX", 5)
    monkeypatch.setattr(outbox, "SWEEP_EVERY", 10)
    server.rcpt = "451 Busy"
    waiting = desk_of(server.port)
    await waiting.send("waits")
    await waiting.noted("451 Busy")
    desk = desk_of(None)
    for number in range(20):
        await desk.send(f"number {number}")

    async def swept() -> bool:
        return [each.subject for each in await desk.outbox.letters("", 100)] == [
            *(f"number {number}" for number in range(19, 14, -1)),
            "waits",
        ]

    await eventually(swept)


async def test_when_too_many_wait_more_are_refused(
    desk_of: Open, server: MailServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue_module, "WAITING_MAX", 2)
    server.hold.clear()
    desk = desk_of(server.port)
    await desk.send()
    await desk.send()
    with pytest.raises(Unavailable):
        await desk.send()
    assert len(await desk.states()) == 2
    server.hold.set()
    await desk.comes_to("sent", 2)


MARK = "INSERT INTO marks (project, mark) VALUES (?1, ?2)"
HELLO = Letter(to="ada@example.com", subject="Hello", text="Hi.")


class Marks:
    """Something that letters tell of."""

    def __init__(self, engine: SqliteEngine) -> None:
        marks = "CREATE TABLE marks (project TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (project, mark))"
        engine.migrate({"marks": (marks,)})
        self._sql = engine.bound("platform")

    async def all(self) -> list[str]:
        return [row[0] for row in await self._sql.rows("SELECT mark FROM marks WHERE project = ?1")]


async def test_a_letter_is_kept_with_what_it_tells_of(desk_of: Open):
    desk = desk_of(None)
    marks = Marks(desk.engine)

    async def work(transaction: Transaction) -> str:
        await transaction.changed(MARK, "done")
        return "its result"

    assert await desk.outbox.send_with(HELLO, work) == "its result"
    assert (await marks.all(), await desk.states()) == (["done"], ["kept"])


async def test_no_letter_is_kept_of_what_was_not_done(desk_of: Open):
    desk = desk_of(None)
    marks = Marks(desk.engine)

    async def work(transaction: Transaction) -> None:
        await transaction.changed(MARK, "done")
        raise Unavailable("not now")

    with pytest.raises(Unavailable, match="not now"):
        await desk.outbox.send_with(HELLO, work)
    assert (await marks.all(), await desk.states()) == ([], [])


async def test_what_a_letter_cannot_be_kept_of_is_not_done(
    desk_of: Open, server: MailServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue_module, "WAITING_MAX", 0)
    desk = desk_of(server.port)
    marks = Marks(desk.engine)
    with pytest.raises(Unavailable, match="waiting"):
        await desk.outbox.send_with(HELLO, lambda each: each.changed(MARK, "done"))
    assert await marks.all() == []


async def forgotten(desk: Desk, account: str, *addresses: str) -> None:
    await desk.engine.bound("platform").transact(lambda each: desk.outbox.forget_in(each, account, addresses))


async def readers(desk: Desk) -> list[str]:
    return [each.recipient for each in await desk.outbox.letters("", 100)]


async def test_an_accounts_letters_go_with_it_and_no_others(desk_of: Open):
    desk = desk_of(None)
    for to, account in (
        ("Ada <ADA@example.com>", ""),
        ("ada.new@example.com", "acc_ada"),
        ("nada@example.com", ""),
        ("bob@example.com", "acc_bob"),
    ):
        await desk.outbox.send(Letter(to=to, subject="Hello", text="Hi.", account=account))
    await forgotten(desk, "acc_ada", "ada@example.com")
    assert await readers(desk) == ["bob@example.com", "nada@example.com"]


async def test_a_letter_that_was_given_up_goes_with_why(desk_of: Open, server: MailServer):
    server.rcpt = "550 No <ada@example.com> here"
    desk = desk_of(server.port)
    await desk.send()
    await desk.comes_to("failed")
    await forgotten(desk, "acc_ada", "ada@example.com")
    sql = desk.engine.bound("platform")
    assert await sql.rows("SELECT id FROM outgoing WHERE project = ?1") == []
    assert await readers(desk) == []


async def test_a_letter_that_waits_is_sent_and_then_nothing_of_it_is_kept(
    desk_of: Open, server: MailServer, clock: ManualClock
):
    server.data = "451 later"
    desk = desk_of(server.port)
    await desk.send()
    await desk.noted("451 later")
    await forgotten(desk, "acc_ada", "ada@example.com")
    assert await desk.states() == ["waiting"]
    server.data = "250 OK"
    clock.advance(15)

    async def is_gone() -> bool:
        return not await readers(desk)

    await eventually(is_gone)
    assert [each.rcpt_tos for each in server.taken] == [["ada@example.com"]]
    sql = desk.engine.bound("platform")
    assert await sql.rows("SELECT id FROM outgoing WHERE project = ?1") == []
