"""What a database lacks of PostgreSQL's locks and notices is seen at the start, and done without."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from brickyard.engines.bus.postgres import PostgresBus
from brickyard.engines.sql import DatabaseUnusable
from brickyard.engines.sql.postgres import engine as engine_module
from brickyard.engines.sql.postgres import listener, signals
from brickyard.engines.sql.postgres.engine import PostgresEngine, tried
from brickyard.engines.sql.postgres.signals import Signals
from brickyard.engines.sql.postgres.starting import at_start
from database import database, look
from postgres import run

pytestmark = pytest.mark.only_on("postgres", "it is about PostgreSQL and what speaks its protocol")

USES = (
    "SELECT pg_advisory_xact_lock(1)",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_advisory_lock_shared(1)",
    "SELECT pg_notify('a', 'b')",
)
TABLE = "CREATE TABLE things (project TEXT, id TEXT, PRIMARY KEY (project, id))"
COLOR = "ALTER TABLE things ADD COLUMN color TEXT"
INDEX = "CREATE INDEX things_color ON things (project, color)"
IN_VAIN = (
    "CREATE FUNCTION before.pg_advisory_lock(bigint) RETURNS void LANGUAGE sql AS ''",
    "CREATE FUNCTION before.pg_advisory_lock_shared(bigint) RETURNS void LANGUAGE sql AS ''",
    "CREATE FUNCTION before.pg_advisory_unlock_shared(bigint) RETURNS bool LANGUAGE sql AS 'SELECT true'",
    "CREATE FUNCTION before.pg_try_advisory_lock(bigint) RETURNS bool LANGUAGE sql AS 'SELECT true'",
)
"""Locks that can be called and keep nobody waiting, as CockroachDB has had them."""
DEAF = ("CREATE FUNCTION before.pg_notify(text, text) RETURNS void LANGUAGE sql AS ''",)


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A database without any of them."""
    return database.server().create_bare(f"bare_{abs(hash(tmp_path))}")


@pytest.fixture
def shadowed(tmp_path: Path) -> Iterator[str]:
    """A database in which functions of a schema `before` come before PostgreSQL's own."""
    name = f"shadowed_{abs(hash(tmp_path))}"
    url = database.server().create(name)
    run(
        url,
        "CREATE SCHEMA before",
        f'ALTER DATABASE "{name}" SET search_path = public, before, pg_catalog',
    )
    yield url
    database.server().drop([name])


def call_it(url: str, version: str) -> None:
    """Have a server say that it is another one."""
    body = f"LANGUAGE sql AS $$ SELECT '{version}' $$"
    run(url, f"CREATE OR REPLACE FUNCTION before.version() RETURNS text {body}")


@pytest.mark.parametrize("use", USES)
def test_a_bare_database_refuses_them(bare: str, use: str):
    with pytest.raises(Exception, match="permission denied"):
        run(bare, use)


def test_what_is_there_is_seen(bare: str, tmp_path: Path):
    whole = database.server().create(f"whole_{abs(hash(tmp_path))}")
    for url in (whole, bare):
        PostgresEngine(url)  # makes the tables
    assert at_start(whole, tried) == Signals(locks=True, notices=True, trusted=True)
    assert at_start(bare, tried) == Signals(locks=False, notices=False, trusted=False)


def test_locks_that_keep_nobody_waiting_are_not_trusted(shadowed: str):
    run(shadowed, *IN_VAIN)
    assert PostgresEngine(shadowed)._signals == Signals(locks=True, notices=True, trusted=False)


def test_notices_that_never_arrive_are_not_trusted(shadowed: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(signals, "NOTICE_LIMIT_S", 0.5)
    run(shadowed, *DEAF)
    assert PostgresEngine(shadowed)._signals == Signals(locks=True, notices=True, trusted=False)


async def test_without_them_each_epoch_is_looked_up_and_known_at_once(bare: str):
    first, second = PostgresEngine(bare), PostgresEngine(bare)
    given = [engine.epochs("p").current("keys") for engine in (first, second) for _ in range(100)]
    assert all(epoch < 0 for epoch in given)
    assert len(set(given[:100])) == len(set(given[100:])) == 100  # never the same: nothing is remembered
    await first.bound("p").transact(lambda tx: first.epochs("p").raise_(tx, "keys"))
    await first.epochs("p").known()
    assert look(second, "SELECT epoch FROM epochs WHERE project = 'p' AND name = 'keys'") == [(1,)]
    first.close()
    second.close()


async def test_who_cannot_trust_waits_for_those_who_do_all_the_same(tmp_path: Path):
    """One gateway was too slow to hear its own notice when it started."""
    url = database.server().create(f"mixed_{abs(hash(tmp_path))}")
    doubting, trusting = PostgresEngine(url), PostgresEngine(url)
    doubting._signals = doubting._signals._replace(trusted=False)
    epochs = trusting.epochs("p")
    for number in range(5):
        async with asyncio.timeout(10):
            while epochs.current("keys") != number:  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.01)
        await doubting.bound("p").transact(lambda tx: doubting.epochs("p").raise_(tx, "keys"))
        await doubting.epochs("p").known()
        assert epochs.current("keys") not in range(number + 1)
    doubting.close()
    trusting.close()


