"""A store that fails: the call is refused, nothing is free, and nothing is half done."""

import asyncio

import pytest
from purse import ACCOUNT, Purse

from brickyard.contract import Unavailable, usd
from brickyard.engines.sql.connection import Connection


def within(purse: Purse) -> Connection:
    """Give the writer's own connection, through which a fault can be caused while nobody writes."""
    return purse.engine._writer._connection


async def test_a_full_disk_refuses_calls_and_costs_nothing(purse: Purse):
    await purse.top_up("10")
    writer = within(purse)
    pages = writer.execute("PRAGMA page_count").fetchall()[0][0]
    writer.execute(f"PRAGMA max_page_count = {pages}")
    outcomes = await asyncio.gather(*(purse.hold("0.0001") for _ in range(500)), return_exceptions=True)
    done = [each for each in outcomes if not isinstance(each, Unavailable)]
    assert len(done) < 500
    writer.execute("PRAGMA max_page_count = 1000000")
    assert (await purse.wallet()).held == usd("0.0001") * len(done)
    assert await purse.hold("0.0001")


async def test_a_store_in_disorder_refuses_calls(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("1")
    within(purse).execute("ALTER TABLE billing_holds RENAME TO lost")
    with pytest.raises(Unavailable):
        await purse.hold("1")
    with pytest.raises(Unavailable):
        await purse.settle(hold, "1")
    within(purse).execute("ALTER TABLE lost RENAME TO billing_holds")
    assert await purse.has() == ("9", "1")
    assert (await purse.settle(hold, "1")).captured == usd("1")


async def test_a_store_that_never_opened_the_books_refuses_calls(purse: Purse):
    within(purse).execute("ALTER TABLE billing_accounts RENAME TO lost")
    with pytest.raises(Unavailable):
        await purse.hold("1")
    within(purse).execute("ALTER TABLE lost RENAME TO billing_accounts")
    assert (await purse.books.balance(ACCOUNT)).balance == 0


async def test_a_database_refuses_what_the_code_would_not_have_done(purse: Purse):
    await purse.top_up("10")
    for column, value in (("balance", -1), ("held", usd("10.1")), ("credit", usd("11"))):
        with pytest.raises(Exception, match="CHECK"):
            await purse.sql.run(f"UPDATE billing_accounts SET {column} = ?2 WHERE account = ?1", value)
