"""Google's Gemini API, as https://ai.google.dev/api describes it."""

import asyncio
import json
from typing import Any

from aiohttp import web

from provider_fake import Fake

KEY = "AIzaSyA0123456789abcdefghijklmnopqrstuv"
MODELS = {"gemini-3.5-flash-lite", "gemini-3.8-flash"}
FIELDS = {"contents", "systemInstruction", "generationConfig"}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def refusal(status: int, word: str, message: str, reason: str = "") -> web.Response:
    error: dict[str, Any] = {"code": status, "message": message, "status": word}
    if reason:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    return web.json_response({"error": error}, status=status)


def unauthorized(request: web.Request) -> web.Response | None:
    if request.headers.get("x-goog-api-key") == KEY:
        return None
    message = "API key not valid. Please pass a valid API key."
    return refusal(400, "INVALID_ARGUMENT", message, "API_KEY_INVALID")


def fault_of(body: dict[str, Any]) -> web.Response | None:
    if unknown := set(body) - FIELDS:
        return refusal(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. Unknown name {unknown}")
    if not body.get("contents"):
        return refusal(400, "INVALID_ARGUMENT", "contents is not specified")
    for each in body["contents"]:
        if each["role"] not in {"user", "model"} or not all(part["text"] for part in each["parts"]):
            return refusal(400, "INVALID_ARGUMENT", "Please use a valid role: user, model.")
    if body.get("generationConfig", {}).get("maxOutputTokens", 1) < 1:
        return refusal(400, "INVALID_ARGUMENT", "max_output_tokens must be positive.")
    return None


THOUGHTS = 500
"""Tokens of what it thinks before it speaks, if it is to think; then it says a word and stops."""


def event(model: str, text: str, reason: str | None, asked: int, said: int) -> dict[str, Any]:
    content = {"parts": [{"text": text}], "role": "model"}
    candidate: dict[str, Any] = {"content": content, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    usage = {"promptTokenCount": asked, "candidatesTokenCount": said, "totalTokenCount": asked + said}
    if text == "Well":
        usage |= {"thoughtsTokenCount": THOUGHTS, "totalTokenCount": asked + said + THOUGHTS}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model}


async def ask(request: web.Request) -> web.StreamResponse:
    if refused := unauthorized(request):
        return refused
    model, _, verb = request.match_info["what"].partition(":")
    body = await request.json()
    match verb:
        case "generateContent" | "streamGenerateContent" if model in MODELS:
            return fault_of(body) or await generate(request, model, verb, body)
        case "batchEmbedContents" if model == "gemini-embedding-001":
            return embed(body)
        case "generateContent" if model == "gemini-3.1-flash-image":
            return draw(body)
        case _:
            return refusal(404, "NOT_FOUND", f"models/{model} is not found for API version v1")


async def generate(request: web.Request, model: str, verb: str, body: dict[str, Any]) -> web.StreamResponse:
    last = body["contents"][-1]["parts"][0]["text"]
    asked = sum(len(part["text"]) // 4 + 2 for each in body["contents"] for part in each["parts"])
    text = "Leonardo da Vinci." if "Mona Lisa" in last else f"You said: {last[:200]}"
    said = -(-len(text) // 4)
    words = text.split(" ")
    pieces = [event(model, f" {word}", None, asked, said) for word in words]
    pieces[0], pieces[-1] = (
        event(model, words[0], None, asked, said),
        event(model, f" {words[-1]}", "STOP", asked, said),
    )
    whole = event(model, text, "STOP", asked, said)
    if "bomb" in last:
        usage = {"promptTokenCount": asked, "totalTokenCount": asked}
        whole = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": usage}
        pieces = [whole]
    if "think" in last:
        pieces.insert(0, event(model, "Well", None, asked, said))
    if verb == "generateContent":
        return web.json_response(whole)
    if request.query.get("alt") != "sse":
        return refusal(400, "INVALID_ARGUMENT", "this double streams server-sent events alone")
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for piece in pieces:
        await response.write(f"data: {json.dumps(piece)}\r\n\r\n".encode())
        if "think" in last:
            await asyncio.Event().wait()
    return response


def embed(body: dict[str, Any]) -> web.Response:
    vectors: list[dict[str, Any]] = []
    for each in body["requests"]:
        if each["model"] != "models/gemini-embedding-001" or each["taskType"] not in {
            "RETRIEVAL_DOCUMENT",
            "RETRIEVAL_QUERY",
        }:
            return refusal(400, "INVALID_ARGUMENT", "Invalid request")
        vectors.append({"values": [float(len(each["content"]["parts"][0]["text"])), 3.0, 4.0]})
    return web.json_response({"embeddings": vectors})


def draw(body: dict[str, Any]) -> web.Response:
    settings = body["generationConfig"]
    if settings["responseModalities"] != ["IMAGE"] or ":" not in settings["imageConfig"]["aspectRatio"]:
        return refusal(400, "INVALID_ARGUMENT", "Invalid aspect ratio")
    content = {"role": "model", "parts": [{"inlineData": {"mimeType": "image/png", "data": PNG}}]}
    candidate = {"content": content, "index": 0, "finishReason": "STOP"}
    return web.json_response({"candidates": [candidate], "modelVersion": "gemini-3.1-flash-image"})


async def models(request: web.Request) -> web.Response:
    if refused := unauthorized(request):
        return refused
    return web.json_response({"models": [{"name": f"models/{each}"} for each in sorted(MODELS)]})


FAKE = Fake(
    service="ai",
    provider="google",
    origin="https://generativelanguage.googleapis.com",
    routes={"POST /v1/models/{what}": ask, "GET /v1/models": models},
    credentials={"api_key": KEY},
    wrong_credentials={"api_key": "AIzaSyA0000000000000000000000000000000"},
    documented="https://ai.google.dev/api",
)
