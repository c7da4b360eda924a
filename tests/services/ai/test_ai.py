"""Models are asked by whoever runs them, and paid by their tokens."""

import asyncio
import json
from typing import Any

import pytest
from fakes import openai
from msgspec.structs import replace
from reach import FAKES, hurry, set_up
from websockets.asyncio.client import connect

from brickyard.contract import usd
from brickyard.platform.billing.movements import Movement
from brickyard.services.ai.providers.openai_compatible import OpenAiCompatibleCredentials
from brickyard.settings import Settings
from cloud import LocalCloud
from eventually import eventually
from outside import Outside
from provider_fake import RunningFake

MONA_LISA = {"prompt": "Who painted the Mona Lisa?"}
OPENAI, ANTHROPIC, GOOGLE = FAKES["ai-openai"], FAKES["ai-anthropic"], FAKES["ai-google"]
SPEAKERS = pytest.mark.parametrize("fake", [OPENAI, ANTHROPIC, GOOGLE], ids=lambda each: each.provider)


@pytest.fixture
def settings(settings: Settings, outside: Outside) -> Settings:
    return outside.reached_by(settings)


def double_of(outside: Outside, provider: str) -> RunningFake:
    return next(
        each for each in outside.running if (each.fake.service, each.fake.provider) == ("ai", provider)
    )


def last_asked(outside: Outside, provider: str) -> Any:
    return json.loads(double_of(outside, provider).bodies[-1])


