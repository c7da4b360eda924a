"""What is done in the background is done for as long as calls are answered."""

import asyncio
import json
from io import BytesIO
from pathlib import Path

import pytest

from brickyard.app import Application
from brickyard.engines.clock import ManualClock
from brickyard.settings import Settings
from cloud import LocalCloud

WAIT_S = 10.0


async def test_loops_run_while_the_server_does_and_not_after(tmp_path: Path, clock: ManualClock):
    application = Application(Settings(home=tmp_path / "home", port=0), clock)
    taken = asyncio.Semaphore(0)

    async def step() -> None:
        taken.release()

    wake = application.jobs.register("probe", step)
    await asyncio.sleep(0)
    assert taken.locked()
    server = application.server()
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(WAIT_S):
        await taken.acquire()
        wake()
        await taken.acquire()
        server.should_exit = True
        await serving
    wake()
    await asyncio.sleep(0)
    assert taken.locked()
    application.close()


async def test_a_loop_that_fails_leaves_a_line_without_values(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    out, failed, secret = BytesIO(), asyncio.Event(), "hunter2"
    monkeypatch.setattr(local_cloud.application.log, "_out", out)

    async def step() -> None:
        failed.set()
        raise RuntimeError(secret)

    local_cloud.application.jobs.register("probe", step)
    async with asyncio.timeout(WAIT_S):
        await failed.wait()
    await asyncio.sleep(0)
    (line,) = [each for each in out.getvalue().splitlines() if b'"crash"' in each]
    crash = json.loads(line)
    assert (crash["call"], crash["error"]) == ("probe", "RuntimeError")
    assert secret.encode() not in line
