"""Epochs are known to all who have the database open, as soon as whoever raised one says so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from brickyard.engines.sql import Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.engines.sql.postgres import epoch
from brickyard.state import Engine
from database import database, look

pytestmark = pytest.mark.needs_signals("there each epoch is looked up: test_signals.py")

LIMIT_S = 10.0


@pytest.fixture
async def gateways(tmp_path: Path) -> AsyncIterator[list[Engine]]:
    """Three of them, on one database."""
    engines = [database.engine(tmp_path) for _ in range(3)]
    yield engines
    for engine in engines:
        engine.close()


async def settled(epochs: Epochs) -> int:
    """Give the epoch, once it is one that stays."""
    async with asyncio.timeout(LIMIT_S):
        while (current := epochs.current("keys")) < 0:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)
    return current


async def raised(engine: Engine, epochs: Epochs) -> None:
    await engine.bound("p").transact(lambda tx: epochs.raise_(tx, "keys"))
    await epochs.known()


async def test_an_epoch_stays_until_another_begins(gateways: list[Engine]):
    epochs = gateways[0].epochs("p")
    before = await settled(epochs)
    await asyncio.sleep(0)
    assert epochs.current("keys") == before == 0
    await raised(gateways[0], epochs)
    assert await settled(epochs) == 1


async def test_nobody_takes_the_old_epoch_for_the_current_one_once_it_is_known(gateways: list[Engine]):
    everyones = [engine.epochs("p") for engine in gateways]
    for number in range(30):
        before = [await settled(epochs) for epochs in everyones]
        assert before == [number] * 3
        await raised(gateways[number % 3], everyones[number % 3])
        now = [epochs.current("keys") for epochs in everyones]
        assert all(epoch not in range(number + 1) for epoch in now)


async def test_an_epoch_that_was_undone_never_began(gateways: list[Engine]):
    epochs = gateways[0].epochs("p")

    async def fails(tx: Transaction) -> None:
        await epochs.raise_(tx, "keys")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await gateways[0].bound("p").transact(fails)
    assert await settled(gateways[1].epochs("p")) == 0


async def test_projects_and_names_have_epochs_of_their_own(gateways: list[Engine]):
    mine, theirs = gateways[0].epochs("p"), gateways[0].epochs("q")
    await raised(gateways[0], mine)
    assert (await settled(mine), await settled(theirs)) == (1, 0)
    assert mine.current("other") == 0


@pytest.mark.only_on("postgres", "it is about its connection")
async def test_without_a_connection_no_epoch_is_given_twice(gateways: list[Engine]):
    epochs = gateways[0].epochs("p")
    await settled(epochs)
    look(gateways[0], "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    async with asyncio.timeout(LIMIT_S):
        while epochs.current("keys") >= 0:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.001)
    assert len({epochs.current("keys") for _ in range(10)}) == 10
    assert await settled(epochs) == 0


@pytest.mark.only_on("postgres", "elsewhere nobody is waited for")
async def test_one_that_does_not_let_go_is_waited_for_until_it_is_no_longer_trusted(
    gateways: list[Engine], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(epoch, "TRUST_S", 0.5)
    monkeypatch.setattr(epoch, "WAIT_S", 1.5)
    deaf = gateways[1].epochs("p")
    await settled(deaf)
    monkeypatch.setattr(epoch, "RENEW_S", 3600)  # as if it had stopped
    monkeypatch.setattr(deaf, "_called", asyncio.Event())
    monkeypatch.setattr(deaf._listener, "_heard", lambda _: None)
    await asyncio.sleep(0.6)  # for the renewal under way
    await raised(gateways[0], gateways[0].epochs("p"))
    assert deaf.current("keys") < 0
