"""Who reads an answer pays for it, however its end is brought about."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from fakes import google_gemini
from scripted import END, Scripted, completion, scripted, words
from test_ai import MONA_LISA, balance_of, customer, sell, streamed
from websockets.asyncio.client import connect

from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.providers.health import IN_A_ROW
from brickyard.settings import Settings
from cloud import LocalCloud
from eventually import eventually
from outside import Outside
from signed_in import A_CALL


class Later:
    """The module `time`, but for the time."""

    offset_s = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.offset_s


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
        return before - await balance_of(local_cloud, payer) == 7 * 100 + 5 * 500

    await eventually(paid)


async def test_an_answer_that_takes_too_long_is_cut_off_and_paid_for(
    local_cloud: LocalCloud, server: Scripted, monkeypatch: pytest.MonkeyPatch
):
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    for _ in range(IN_A_ROW + 1):
        later, begun = Later(), asyncio.Event()
        monkeypatch.setattr("brickyard.providers.market.time", later)
        server.streams(*[words("word ")] * 3, begun, words("word "), stay=True)
        replies: list[dict[str, Any]] = []
        async with local_cloud.client.stream(
            "POST", "/v1/ai/Stream", content=json.dumps(MONA_LISA), headers=headers
        ) as response:
            async for line in response.aiter_lines():
                replies += [json.loads(line)] if line.strip() else []
                if len(replies) == 3:
                    later.offset_s = 400.0
                    begun.set()
        assert (replies[-1]["words"], replies[-1]["ended"]) == (["word " * 4], "length")
        assert replies[-1]["usage"] == {"input_tokens": 7, "output_tokens": 5}
    assert before - await balance_of(local_cloud, headers) == (IN_A_ROW + 1) * (7 * 100 + 5 * 500)


async def test_who_leaves_before_the_first_word_pays_for_what_was_asked(
    local_cloud: LocalCloud, server: Scripted
):
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    server.streams({"choices": [{"index": 0, "delta": {"role": "assistant"}}]}, stay=True)
    async with local_cloud.client.stream(
        "POST", "/v1/ai/Stream", content=json.dumps(MONA_LISA), headers=headers
    ) as response:
        await anext(response.aiter_raw())  # a sign of life, and no word

    async def paid() -> bool:
        return before - await balance_of(local_cloud, headers) == 7 * 100

    await eventually(paid)


async def test_what_was_thought_before_the_first_word_is_paid_for_too(local_cloud: LocalCloud):
    await sell(local_cloud, "google")
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    request = json.dumps({"prompt": "think", "model": "gemini-3.5-flash-lite"})
    async with local_cloud.client.stream(
        "POST", "/v1/ai/Stream", content=request, headers=headers
    ) as response:
        await anext(response.aiter_lines())

    async def paid() -> bool:
        spent = before - await balance_of(local_cloud, headers)
        return google_gemini.THOUGHTS * 2_500 < spent < usd("0.05")

    await eventually(paid)


def over_websocket(cloud: LocalCloud, headers: dict[str, str]) -> connect:
    return connect(f"{cloud.address.replace('http', 'ws')}/v1/ai/Chat", additional_headers=headers)


async def test_who_leaves_a_websocket_before_the_answer_pays_for_it_as_over_http(
    local_cloud: LocalCloud, server: Scripted
):
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def handler(_: web.Request) -> web.StreamResponse:
        asked.set()
        await answered.wait()
        return web.json_response(completion("Leonardo.", {"prompt_tokens": 9, "completion_tokens": 3}))

    server.handler = handler
    async with over_websocket(local_cloud, headers) as socket:
        await socket.send(json.dumps(MONA_LISA))
        await asked.wait()
        socket.transport.abort()
        await socket.wait_closed()
    answered.set()

    async def paid() -> bool:
        return before - await balance_of(local_cloud, headers) == 9 * 100 + 3 * 500

    await eventually(paid)
    metrics = (await local_cloud.client.get("/metrics")).text
    assert 'brickyard_calls_total{endpoint="Chat",service="ai",status="200"} 1.0' in metrics


async def test_to_end_the_key_meanwhile_does_not_make_it_free(local_cloud: LocalCloud, server: Scripted):
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    key, made = await local_cloud.application.keyring.create("prj_customer", "", ("ai",), None)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def handler(_: web.Request) -> web.StreamResponse:
        asked.set()
        await answered.wait()
        return web.json_response(completion("Leonardo.", {"prompt_tokens": 9, "completion_tokens": 3}))

    server.handler = handler
    async with over_websocket(local_cloud, {"Authorization": f"Bearer {key}"}) as socket:
        await socket.send(json.dumps(MONA_LISA))
        await asked.wait()
        await local_cloud.application.keyring.revoke(A_CALL, "prj_customer", made.id)
        answered.set()
        assert json.loads(await socket.recv())["reply"] == "Leonardo."

    async def settled() -> bool:  # what was held beyond that is given back
        return before - await balance_of(local_cloud, headers) == 9 * 100 + 3 * 500

    await eventually(settled)


async def test_who_leaves_a_websocket_whose_call_fails_pays_nothing(
    local_cloud: LocalCloud, server: Scripted
):
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def handler(_: web.Request) -> web.StreamResponse:
        asked.set()
        await answered.wait()
        return web.json_response({"error": {"message": "no such model"}}, status=404)

    server.handler = handler
    async with over_websocket(local_cloud, headers) as socket:
        await socket.send(json.dumps(MONA_LISA))
        await asked.wait()
        socket.transport.abort()
        await socket.wait_closed()
    answered.set()

    async def failed() -> bool:
        metrics = (await local_cloud.client.get("/metrics")).text
        return 'brickyard_calls_total{endpoint="Chat",service="ai",status="5' in metrics or (
            'brickyard_calls_total{endpoint="Chat",service="ai",status="4' in metrics
        )

    await eventually(failed)
    assert before == await balance_of(local_cloud, headers)


async def test_a_stream_that_came_to_its_end_counts_as_answered(local_cloud: LocalCloud, server: Scripted):
    server.streams(words("word"), END)
    await streamed(local_cloud, MONA_LISA)
    listed = await local_cloud.call("provider/List", {"service": "ai"})
    shown = next(each for each in listed["providers"] if each["name"] == "openai_compatible")
    assert shown["answered"] == 1, shown


async def test_a_long_answer_is_read_to_its_end(local_cloud: LocalCloud, server: Scripted):
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    event = words("word ") | {"obfuscation": "x" * 3_000}
    server.streams(*[event] * 3_000, END)
    request = {**MONA_LISA, "max_tokens": 20_000}
    *_, last = await streamed(local_cloud, request, headers=headers)
    assert (last["words"], last["ended"]) == (["word " * 3_000], "stop")
    assert before - await balance_of(local_cloud, headers) == 7 * 100 + 3_750 * 500
