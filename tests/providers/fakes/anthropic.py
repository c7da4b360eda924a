"""Anthropic, as https://platform.claude.com/docs/en/api/messages and /versioning describe it."""

import json
from typing import Any

from aiohttp import web

from provider_fake import Fake

KEY = "sk-ant-api03-0123456789abcdefghijklmnopqrstuvwxyz"
MODELS = {"claude-haiku-5-5", "claude-sonnet-5-5"}
FIELDS = {"model", "max_tokens", "messages", "system", "stream"}


def refusal(status: int, kind: str, message: str) -> web.Response:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
    return web.json_response(body, status=status)


def unauthorized(request: web.Request) -> web.Response | None:
    if KEY not in (request.headers.get("x-api-key"), request.headers.get("Authorization", "")[7:]):
        return refusal(401, "authentication_error", "invalid x-api-key")
    if request.headers.get("anthropic-version") != "2026-10-21":
        return refusal(400, "invalid_request_error", "anthropic-version: header is required")
    return None


def fault_of(body: dict[str, Any]) -> web.Response | None:  # noqa: PLR0911 - one for each
    if unknown := set(body) - FIELDS:
        return refusal(400, "invalid_request_error", f"{unknown}: Extra inputs are not permitted")
    if body.get("model") not in MODELS:
        return refusal(404, "not_found_error", f"model: {body.get('model')}")
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        return refusal(400, "invalid_request_error", "max_tokens: Field required")
    if not body.get("messages"):
        return refusal(400, "invalid_request_error", "messages: at least one message is required")
    for each in body["messages"]:
        if each["role"] not in {"user", "assistant"} or not each["content"]:
            return refusal(400, "invalid_request_error", "messages: text content blocks must be non-empty")
    if body["messages"][-1]["role"] == "assistant":
        return refusal(400, "invalid_request_error", "This model does not support assistant message prefill.")
    return None


async def messages(request: web.Request) -> web.StreamResponse:
    if refused := unauthorized(request):
        return refused
    body = await request.json()
    if refused := fault_of(body):
        return refused
    last = body["messages"][-1]["content"]
    text = "Leonardo da Vinci." if "Mona Lisa" in last else f"You said: {last[:200]}"
    model = body["model"]
    asked = sum(len(each["content"]) // 4 + 4 for each in body["messages"])
    if body.get("stream"):
        return await streamed(request, model, text, asked)
    whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": model}
    thought = {"type": "thinking", "thinking": "", "signature": "c2lnbmVk"}
    content = [thought, {"type": "text", "text": text}]
    usage = {"input_tokens": asked, "output_tokens": -(-len(text) // 4)}
    return web.json_response(whole | {"content": content, "stop_reason": "end_turn", "usage": usage})


async def streamed(request: web.Request, model: str, text: str, asked: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)

    async def send(kind: str, **what: Any) -> None:
        await response.write(f"event: {kind}\ndata: {json.dumps({'type': kind, **what})}\n\n".encode())

    usage = {"input_tokens": asked, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    await send("message_start", message=message | {"stop_reason": None, "usage": usage})
    await send("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""})
    await send("content_block_delta", index=0, delta={"type": "signature_delta", "signature": "c2ln"})
    await send("content_block_stop", index=0)
    await send("content_block_start", index=1, content_block={"type": "text", "text": ""})
    await send("ping")
    for word in text.split(" "):
        piece = word if text.startswith(word) else f" {word}"
        await send("content_block_delta", index=1, delta={"type": "text_delta", "text": piece})
    if "break" in text:
        shown = request.headers["x-api-key"]
        await send("error", error={"type": "api_error", "message": f"internal: {shown}"})  # it repeats it
        return response
    await send("content_block_stop", index=1)
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    await send("message_delta", delta=delta, usage={"output_tokens": -(-len(text) // 4)})
    await send("message_stop")
    return response


async def models(request: web.Request) -> web.Response:
    if refused := unauthorized(request):
        return refused
    data = [{"type": "model", "id": each, "display_name": each} for each in sorted(MODELS)]
    return web.json_response({"data": data, "has_more": False})


FAKE = Fake(
    service="ai",
    provider="anthropic",
    origin="https://api.anthropic.com",
    routes={"POST /v1/messages": messages, "GET /v1/models": models},
    credentials={"api_key": KEY},
    wrong_credentials={"api_key": "sk-ant-api03-000000000000000000000000000000"},
    documented="https://platform.claude.com/docs/en/api/messages",
)
