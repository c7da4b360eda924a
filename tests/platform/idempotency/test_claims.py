"""Claims on calls: one holder at a time, and an effect is committed together with word of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from brickyard.contract import Conflict, Contract, Endpoint, IdempotencyConflict, Reply, Unavailable
from brickyard.engines.clock import ManualClock
from brickyard.engines.neighbours import Neighbours
from brickyard.engines.peers import Strangers
from brickyard.engines.seal import MIGRATIONS as SEAL_MIGRATIONS
from brickyard.engines.seal import NONCE_BYTES, KeyFile, KeyRegister, Seal
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.witness import witnessed
from brickyard.platform.idempotency.claim import LEASE_NS, Claim
from brickyard.platform.idempotency.claims import Claims
from brickyard.platform.idempotency.named import Named
from brickyard.platform.idempotency.outcome import Outcome
from brickyard.platform.idempotency.schema import MIGRATIONS
from brickyard.platform.key.contract import Key
from brickyard.services.cache.contract import Cache, SetReply
from brickyard.services.db.contract import Db
from database import database

INSERT = "INSERT INTO things (project, name) VALUES (?1, ?2)"
THINGS = "SELECT name FROM things WHERE project = ?1 ORDER BY name"
LEASE_S = LEASE_NS / 1e9
REPLY = SetReply(status="ok")


class Heir(Strangers):
    """One who knows that all others have ended."""

    def is_gone(self, name: str) -> bool:
        return True


def endpoint(promise: type[Any], name: str) -> Endpoint:
    return next(each for each in Contract.of(promise).endpoints if each.name == name)


SET = endpoint(Cache, "Set")


def named(request_id: str, *, key: str = "a", body: bytes = b"{}", of: Endpoint = SET) -> Named:
    return Named.of("p", of, key, (b"", body), request_id)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Any]:
    engine = database.engine(tmp_path)
    things = "CREATE TABLE things (project TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (project, name))"
    engine.migrate({"idempotency": MIGRATIONS, "seal": SEAL_MIGRATIONS, "things": (things,)})
    yield engine
    engine.close()


def sealed_by(file: Path, engine: Any, clock: ManualClock) -> Seal:
    return Seal(KeyFile(file), KeyRegister(engine.bound("platform"), clock, engine.epochs("platform")))


@pytest.fixture
def seal(engine: Any, clock: ManualClock, tmp_path: Path) -> Seal:
    """What all processes on the database close secrets with."""
    return sealed_by(tmp_path / "secret", engine, clock)


@pytest.fixture
def one(engine: Any, clock: ManualClock, seal: Seal) -> Claims:
    """The claims as one process knows them."""
    return Claims(engine.bound, clock, seal, Strangers())


@pytest.fixture
def other_engine(engine: Any, tmp_path: Path) -> Iterator[Any]:
    """The same file as another process has it open."""
    assert engine, "it makes the tables"
    other = database.engine(tmp_path)
    yield other
    other.close()


@pytest.fixture
def two(other_engine: Any, clock: ManualClock, seal: Seal) -> Claims:
    """The claims as another process knows them."""
    return Claims(other_engine.bound, clock, seal, Strangers())


@pytest.fixture
def heir(engine: Any, clock: ManualClock, seal: Seal) -> Claims:
    """The claims as a process knows them that has the database to itself."""
    return Claims(engine.bound, clock, seal, Heir())


async def claim(claims: Claims, name: Named) -> Claim:
    taken = await claims.take(name)
    assert isinstance(taken, Claim)
    return taken


async def write(sql: Sql, thing: str, reply: Reply | None = None, error: Exception | None = None) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.changed(INSERT, thing)
        if reply is not None:
            transaction.answers(reply)
        if error is not None:
            raise error

    await sql.transact(work)


async def things(engine: Any, project: str = "p") -> list[str]:
    return [row[0] for row in await engine.bound(project).rows(THINGS)]


async def test_while_one_does_a_call_nobody_else_does(one: Claims, two: Claims):
    await claim(one, named("1"))
    assert await two.take(named("2")) is None


async def test_only_one_of_many_gets_a_claim(engine: Any, other_engine: Any, clock: ManualClock, seal: Seal):
    engines = [engine, other_engine] * 10
    processes = [Claims(each.bound, clock, seal, Strangers()) for each in engines]
    taken = await asyncio.gather(*(each.take(named(f"{n}")) for n, each in enumerate(processes)))
    assert sum(isinstance(each, Claim) for each in taken) == 1
    assert taken.count(None) == 19


async def test_what_was_answered_is_told_to_everyone(one: Claims, two: Claims):
    outcome = Outcome("1", 404, "application/json", b"no" * 1000)
    await (await claim(one, named("1"))).keep(outcome)
    assert await two.take(named("2")) == outcome
    assert await one.take(named("3")) == outcome


async def test_another_request_is_a_conflict_in_any_state(one: Claims, two: Claims, clock: ManualClock):
    held = await claim(one, named("1"))
    for _ in range(2):
        with pytest.raises(IdempotencyConflict):
            await two.take(named("2", body=b"[]"))
        clock.advance(LEASE_S)
    await held.keep(Outcome("1", 200, "application/json", b"{}"))
    with pytest.raises(IdempotencyConflict):
        await two.take(named("2", body=b"[]"))


async def test_what_was_given_up_is_as_new(one: Claims, two: Claims):
    await (await claim(one, named("1"))).release()
    await claim(two, named("2", body=b"[]"))


async def test_a_claim_passes_on_when_its_lease_is_over(one: Claims, two: Claims, clock: ManualClock):
    await claim(one, named("1"))
    clock.advance(LEASE_S - 0.001)
    assert await two.take(named("2")) is None
    clock.advance(0.001)
    await claim(two, named("2"))


async def test_a_claim_is_held_for_as_long_as_the_call_takes(
    one: Claims, two: Claims, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("brickyard.platform.idempotency.claim.RENEW_EVERY_S", 0.001)
    staying = asyncio.create_task((await claim(one, named("1"))).stay())
    for _ in range(5):
        clock.advance(LEASE_S * 0.9)
        await asyncio.sleep(0.05)
        assert await two.take(named("2")) is None
    staying.cancel()


async def test_whoever_has_the_database_alone_waits_for_no_lease(one: Claims, heir: Claims):
    await claim(one, named("1"))
    await claim(heir, named("2"))


async def test_the_effect_of_one_whose_claim_has_passed_on_is_undone(
    engine: Any, one: Claims, two: Claims, clock: ManualClock
):
    late = await claim(one, named("1"))
    clock.advance(LEASE_S)
    now = await claim(two, named("2"))
    with witnessed(late), pytest.raises(Unavailable):
        await write(engine.bound("p"), "late", REPLY)
    with witnessed(now):
        await write(engine.bound("p"), "now", REPLY)
    await late.keep(Outcome("1", 200, "application/json", b"late"))
    await late.release()
    assert await things(engine) == ["now"]
    assert await two.take(named("3")) == Outcome.of(REPLY, "2")


async def test_a_reply_is_committed_with_its_effect(engine: Any, one: Claims, heir: Claims):
    held = await claim(one, named("1"))
    with witnessed(held):
        await write(engine.bound("p"), "a", REPLY)
    assert held.reply is REPLY
    assert await heir.take(named("2")) == Outcome.of(REPLY, "1")


async def test_the_effect_may_be_another_projects(engine: Any, one: Claims, heir: Claims):
    with witnessed(await claim(one, named("1"))):
        await write(engine.bound("platform"), "a", REPLY)
    assert await things(engine, "platform") == ["a"]
    assert await heir.take(named("2")) == Outcome.of(REPLY, "1")


async def test_what_is_undone_leaves_no_word(engine: Any, one: Claims, heir: Claims):
    held = await claim(one, named("1"))
    with witnessed(held), pytest.raises(Conflict):
        await write(engine.bound("p"), "a", REPLY, Conflict("no"))
    assert (held.reply, await things(engine)) == (None, [])
    await claim(heir, named("2"))


@pytest.mark.parametrize("way", ["transact", "run"])
async def test_an_effect_without_a_reply_is_not_repeated(
    engine: Any, one: Claims, two: Claims, heir: Claims, way: str
):
    sql = engine.bound("p")
    with witnessed(await claim(one, named("1"))):
        await (sql.run(INSERT, "a") if way == "run" else write(sql, "a"))
    assert await two.take(named("2")) is None  # it is still being done
    with pytest.raises(IdempotencyConflict, match="cut short after it had written"):
        await heir.take(named("3"))


async def test_an_effect_without_a_reply_is_not_given_up(engine: Any, one: Claims, heir: Claims):
    held = await claim(one, named("1"))
    with witnessed(held):
        await write(engine.bound("p"), "a")
    await held.release()
    with pytest.raises(IdempotencyConflict):
        await heir.take(named("2"))


async def test_a_call_that_can_be_resumed_is_done_again(engine: Any, one: Claims, heir: Claims):
    create_index = endpoint(Db, "CreateIndex")
    with witnessed(await claim(one, named("1", of=create_index))):
        await write(engine.bound("p"), "a")
    await claim(heir, named("2", of=create_index))


CREATE = endpoint(Key, "Create")
SECRET = b"bk_sk_live_1234"
KEPT = "SELECT body FROM idempotency WHERE project = ?1"


async def keep_a_secret(one: Claims) -> Outcome:
    outcome = Outcome("1", 200, "application/json", b'{"key": "%b"}' % SECRET)
    await (await claim(one, named("1", of=CREATE))).keep(outcome)
    return outcome


async def test_a_secret_is_given_to_who_repeats_the_call(one: Claims, two: Claims):
    outcome = await keep_a_secret(one)
    assert await two.take(named("2", of=CREATE)) == outcome


async def test_a_secret_cannot_be_read_with_all_that_the_cloud_keeps(engine: Any, one: Claims, seal: Seal):
    await keep_a_secret(one)
    ((body,),) = await engine.bound("p").rows(KEPT)
    name = named("1", of=CREATE)
    inner = seal.open(body, f"p {CREATE.id} {name.key.hex()}")
    assert SECRET not in body + inner
    for known in (name.key, name.fingerprint):
        with pytest.raises(InvalidTag):
            AESGCM(known).decrypt(inner[:NONCE_BYTES], inner[NONCE_BYTES:], None)


async def test_a_secret_whose_seal_is_lost_is_said_to_be(
    engine: Any, one: Claims, clock: ManualClock, tmp_path: Path
):
    await keep_a_secret(one)
    other = Claims(engine.bound, clock, sealed_by(tmp_path / "another", engine, clock), Heir())
    with pytest.raises(IdempotencyConflict, match="is not there any more"):
        await other.take(named("2", of=CREATE))


async def test_what_goes_on_after_the_call_is_no_part_of_it(engine: Any, one: Claims, two: Claims):
    held = await claim(one, named("1"))
    ended = asyncio.Event()

    async def later() -> None:
        await ended.wait()
        await write(engine.bound("p"), "later")

    with witnessed(held):
        going_on = asyncio.create_task(later())
    held.end()
    await held.release()
    ended.set()
    await going_on
    assert await things(engine) == ["later"]
    await claim(two, named("2"))


async def test_a_call_that_is_not_witnessed_costs_no_second_statement(engine: Any, one: Claims):
    await claim(one, named("1"))
    await engine.bound("p").run(INSERT, "a")
    await write(engine.bound("p"), "b")
    assert await things(engine) == ["a", "b"]


async def test_of_those_who_share_a_home_who_lives_is_waited_for_and_who_has_ended_is_not(
    engine: Any, other_engine: Any, clock: ManualClock, seal: Seal, tmp_path: Path
):
    def untold(_lines: list[bytes]) -> None: ...

    alive, heir = (Neighbours(tmp_path / "running", untold) for _ in range(2))
    one, two = Claims(engine.bound, clock, seal, alive), Claims(other_engine.bound, clock, seal, heir)
    await claim(one, named("1"))
    assert await two.take(named("2")) is None
    alive.close()
    await claim(two, named("3"))
    heir.close()
