"""Vonage's Messages API, as https://developer.vonage.com/en/api/messages describes it."""

import json
import re
from base64 import b64decode
from hashlib import sha256
from typing import Any
from uuid import uuid4

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import OctKey

from provider_fake import Fake, Hook

KEY, SECRET = "a1b2c3d4", "double0fASecret1"
SIGNATURE_SECRET = "a-signature-secret-of-32-characters!"
KNOWN = {
    *("message_type", "channel", "to", "from", "text", "client_ref", "webhook_url", "webhook_version"),
    *("ttl", "trusted_recipient", "sms"),
}
TEXT_MAX_CHARS = 3200
VERSIONS = {"v0.1", "v1"}
"""Of what it tells later."""
ERROR = {
    "type": "https://developer.vonage.com/api-errors/messages#1260",
    "title": 1260,
    "detail": "Destination unreachable - The message could not be delivered to the phone number.",
    "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
}


def refusal(status: int, title: str, detail: str) -> web.Response:
    kind = f"https://developer.vonage.com/api-errors/messages#{status}"
    body = {"type": kind, "title": title, "detail": detail, "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf"}
    return web.json_response(body, status=status)


def signed_in(request: web.Request) -> bool:
    kind, _, pair = request.headers.get("Authorization", "").partition(" ")
    return kind == "Basic" and b64decode(pair).decode() == f"{KEY}:{SECRET}"


async def send(request: web.Request) -> web.Response:
    if not signed_in(request):
        return refusal(401, "Unauthorized", "You did not provide correct credentials.")
    body = await request.json()
    if set(body) - KNOWN or body.get("message_type") != "text" or body.get("channel") != "sms":
        return refusal(422, "Invalid params", "The value of one or more parameters is invalid.")
    if not re.fullmatch(r"[1-9]\d{6,14}", body.get("to", "")) or not body.get("from"):
        return refusal(422, "Invalid params", "The `to` parameter is invalid.")
    if not 0 < len(body.get("text", "")) <= TEXT_MAX_CHARS or len(body.get("client_ref", "")) > 100:
        return refusal(422, "Invalid params", "The value of one or more parameters is invalid.")
    if "webhook_url" in body and body.get("webhook_version", "v1") not in VERSIONS:
        return refusal(422, "Invalid params", "The `webhook_version` parameter is invalid.")
    return web.json_response({"message_uuid": str(uuid4())}, status=202)


async def secrets(request: web.Request) -> web.Response:
    if not signed_in(request):
        return refusal(401, "Unauthorized", "You did not provide correct credentials.")
    return web.json_response(
        {"_embedded": {"secrets": [{"id": "ad6dc56f", "created_at": "2026-01-01T00:00:00Z"}]}}
    )


def told(message_uuid: str, status: str, secret: str = SIGNATURE_SECRET, **claims: Any) -> Hook:
    """Tell what became of a message, by version 1, signed; `claims` are those that differ."""
    body: dict[str, Any] = {
        "message_uuid": message_uuid,
        "to": "447400123456",
        "from": "Shop",
        "timestamp": "2026-11-20T14:15:00.000Z",
        "status": status,
        "channel": "sms",
        "usage": {"currency": "EUR", "price": "0.0333"},
        "destination": {"network_code": "23410"},
        "sms": {"count_total": "1"},
    }
    if status in {"rejected", "undeliverable"}:
        body["error"] = ERROR
    content = json.dumps(body).encode()
    signed = {
        "iat": 1795184100,
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "iss": "Vonage",
        "payload_hash": sha256(content).hexdigest(),
        "api_key": KEY,
    }
    token = jwt.encode({"alg": "HS256", "typ": "JWT"}, signed | claims, OctKey.import_key(secret))
    return Hook(content, {"Authorization": f"Bearer {token}"})


FAKE = Fake(
    service="sms",
    provider="vonage",
    origin="https://api.nexmo.com",
    routes={"POST /v1/messages": send, "GET /accounts/{key}/secrets": secrets},
    credentials={"api_key": KEY, "api_secret": SECRET, "signature_secret": SIGNATURE_SECRET},
    wrong_credentials={"api_key": KEY, "api_secret": "wrong-secret-00"},
    documented="https://developer.vonage.com/en/api/messages#errors",
)
