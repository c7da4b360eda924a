"""OpenAI, as https://developers.openai.com/api/reference describes it."""

import json
from typing import Any

from aiohttp import web

from provider_fake import Fake

KEY = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"
CHAT = {"gpt-6-luna", "gpt-6.2-sol", "gpt-4o"}
CHAT_FIELDS = {
    *("model", "messages", "max_completion_tokens", "max_tokens", "temperature", "stream", "stream_options"),
    "reasoning_effort",
}
IMAGE_FIELDS = {"model", "prompt", "n", "size", "quality", "response_format"}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def refusal(status: int, kind: str, code: str | None, message: str) -> web.Response:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return web.json_response({"error": error}, status=status)


def unauthorized(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization") == f"Bearer {KEY}":
        return None
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    message = f"Incorrect API key provided: {shown}."  # it repeats what it was shown
    return refusal(401, "invalid_request_error", "invalid_api_key", message)


def invalid(message: str) -> web.Response:
    return refusal(400, "invalid_request_error", None, message)


def fault_of(body: dict[str, Any]) -> web.Response | None:  # noqa: PLR0911, C901 - one for each
    if unknown := set(body) - CHAT_FIELDS:
        return invalid(f"Unrecognized request arguments: {unknown}")
    if body.get("model") not in CHAT:
        message = f"The model `{body.get('model')}` does not exist or you do not have access to it."
        return refusal(404, "invalid_request_error", "model_not_found", message)
    messages = body.get("messages")
    if not messages:
        return invalid("'messages' is a required property")
    for each in messages:
        if set(each) != {"role", "content"} or each["role"] not in {"system", "user", "assistant"}:
            return invalid(f"Invalid message: {each}")
        if not isinstance(each["content"], str) or not each["content"]:
            return invalid("Invalid content")
    tokens = body.get("max_completion_tokens", body.get("max_tokens"))
    if not isinstance(tokens, int) or tokens < 1:
        return invalid("Invalid 'max_completion_tokens': integer below minimum value.")
    if not 0 <= body.get("temperature", 1) <= 2:
        return invalid("Invalid 'temperature'")
    if "temperature" in body and body["model"].startswith("gpt-6") and body.get("reasoning_effort") != "none":
        return invalid("Unsupported value: 'temperature' does not support 0.5 with this model.")
    if body.get("stream_options") and not body.get("stream"):
        return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.")
    return None


def answer_to(body: dict[str, Any]) -> tuple[str, str]:
    last = body["messages"][-1]["content"]
    tokens = body.get("max_completion_tokens", body.get("max_tokens"))
    if "Mona Lisa" in last:
        text = "Leonardo da Vinci."
    elif "wek" in last:
        text = "What day of the week is it?"
    else:
        text = " ".join(f"You said: {last[:200]}".split())
    return (text[: 4 * tokens], "length") if len(text) > 4 * tokens else (text, "stop")


def usage_of(body: dict[str, Any], text: str) -> dict[str, int]:
    asked = sum(len(each["content"]) // 4 + 4 for each in body["messages"])
    said = -(-len(text) // 4)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


async def chat(request: web.Request) -> web.StreamResponse:
    if refused := unauthorized(request):
        return refused
    body = await request.json()
    if refused := fault_of(body):
        return refused
    text, reason = answer_to(body)
    model, usage = body["model"], usage_of(body, text)
    if body.get("stream"):
        counted = bool(body.get("stream_options", {}).get("include_usage"))
        return await streamed(request, model, (text, reason), usage if counted else None)
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1_790_000_000, "model": model}
    return web.json_response(whole | {"choices": [choice], "usage": usage})


async def streamed(
    request: web.Request, model: str, said: tuple[str, str], usage: dict[str, int] | None
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    whole = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_790_000_000, "model": model}

    async def send(choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> None:
        event = json.dumps(whole | {"choices": choices, "usage": usage})
        await response.write(f"data: {event}\n\n".encode())

    def choice(delta: dict[str, str], reason: str | None = None) -> list[dict[str, Any]]:
        return [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]

    await send(choice({"role": "assistant", "content": ""}))
    text, reason = said
    for word in text.split(" "):
        await send(choice({"content": word if text.startswith(word) else f" {word}"}))
    await send(choice({}, reason))
    if usage is not None:
        await send([], usage)
    await response.write(b"data: [DONE]\n\n")
    return response


async def embeddings(request: web.Request) -> web.Response:
    if refused := unauthorized(request):
        return refused
    body = await request.json()
    if set(body) - {"model", "input", "encoding_format", "dimensions"} or not body["input"]:
        return invalid("Unrecognized request argument")
    if body["model"] not in {"text-embedding-3-small", "text-embedding-3-large"}:
        return refusal(404, "invalid_request_error", "model_not_found", "The model does not exist.")
    data = [
        {"object": "embedding", "index": number, "embedding": [float(len(text)), 3.0, 4.0]}
        for number, text in enumerate(body["input"])
    ]
    data.reverse()  # it promises no order but that of `index`
    tokens = sum(-(-len(text) // 4) for text in body["input"])
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return web.json_response({"object": "list", "data": data, "model": body["model"], "usage": usage})


async def moderations(request: web.Request) -> web.Response:
    if refused := unauthorized(request):
        return refused
    body = await request.json()
    violent = "kill" in body["input"]
    result = {
        "flagged": violent,
        "categories": {"hate": False, "violence": violent, "self-harm": False, "illicit": None},
        "category_scores": {"hate": 0.0132, "violence": 0.9707 if violent else 0.0001, "self-harm": 0.0002},
    }
    return web.json_response({"id": "modr-1", "model": "omni-moderation-latest", "results": [result]})


async def images(request: web.Request) -> web.Response:
    if refused := unauthorized(request):
        return refused
    body = await request.json()
    if unknown := set(body) - IMAGE_FIELDS:
        return invalid(f"Unknown parameter: {unknown}")
    if not body["model"].startswith("gpt-image-2"):
        message = f"The model `{body['model']}` does not exist or you do not have access to it."
        return refusal(404, "invalid_request_error", "model_not_found", message)
    if "response_format" in body:
        return invalid("Unknown parameter: 'response_format'.")
    width, height = map(int, body["size"].split("x"))
    if width % 16 or height % 16 or not 1 / 3 <= width / height <= 3 or not 1 <= body["n"] <= 10:
        return invalid(f"Invalid value: '{body['size']}'.")
    data = [{"b64_json": PNG} for _ in range(body["n"])]
    return web.json_response({"created": 1_790_000_000, "data": data})


async def models(request: web.Request) -> web.Response:
    if refused := unauthorized(request):
        return refused
    data = [{"id": each, "object": "model", "owned_by": "openai"} for each in sorted(CHAT)]
    return web.json_response({"object": "list", "data": data})


FAKE = Fake(
    service="ai",
    provider="openai",
    origin="https://api.openai.com",
    routes={
        "POST /v1/chat/completions": chat,
        "POST /v1/embeddings": embeddings,
        "POST /v1/moderations": moderations,
        "POST /v1/images/generations": images,
        "GET /v1/models": models,
    },
    credentials={"api_key": KEY},
    wrong_credentials={"api_key": "sk-proj-0000000000000000000000000000000000"},
    documented="https://developers.openai.com/api/reference",
)