@pytest.mark.parametrize("version", ["PostgreSQL 15", "PostgreSQL 15.12-YB-2025.2.3.0", "CockroachDB v26.1"])
def test_gateways_that_start_at_once_make_each_table_once_by_a_lock_on_a_row(shadowed: str, version: str):
    call_it(shadowed, version)

    def start(_: int) -> list[tuple[int]]:
        engine = PostgresEngine(shadowed)
        engine.migrate({"things": (TABLE, COLOR, "INSERT INTO things (project, id) VALUES ('p', 'once')")})
        return look(engine, "SELECT step FROM migrations WHERE component = 'things' ORDER BY step")

    with ThreadPoolExecutor(4) as gateways:
        assert list(gateways.map(start, range(4))) == [[(0,), (1,), (2,)]] * 4
    assert run(shadowed, "SELECT id FROM things") == [("once",)]


def test_a_start_that_was_cut_short_is_made_up_for(bare: str):
    """Where the making of tables is not undone, it was done and is not written down."""
    engine = PostgresEngine(bare)
    engine.migrate({"things": (TABLE, COLOR, INDEX)})
    look(engine, "DELETE FROM migrations WHERE component = 'things' RETURNING step")
    engine.migrate({"things": (TABLE, COLOR, INDEX)})
    assert len(look(engine, "SELECT step FROM migrations WHERE component = 'things'")) == 3


def test_where_no_column_can_be_collated_by_bytes_texts_are_in_that_order_anyway(shadowed: str):
    collated = "SELECT collation_name FROM information_schema.columns WHERE table_name = 'things'"
    call_it(shadowed, "CockroachDB CCL v26.1.0")
    PostgresEngine(shadowed).migrate({"things": (TABLE,)})
    assert run(shadowed, collated) == [(None,), (None,)]
    call_it(shadowed, "PostgreSQL 15.12-YB-2025.2.3.0-b1")
    PostgresEngine(shadowed).migrate({"others": (TABLE.replace("things", "others"),)})
    assert run(shadowed, collated.replace("things", "others")) == [("C",), ("C",)]


def test_a_database_whose_transactions_miss_what_others_commit_is_not_used(
    shadowed: str, monkeypatch: pytest.MonkeyPatch
):
    call_it(shadowed, "PostgreSQL 15.12-YB-2025.2.3.0-b1")
    PostgresEngine(shadowed)
    snapshot = partial(engine_module.check_isolation, isolation="REPEATABLE READ")
    monkeypatch.setattr(engine_module, "check_isolation", snapshot)
    with pytest.raises(DatabaseUnusable, match="yb_enable_read_committed_isolation"):
        PostgresEngine(shadowed)
    assert run(shadowed, "SELECT project FROM turns") == []


async def test_a_bus_without_notices_reaches_those_here_and_asks_the_server_no_more(
    bare: str, monkeypatch: pytest.MonkeyPatch
):
    opened: list[int] = []
    connect = listener.Listener._listen

    async def counted(self: listener.Listener) -> None:
        opened.append(1)
        await connect(self)

    monkeypatch.setattr(listener.Listener, "_listen", counted)
    monkeypatch.setattr(listener, "AGAIN_S", 0.01)
    bus = PostgresBus(bare)
    mine = bus.bound("p")
    with mine.subscribe("a") as news:
        await asyncio.sleep(0.5)
        mine.publish("a", "here")
        async with asyncio.timeout(10):
            while await anext(news) != "here":
                pass
    await asyncio.sleep(0.5)
    assert opened == [1]
    bus.close()
