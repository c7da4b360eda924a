"""The embedding model that is part of the cloud, as it is: with nobody outside."""

import asyncio
import os
import signal
from typing import Any

import msgspec
import pytest
from reach import hurry
from test_ai import customer

from brickyard.services.ai.embedder import Answer, Question
from brickyard.services.ai.providers.local import PLACES, _child
from cloud import LocalCloud
from eventually import eventually

CAT, CHAT, STOCKS = "A cat sat on the mat.", "Le chat est assis sur le tapis.", "Shares fell on Monday."


async def embed(cloud: LocalCloud, *texts: str, **more: Any) -> list[list[float]]:
    return (await cloud.call("ai/Embed", {"texts": texts, **more}))["embeddings"]


def near(one: list[float], other: list[float]) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))


async def test_texts_that_mean_the_same_are_near_in_any_language(local_cloud: LocalCloud):
    cat, chat, stocks = await embed(local_cloud, CAT, CHAT, STOCKS)
    assert len(cat) == 384
    assert near(cat, cat) == pytest.approx(1)
    assert near(cat, chat) > 0.85 > near(cat, stocks) + 0.05


async def test_a_question_finds_its_answer(local_cloud: LocalCloud):
    kept = await embed(local_cloud, "Rent is due on the first.", "The wifi password is on the fridge.", CAT)
    (question,) = await embed(local_cloud, "how do I get online?", purpose="query")
    assert max(kept, key=lambda each: near(each, question)) is kept[1]


async def test_the_reply_says_who_made_them(local_cloud: LocalCloud):
    response = await local_cloud.post("ai/Embed", {"text": CAT})
    assert response.headers["provider"] == "local"
    assert response.json()["model"] == "multilingual-e5-small"
    assert response.json()["usage"]["input_tokens"] > 5
    named = await local_cloud.post("ai/Embed", {"text": CAT, "model": "text-embedding-3-small"})
    assert named.status_code in (400, 503)


@pytest.mark.parametrize("text", ["\0", "a\0b", " ", "🙈" * 300, "\u0301" * 300, "x" * 2_000, "\u202e"])
async def test_odd_texts_are_no_trouble(text: str, local_cloud: LocalCloud):
    (vector,) = await embed(local_cloud, text)
    assert near(vector, vector) == pytest.approx(1)


async def test_more_than_it_does_in_a_moment_is_refused(local_cloud: LocalCloud):
    response = await local_cloud.post("ai/Embed", {"texts": ["x" * 5_000] * 4})
    assert response.status_code == 400
    assert "ask in parts" in response.json()["detail"]


async def test_its_process_may_die(local_cloud: LocalCloud):
    await embed(local_cloud, CAT)
    process = _child()._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(await embed(local_cloud, CAT)) == 1


async def test_it_may_die_while_it_is_asked(local_cloud: LocalCloud):
    await embed(local_cloud, CAT)
    first = _child()._process
    asked = asyncio.create_task(local_cloud.post("ai/Embed", {"texts": ["word " * 100] * 20}))
    await asyncio.sleep(0.3)
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    response = await asked
    assert response.status_code == 200  # what only reads is asked again
    assert len(response.json()["embeddings"]) == 20


async def test_it_ends_with_the_cloud(local_cloud: LocalCloud):
    await embed(local_cloud, CAT)
    process = _child()._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # as the end of the cloud's process closes it

    async def ended() -> bool:
        return process.poll() == 0

    await eventually(ended)


async def test_without_the_extra_it_says_how_to_get_it(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("brickyard.services.ai.providers.local.find_spec", lambda _: None)
    response = await local_cloud.post("ai/Embed", {"text": CAT})
    assert response.status_code == 503
    told = {each["provider"]: each for each in response.json()["tried"]}
    assert told["local"]["kind"] == "not set up"
    assert "make ai" in told["local"]["detail"]


class Busy:
    """A child that answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = asyncio.Event()

    async def ask(self, question: bytes) -> bytes:
        self.asked += msgspec.msgpack.decode(question, type=Question).texts
        await self.answers.wait()
        return msgspec.msgpack.encode(Answer([[0.6, 0.8]], 1))


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Busy:
    busy = Busy()
    monkeypatch.setattr("brickyard.services.ai.providers.local._child", lambda: busy)
    return busy


def why(refused: Any) -> str:
    return next(each["kind"] for each in refused.json()["tried"] if each["provider"] == "local")


async def test_who_asks_much_waits_for_itself_and_others_do_not(local_cloud: LocalCloud, busy: Busy):
    headers = await customer(local_cloud)
    many = [
        asyncio.create_task(local_cloud.post("ai/Embed", {"text": f"mine {number}"}))
        for number in range(2 * PLACES)
    ]
    refused, _ = await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
    assert {why(each.result()) for each in refused} == {"busy"}
    other = asyncio.create_task(local_cloud.post("ai/Embed", {"text": "theirs"}, headers=headers))

    async def asked() -> bool:
        return len(busy.asked) == 2 and busy.asked[1] == "theirs"

    await eventually(asked)
    busy.answers.set()
    assert (await other).status_code == 200
    statuses = [each.status_code for each in await asyncio.gather(*many)]
    assert statuses.count(200) == PLACES
    assert statuses.count(503) == PLACES


async def test_that_it_is_busy_does_not_close_it(
    local_cloud: LocalCloud, busy: Busy, monkeypatch: pytest.MonkeyPatch
):
    hurry(monkeypatch, 0.4)
    for _ in range(4):
        refused = await local_cloud.post("ai/Embed", {"text": CAT})
        assert why(refused) == "busy"
    busy.answers.set()
    assert await embed(local_cloud, CAT) == [[0.6, 0.8]]
