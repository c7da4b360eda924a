"""Providers that are broken, or hostile: what they say is not believed, and does no harm to others."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fakes import anthropic
from reach import set_up
from scripted import END, Scripted, completion, scripted, words
from test_ai import ANTHROPIC, MONA_LISA, balance_of, customer, streamed

from brickyard.settings import Settings
from cloud import LocalCloud
from outside import Outside


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


async def sell(cloud: LocalCloud, server: Scripted) -> None:
    await cloud.call("provider/Set", {**server.credentials(), "cloud": True})


ABSURD = [
    None,
    {},
    {"prompt_tokens": 0, "completion_tokens": 0},
    {"prompt_tokens": -1_000_000, "completion_tokens": -5},
    {"prompt_tokens": 10**30, "completion_tokens": 10**30},
]


@pytest.mark.parametrize("usage", ABSURD, ids=json.dumps)
async def test_counts_that_cannot_be_are_estimated(usage: Any, local_cloud: LocalCloud, server: Scripted):
    await sell(local_cloud, server)
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    server.answers(completion("Leonardo da Vinci.", usage))
    response = await local_cloud.post("ai/Chat", MONA_LISA, headers=headers)
    assert response.status_code == 200, response.text
    assert response.json()["usage"] == {"input_tokens": 7, "output_tokens": 5}
    server.streams(words("Leonardo da Vinci."), END | {"usage": usage})
    *_, last = await streamed(local_cloud, MONA_LISA, headers=headers)
    assert last["usage"] == {"input_tokens": 7, "output_tokens": 5}
    assert before - await balance_of(local_cloud, headers) == 2 * (7 * 100 + 5 * 500)


async def test_what_it_says_in_the_middle_of_an_answer_shows_no_secret(local_cloud: LocalCloud):
    await set_up(local_cloud, ANTHROPIC)
    *_, last = await streamed(local_cloud, {"prompt": "break"})
    assert last["code"] == 503
    assert "internal: •••" in last["detail"]
    assert anthropic.KEY not in json.dumps(last)


async def test_an_answer_that_does_not_end_is_cut_off(local_cloud: LocalCloud, server: Scripted):
    await local_cloud.call("provider/Set", server.credentials())
    server.streams(*[words("x" * 50_000)] * 400, END)
    *pieces, last = await streamed(local_cloud, {**MONA_LISA, "max_tokens": 60_000})
    assert (last["partial"], last["ended"]) == (False, "length")
    assert len(last["words"][0]) < 5_000_000
    assert len(pieces) < 100


@pytest.mark.parametrize(
    "vectors",
    [
        *(
            [],
            [[1.0]],
            [[1.0], [1.0], [1.0]],
            [[1.0], [1.0, 2.0]],
            [[], []],
            [[0.0], [0.0]],
            [[0.0, 0.0]] * 2,
        ),
        *([[1.0] * 20_000] * 2, [None, [1.0]], [["a"], [1.0]]),
    ],
    ids=lambda each: repr(each)[:20],
)
async def test_embeddings_that_are_none_are_refused(vectors: Any, local_cloud: LocalCloud, server: Scripted):
    await local_cloud.call("provider/Set", server.credentials(embedding_model="m"))
    server.answers({"data": [{"index": index, "embedding": each} for index, each in enumerate(vectors)]})
    response = await local_cloud.post("ai/Embed", {"texts": ["a", "b"]})
    assert response.status_code == 503, response.text[:500]
    assert response.json()["tried"][0]["kind"] == "garbage"


@pytest.mark.parametrize("indexes", [(0, 0), (1, 2), (-1, 0), (0, 10**30)])
async def test_embeddings_of_other_texts_are_refused(
    indexes: tuple[int, int], local_cloud: LocalCloud, server: Scripted
):
    await local_cloud.call("provider/Set", server.credentials(embedding_model="m"))
    server.answers({"data": [{"index": each, "embedding": [1.0]} for each in indexes]})
    response = await local_cloud.post("ai/Embed", {"texts": ["a", "b"]})
    assert response.status_code == 503, response.text
    assert response.json()["tried"][0]["kind"] == "garbage"


async def test_however_long_embeddings_are_they_get_length_one(local_cloud: LocalCloud, server: Scripted):
    await local_cloud.call("provider/Set", server.credentials(embedding_model="m"))
    server.answers({"data": [{"index": 0, "embedding": [3e300, 4e300]}]})
    reply = await local_cloud.call("ai/Embed", {"text": "a"})
    assert reply["embeddings"] == [pytest.approx([0.6, 0.8])]


@pytest.mark.parametrize("pictures", [[], [{}], [{"url": None, "b64_json": ""}], [{"b64_json": "aGk="}] * 3])
async def test_pictures_that_are_none_are_neither_given_on_nor_paid(
    pictures: Any, local_cloud: LocalCloud, server: Scripted
):
    credentials = server.credentials(image_model="gpt-image-2.6-flare")
    await local_cloud.call("provider/Set", {**credentials, "cloud": True})
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    server.answers({"data": pictures})
    response = await local_cloud.post("ai/Generate", {"text": "a cat"}, headers=headers)
    assert response.status_code == 503, response.text
    assert response.json()["tried"][0]["kind"] == "garbage"
    assert await balance_of(local_cloud, headers) == before
