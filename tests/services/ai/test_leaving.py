"""Who reads an answer pays for it, however its end is brought about."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from scripted import Scripted, scripted, words
from test_ai import MONA_LISA, balance_of, customer

from brickyard.engines.clock import ManualClock
from brickyard.settings import Settings
from cloud import LocalCloud
from eventually import eventually
from outside import Outside


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


@pytest.fixture
async def server(local_cloud: LocalCloud) -> AsyncIterator[Scripted]:
    async with scripted() as server:
        await local_cloud.call("provider/Set", {**server.credentials(), "cloud": True})
        yield server


async def test_a_key_that_ends_does_not_make_it_free(
    local_cloud: LocalCloud, server: Scripted, clock: ManualClock
):
    payer = await customer(local_cloud)
    before = await balance_of(local_cloud, payer)
    expires_ns = clock.now_ns() + 10 * 10**9
    key, _ = await local_cloud.application.keyring.create("prj_customer", "", ("ai",), expires_ns)
    expired = asyncio.Event()
    server.streams(*[words("word ")] * 3, expired, words("more"), stay=True)
    async with local_cloud.client.stream(
        "POST",
        "/v1/ai/Stream",
        content=json.dumps(MONA_LISA),
        headers={"Authorization": f"Bearer {key}"},
    ) as response:
        lines = (json.loads(line) async for line in response.aiter_lines() if line.strip())
        for _ in range(3):
            assert (await anext(lines))["words"] == ["word "]
        clock.advance(11)
        expired.set()
        last = await anext(lines)
    assert last["code"] == 401

    async def paid() -> bool:
        return before - await balance_of(local_cloud, payer) >= 7 * 150 + 4 * 600

    await eventually(paid)