async def streamed(cloud: LocalCloud, request: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    body = json.dumps(request)
    async with cloud.client.stream("POST", "/v1/ai/Stream", content=body, **options) as response:
        assert response.status_code == 200, await response.aread()
        return [json.loads(line) async for line in response.aiter_lines() if line.strip()]


async def customer(cloud: LocalCloud, grant: str = "1") -> dict[str, str]:
    """Open an account that pays, and give its key's header."""
    application, project = cloud.application, "prj_customer"
    await application.books.open(project, "free")
    await application.books.move(project, "grant", Movement(amount=usd(grant), reason="a test"))
    key, _ = await application.keyring.create(project, "", ("*", "provider", "billing"), None)
    return {"Authorization": f"Bearer {key}"}


async def sell(cloud: LocalCloud, provider: str = "openai") -> None:
    credentials = dict(FAKES[f"ai-{provider}"].credentials)
    place = {"service": "ai", "provider": provider, "cloud": True}
    await cloud.call("provider/Set", {**place, "credentials": credentials})


async def balance_of(cloud: LocalCloud, headers: dict[str, str]) -> int:
    response = await cloud.post("billing/Balance", headers=headers)
    assert response.status_code == 200, response.text
    return int(usd(response.json()["available"]))


@SPEAKERS
async def test_a_prompt_is_answered_knowing_what_was_said(
    fake: Any, local_cloud: LocalCloud, outside: Outside
):
    await set_up(local_cloud, fake)
    said = [{"prompt": "who is leonardo", "reply": "A painter."}, {"prompt": "", "reply": ""}]
    request = {
        "prompt": "what did he paint?",
        "context": said,
        "system": "Be brief.",
        "max_tokens": 50,
    }
    reply = await local_cloud.call("ai/Chat", request)
    assert reply["reply"] == "You said: what did he paint?"
    assert reply["ended"] == "stop"
    assert min(reply["usage"].values()) > 0
    asked = last_asked(outside, fake.provider)
    told = json.dumps(asked)
    assert all(text in told for text in ("who is leonardo", "A painter.", "Be brief.", "50"))
    turns = asked.get("messages") or asked["contents"]
    assert [each["role"] for each in turns if each["role"] != "system"] in (
        ["user", "assistant", "user"],
        ["user", "model", "user"],
    )


@pytest.mark.parametrize("fake", [OPENAI, GOOGLE], ids=lambda each: each.provider)
async def test_how_freely_words_are_chosen_is_told(fake: Any, local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, fake)
    await local_cloud.call("ai/Chat", {**MONA_LISA, "temperature": 0.5})
    assert '"temperature": 0.5' in json.dumps(last_asked(outside, fake.provider))


async def test_what_a_model_does_not_take_is_not_left_out(local_cloud: LocalCloud):
    await set_up(local_cloud, ANTHROPIC)
    for more in ({"temperature": 0.5}, {"role": "assistant"}):
        refused = await local_cloud.post("ai/Chat", {**MONA_LISA, **more})
        assert refused.status_code == 400, refused.text
    await set_up(local_cloud, ANTHROPIC, GOOGLE)
    for more in ({"temperature": 0.5}, {"role": "assistant"}):
        response = await local_cloud.post("ai/Chat", {**MONA_LISA, **more})
        assert response.headers["provider"] == "google"


@SPEAKERS
async def test_the_model_that_m3o_had_is_anybodys_default(fake: Any, local_cloud: LocalCloud):
    await set_up(local_cloud, fake)
    reply = await local_cloud.call("ai/Chat", {**MONA_LISA, "model": "gpt-3.5-turbo"})
    assert reply["model"] == (await local_cloud.call("ai/Chat", MONA_LISA))["model"]


@SPEAKERS
async def test_an_answer_comes_word_by_word_and_at_last_whole(fake: Any, local_cloud: LocalCloud):
    await set_up(local_cloud, fake)
    *words, last = await streamed(local_cloud, MONA_LISA)
    assert len(words) == 3
    assert all(each["partial"] and each["usage"] is None for each in words)
    assert "".join(word for each in words for word in each["words"]) == "Leonardo da Vinci."
    assert (last["words"], last["partial"], last["ended"]) == (["Leonardo da Vinci."], False, "stop")
    assert last["usage"]["output_tokens"] == 5
    whole = await local_cloud.call("ai/Chat", MONA_LISA)
    assert (whole["usage"], whole["model"]) == (last["usage"], last["model"])


async def test_it_comes_by_websocket_too(local_cloud: LocalCloud):
    await set_up(local_cloud, ANTHROPIC)
    address = local_cloud.address.replace("http", "ws")
    headers = {"Authorization": f"Bearer {local_cloud.key}"}
    async with connect(f"{address}/v1/ai/stream", additional_headers=headers) as socket:
        await socket.send(json.dumps(MONA_LISA))
        frames = [json.loads(frame) async for frame in socket]
    assert [each["partial"] for each in frames] == [True, True, True, False]


async def test_who_says_the_prompt_is_told(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, OPENAI)
    before = [{"prompt": "hello", "reply": "hi"}]
    await local_cloud.call("ai/Chat", {"prompt": "Speak French.", "role": "system", "context": before})
    assert [each["role"] for each in last_asked(outside, "openai")["messages"]] == [
        "system",
        "user",
        "assistant",
    ]
    await local_cloud.call("ai/Chat", {"prompt": "Once upon", "role": "assistant"})
    assert last_asked(outside, "openai")["messages"] == [{"role": "assistant", "content": "Once upon"}]


async def test_texts_are_completed_and_edited(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, OPENAI)
    edited = await local_cloud.call("ai/Edit", {"text": "What day of the wek is it?"})
    assert edited["text"] == "What day of the week is it?"
    assert "spelling" in last_asked(outside, "openai")["messages"][-1]["content"]
    completed = await local_cloud.call("ai/Complete", {"text": "Who painted the Mona Lisa?"})
    assert completed["text"] == "Leonardo da Vinci."


async def test_a_text_is_judged(local_cloud: LocalCloud):
    await set_up(local_cloud, OPENAI)
    judged = await local_cloud.call("ai/Moderate", {"text": "I want to kill him"})
    assert judged["flagged"]
    assert judged["categories"] == {"hate": False, "violence": True, "self-harm": False, "illicit": False}
    assert judged["scores"]["violence"] > 0.9
    assert not (await local_cloud.call("ai/Moderate", {"text": "I like him"}))["flagged"]


@pytest.mark.parametrize("fake", [OPENAI, GOOGLE], ids=lambda each: each.provider)
async def test_pictures_are_drawn(fake: Any, local_cloud: LocalCloud):
    await set_up(local_cloud, fake)
    drawn = await local_cloud.call("ai/Generate", {"text": "a cat on a ball", "limit": 2})
    assert [each["base64"] for each in drawn["images"]] == [openai.PNG] * 2
    (one,) = (await local_cloud.call("ai/Generate", {"text": "a cat on a ball", "limit": 11}))["images"]
    assert one["url"] == ""


@pytest.mark.parametrize("size", ["1x1", "0x0", "1024", "axb", "99999x1"])
async def test_pictures_of_other_sizes_are_refused(size: str, local_cloud: LocalCloud):
    await set_up(local_cloud, OPENAI)
    response = await local_cloud.post("ai/Generate", {"text": "a cat", "size": size})
    assert response.status_code == 400, response.text


@pytest.mark.parametrize("fake", [OPENAI, GOOGLE], ids=lambda each: each.provider)
async def test_embeddings_come_in_order_and_have_length_one(fake: Any, local_cloud: LocalCloud):
    await set_up(local_cloud, fake)
    reply = await local_cloud.call("ai/Embed", {"texts": ["a", "abcdefghijkl"], "purpose": "query"})
    first, second = reply["embeddings"]
    assert first == pytest.approx([1 / 26**0.5, 3 / 26**0.5, 4 / 26**0.5])
    assert second == pytest.approx([12 / 13, 3 / 13, 4 / 13])


@pytest.mark.parametrize(
    ("endpoint", "request_"),
    [
        ("Chat", {}),
        ("Chat", {"prompt": ""}),
        ("Chat", {"prompt": "hi", "role": "wizard"}),
        ("Chat", {"prompt": "hi", "temperature": 2.5}),
        ("Chat", {"prompt": "hi", "max_tokens": -1}),
        ("Chat", {"prompt": "hi", "model": "gpt 4"}),
        ("Chat", {"prompt": "hi", "model": "../../etc"}),
        ("Chat", {"prompt": "hi", "context": [{"question": "?"}]}),
        ("Stream", {"prompt": ""}),
        ("Complete", {"text": ""}),
        ("Edit", {"instruction": "shorten"}),
        ("Moderate", {"text": ""}),
        ("Generate", {"text": ""}),
        ("Embed", {}),
        ("Embed", {"texts": [""]}),
        ("Embed", {"text": "a", "texts": ["b"]}),
        ("Embed", {"texts": ["a"] * 65}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    endpoint: str, request_: dict[str, Any], local_cloud: LocalCloud
):
    await set_up(local_cloud, GOOGLE)
    response = await local_cloud.post(f"ai/{endpoint}", request_)
    assert response.status_code == 400, response.text


async def test_without_credentials_it_says_what_to_do_and_invents_nothing(local_cloud: LocalCloud):
    for endpoint, request in (("Chat", MONA_LISA), ("Stream", MONA_LISA), ("Moderate", {"text": "a"})):
        response = await local_cloud.post(f"ai/{endpoint}", request)
        assert response.status_code == 503, response.text
        problem = response.json()
        assert {each["kind"] for each in problem["tried"]} == {"not set up"}
        assert "openai" in {each["provider"] for each in problem["tried"]}
        assert "provider/Set" in problem["detail"]
        assert problem["retryable"] is False


async def test_a_model_is_asked_of_who_has_it(local_cloud: LocalCloud):
    await set_up(local_cloud, OPENAI, ANTHROPIC, GOOGLE)
    for model, provider in (
        ("gemini-3.8-flash", "google"),
        ("claude-haiku-5-5", "anthropic"),
        ("gpt-6.2-sol", "openai"),
        ("", "openai"),
    ):
        response = await local_cloud.post("ai/Chat", {**MONA_LISA, "model": model})
        assert response.status_code == 200, response.text
        assert response.headers["provider"] == provider
    nobodys = await local_cloud.post("ai/Chat", {**MONA_LISA, "model": "gpt-nonsense"})
    assert nobodys.status_code == 400
    assert "gpt-nonsense" in nobodys.json()["detail"]


@pytest.mark.parametrize("fault", ["down", "unauthorized", "limited", "garbage", "half"])
async def test_another_answers_if_the_first_does_not(fault: Any, local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, OPENAI, ANTHROPIC)
    double_of(outside, "openai").faults.append(fault)
    response = await local_cloud.post("ai/Chat", MONA_LISA)
    assert response.json()["reply"] == "Leonardo da Vinci."
    assert response.headers["provider"] == "anthropic"


@pytest.mark.parametrize("fault", ["down", "unauthorized", "limited", "garbage", "half", "slow"])
async def test_another_streams_if_the_first_does_not(
    fault: Any, local_cloud: LocalCloud, outside: Outside, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("brickyard.providers.market.PIECE_LIMIT_S", 0.5)
    await set_up(local_cloud, OPENAI, ANTHROPIC)
    double_of(outside, "openai").faults.append(fault)
    *_, last = await streamed(local_cloud, MONA_LISA)
    assert last["words"] == ["Leonardo da Vinci."]
    assert last["model"].startswith("claude")


async def test_a_call_costs_its_tokens(local_cloud: LocalCloud):
    await sell(local_cloud)
    headers = await customer(local_cloud)
    for request, per_input, per_output in (
        ({"model": "gpt-6.2-sol"}, 2_000, 10_000),
        ({"model": "gpt-4o"}, 2_500, 10_000),
        ({}, 100, 500),
    ):
        before = await balance_of(local_cloud, headers)
        response = await local_cloud.post("ai/Chat", {**MONA_LISA, **request}, headers=headers)
        used = response.json()["usage"]
        cost = used["input_tokens"] * per_input + used["output_tokens"] * per_output
        assert int(usd(response.headers["usage-cost"])) == cost > 0
        assert await balance_of(local_cloud, headers) == before - cost
    before = await balance_of(local_cloud, headers)
    *_, last = await streamed(local_cloud, MONA_LISA, headers=headers)
    cost = last["usage"]["input_tokens"] * 100 + last["usage"]["output_tokens"] * 500
    assert await balance_of(local_cloud, headers) == before - cost


async def test_nobody_reads_what_was_told_to_others(local_cloud: LocalCloud, outside: Outside):
    await sell(local_cloud)
    headers = await customer(local_cloud)
    double_of(outside, "openai").faults.extend(["unauthorized"] * 3)
    for _ in range(3):
        first = await local_cloud.post("ai/Chat", MONA_LISA)
    assert "It answered 401" in first.text
    second = await local_cloud.post("ai/Chat", MONA_LISA, headers=headers)
    assert second.json()["tried"][0]["kind"] == "busy"
    assert "auth" in second.text
    assert "It answered" not in second.text
    assert "It answered" not in (await local_cloud.post("provider/List", headers=headers)).text


async def test_all_who_are_set_up_may_be_asked_for_a_model(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, OPENAI, ANTHROPIC, GOOGLE)
    own = compatible(f"{double_of(outside, 'openai').url}/v1")
    await local_cloud.call("provider/Set", own)
    order = ["openai", "anthropic", "google", "openai_compatible"]
    await local_cloud.call("provider/Choose", {"service": "ai", "order": order})
    refused = await local_cloud.post("ai/Chat", {**MONA_LISA, "model": "llama3.2"})
    assert refused.status_code == 400
    assert all(f"{name}: " in refused.json()["detail"] for name in order)


async def test_a_judgement_costs_the_tokens_of_its_text(local_cloud: LocalCloud):
    await sell(local_cloud)
    headers = await customer(local_cloud)
    response = await local_cloud.post("ai/Moderate", {"text": "a" * 400}, headers=headers)
    assert response.headers["usage-cost"] == "0.00001"


async def test_who_comes_too_soon_is_told_when_to_come(local_cloud: LocalCloud, outside: Outside):
    await set_up(local_cloud, OPENAI)
    double_of(outside, "openai").faults.append("limited")
    for _ in range(2):
        response = await local_cloud.post("ai/Chat", MONA_LISA)
        assert response.status_code == 503
        assert 1 <= int(response.headers["retry-after"]) <= 7
        assert response.json()["tried"][0]["retry_after_s"] <= 7
    await local_cloud.call("provider/Check", {"service": "ai", "provider": "openai"})
    assert (await local_cloud.post("ai/Chat", MONA_LISA)).status_code == 200  # a good check ends its rest


async def test_by_own_credentials_it_costs_a_tenth_and_any_model_may_be_asked(local_cloud: LocalCloud):
    await sell(local_cloud)
    headers = await customer(local_cloud)
    unsold = {**MONA_LISA, "model": "gpt-6-nova"}
    refused = await local_cloud.post("ai/Chat", unsold, headers=headers)
    assert refused.status_code == 400
    assert "credentials of your own" in refused.json()["detail"]
    place = {"service": "ai", "provider": "openai", "credentials": dict(OPENAI.credentials)}
    assert (await local_cloud.post("provider/Set", place, headers=headers)).status_code == 200
    response = await local_cloud.post("ai/Chat", MONA_LISA, headers=headers)
    used = response.json()["usage"]
    cost = (used["input_tokens"] * 100 + used["output_tokens"] * 500) // 10
    assert int(usd(response.headers["usage-cost"])) == cost > 0
    there = await local_cloud.post("ai/Chat", unsold, headers=headers)
    assert "does not exist" in there.json()["detail"]  # says OpenAI


async def test_an_answer_is_no_longer_than_is_paid_for(local_cloud: LocalCloud, outside: Outside):
    await sell(local_cloud)
    await sell(local_cloud, "anthropic")
    headers = await customer(local_cloud)
    await local_cloud.post("ai/Chat", {**MONA_LISA, "model": "gpt-4o"}, headers=headers)
    asked = last_asked(outside, "openai")["max_completion_tokens"]
    assert asked == 4_096
    await local_cloud.post("ai/Chat", {**MONA_LISA, "model": "claude-sonnet-5-5"}, headers=headers)
    asked = last_asked(outside, "anthropic")["max_tokens"]
    assert asked == 4_096
    for request in (
        {"prompt": "a" * 25_000, "model": "gpt-4o"},
        {"prompt": "é" * 12_000, "model": "gpt-4o"},
        {**MONA_LISA, "model": "gpt-4o", "max_tokens": 5_000},
    ):
        for endpoint in ("Chat", "Stream"):
            refused = await local_cloud.post(f"ai/{endpoint}", request, headers=headers)
            assert refused.status_code == 400, refused.text
            assert "0.05 dollars" in refused.json()["detail"]
    long = {"prompt": "a" * 100_001}
    refused = await local_cloud.post("ai/Chat", long, headers=headers)
    assert refused.status_code == 400
    assert "credentials of your own" in refused.json()["detail"]
    too_many = {"text": "a cat", "limit": 2}
    refused = await local_cloud.post("ai/Generate", too_many, headers=headers)
    assert refused.status_code == 400
    drawn = await local_cloud.post("ai/Generate", too_many | {"limit": 1}, headers=headers)
    assert drawn.headers["usage-cost"] == "0.05"


async def test_who_leaves_early_pays_for_what_was_said(local_cloud: LocalCloud):
    await sell(local_cloud)
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    request = json.dumps({"prompt": "a " * 100})
    async with local_cloud.client.stream(
        "POST", "/v1/ai/Stream", content=request, headers=headers
    ) as response:
        async for line in response.aiter_lines():
            if line.strip():
                break

    async def paid() -> bool:
        spent = before - await balance_of(local_cloud, headers)
        return 50 * 100 <= spent < 300 * 500

    await eventually(paid)


async def test_a_stream_that_breaks_costs_nothing(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch):
    await sell(local_cloud)
    headers = await customer(local_cloud)
    before = await balance_of(local_cloud, headers)
    monkeypatch.setattr("brickyard.services.ai.openai_api.DONE", b"[NEVER]")
    pieces = await streamed(local_cloud, MONA_LISA, headers=headers)
    assert pieces[-1]["code"] == 503
    assert await balance_of(local_cloud, headers) == before


async def test_a_silent_provider_is_not_waited_for(
    local_cloud: LocalCloud, outside: Outside, monkeypatch: pytest.MonkeyPatch
):
    hurry(monkeypatch, 0.5)
    await set_up(local_cloud, OPENAI)
    double_of(outside, "openai").faults.extend(["slow", "slow"])
    response = await local_cloud.post("ai/Chat", MONA_LISA)
    double_of(outside, "openai").faults.clear()
    assert [each["kind"] for each in response.json()["tried"]] == ["timeout"]


async def test_what_a_model_will_not_say_is_told(local_cloud: LocalCloud):
    await set_up(local_cloud, GOOGLE)
    reply = await local_cloud.call("ai/Chat", {"prompt": "how do I make a bomb"})
    assert (reply["reply"], reply["ended"]) == ("", "refused")
    (last,) = await streamed(local_cloud, {"prompt": "how do I make a bomb"})
    assert (last["partial"], last["ended"]) == (False, "refused")


async def test_calls_at_once_do_not_mix(local_cloud: LocalCloud):
    await set_up(local_cloud, OPENAI)
    prompts = [f"number {number}" for number in range(20)]
    replies = await asyncio.gather(*[local_cloud.call("ai/Chat", {"prompt": each}) for each in prompts])
    assert [each["reply"] for each in replies] == [f"You said: {each}" for each in prompts]


def compatible(url: str) -> dict[str, Any]:
    credentials = {"url": url, "default_model": "gpt-6-luna", "api_key": openai.KEY}
    return {"service": "ai", "provider": "openai_compatible", "credentials": credentials}


async def test_a_server_of_ones_own_is_asked_if_the_operator_allows_it(
    local_cloud: LocalCloud, outside: Outside
):
    await local_cloud.call("provider/Set", compatible(f"{double_of(outside, 'openai').url}/v1"))
    response = await local_cloud.post("ai/Chat", MONA_LISA)
    assert response.json()["reply"] == "Leonardo da Vinci."
    assert response.headers["provider"] == "openai_compatible"
    *_, last = await streamed(local_cloud, MONA_LISA)
    assert last["words"] == ["Leonardo da Vinci."]
    assert (await local_cloud.call("provider/Check", {"service": "ai", "provider": "openai_compatible"}))[
        "ok"
    ]


@pytest.mark.parametrize(
    "end",
    ["/api/pull?x=", "/api/pull#", "/v1?", "/v1\n", "/v1\r\nHost: a", "/v 1", "/v1\\", "@example.com/v1"],
)
async def test_a_url_leads_to_an_api_and_to_nothing_else_there(
    end: str, local_cloud: LocalCloud, outside: Outside
):
    double = double_of(outside, "openai")
    response = await local_cloud.post("provider/Set", compatible(double.url + end))
    assert response.status_code == 400, response.text
    assert openai.KEY not in response.text


async def test_whose_server_makes_no_embeddings_has_them_of_the_clouds_own_model(
    local_cloud: LocalCloud, nobody: str
):
    """A server that is set up for chat takes nothing away; but one that failed is not replaced in silence."""
    place = {"service": "ai", "provider": "openai_compatible"}
    credentials = {"url": f"{nobody}/v1", "default_model": "m"}
    await local_cloud.call("provider/Set", {**place, "credentials": credentials})
    response = await local_cloud.post("ai/Embed", {"text": "A cat"})
    assert response.json()["model"] == "multilingual-e5-small", response.text
    credentials["embedding_model"] = "other"
    await local_cloud.call("provider/Set", {**place, "credentials": credentials})
    response = await local_cloud.post("ai/Embed", {"text": "A cat"})
    assert response.status_code == 503
    assert response.json()["tried"][0]["provider"] == "openai_compatible"


class TestOnAPublicCloud:
    @pytest.fixture
    def settings(self, settings: Settings, outside: Outside) -> Settings:
        reaching = outside.reached_by(settings)
        return replace(reaching, egress_allow_tenants=type(settings.egress_allow_tenants)())

    async def test_what_the_operator_may_reach_is_reached_with_the_clouds_credentials_alone(
        self, local_cloud: LocalCloud, outside: Outside, monkeypatch: pytest.MonkeyPatch
    ):
        own = compatible(f"{double_of(outside, 'openai').url}/v1")
        await local_cloud.call("provider/Set", {**own, "cloud": True})
        response = await local_cloud.post("ai/Chat", MONA_LISA)
        assert response.headers["provider"] == "openai_compatible"
        refused = await local_cloud.post("provider/Set", own)
        assert refused.status_code == 400
        assert "BRICKYARD_EGRESS_ALLOW_TENANTS" in refused.text
        with monkeypatch.context() as before:  # as by a name that leads there
            before.setattr(OpenAiCompatibleCredentials, "check", lambda *_: None)
            await local_cloud.call("provider/Set", own)
        response = await local_cloud.post("ai/Chat", MONA_LISA)
        assert response.status_code == 503
        assert "BRICKYARD_EGRESS_ALLOW_TENANTS" in response.json()["tried"][0]["detail"]

    @pytest.mark.parametrize(
        "url",
        [
            "{double}/v1",
            "http://localhost:11434/v1",
            "http://169.254.169.254/latest",
            "http://[::1]/v1",
            "http://0x7f000001/v1",
            "http://10.0.0.1/v1",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "http://user@127.0.0.1/v1",
        ],
    )
    async def test_addresses_of_this_machine_are_not_reached(
        self, url: str, local_cloud: LocalCloud, outside: Outside
    ):
        double = double_of(outside, "openai")
        asked = len(double.asked)
        stored = await local_cloud.post("provider/Set", compatible(url.format(double=double.url)))
        if stored.status_code == 200:
            response = await local_cloud.post("ai/Chat", MONA_LISA)
            assert response.status_code == 503, response.text
            tried = {each["provider"]: each["kind"] for each in response.json()["tried"]}
            assert tried["openai_compatible"] in {"unreachable", "busy"}
        else:
            assert stored.status_code == 400
        assert len(double.asked) == asked
