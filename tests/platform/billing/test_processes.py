"""Many processes on one account: what it has is spent once, and one that is killed takes nothing along."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from purse import ACCOUNT, Purse

from brickyard.contract import Money, usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing.till import HOLD_LIMIT_S

BUYER = Path(__file__).with_name("buyer.py")
PROCESSES = 8
PRICE = usd("0.01")


@pytest.fixture
def clock() -> ManualClock:
    """The time now: the other processes have no other."""
    return ManualClock(time.time())


def buyer(purse: Purse, calls: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(BUYER), str(purse.file), str(calls)], stdout=subprocess.PIPE, text=True
    )


def paid(process: subprocess.Popen[str]) -> int:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return int(output)


@pytest.mark.parametrize("bound", ["balance", "project cap", "key cap"])
async def test_eight_processes_on_credit_for_so_many_calls_make_exactly_so_many(purse: Purse, bound: str):
    calls, enough = 500, "1000"
    amount = str(Money(PRICE * calls))
    await purse.top_up(amount if bound == "balance" else enough)
    if bound != "balance":
        await purse.cap(amount, key="key_a" if bound == "key cap" else "")
    processes = [buyer(purse, 125) for _ in range(PROCESSES)]
    assert sum(paid(process) for process in processes) == calls
    captures = [each for each in await purse.transactions() if each.kind == "capture"]
    assert sum(each.calls for each in captures) == calls
    assert await purse.has() == ("0" if bound == "balance" else str(Money(usd(enough) - PRICE * calls)), "0")


async def test_what_a_killed_process_held_comes_back_and_what_it_took_is_taken_once(purse: Purse):
    await purse.top_up("1000")
    process = buyer(purse, 1_000_000)
    while len(await purse.transactions()) < 200:
        assert process.poll() is None
    process.kill()
    process.wait()
    purse.close()
    purse.open()
    assert await purse.faults() == []
    captures = [each for each in await purse.transactions() if each.kind == "capture"]
    assert len({each.reference for each in captures}) == len(captures)
    purse.clock.advance(2 * HOLD_LIMIT_S)
    await purse.books.expire_due(ACCOUNT)
    calls = sum(each.calls for each in captures)
    assert await purse.has() == (str(Money(usd("1000") - PRICE * calls)), "0")
