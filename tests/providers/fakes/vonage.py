"""Vonage's Messages API, as https://developer.vonage.com/en/api/messages describes it."""

import re
from base64 import b64decode
from uuid import uuid4

from aiohttp import web

from provider_fake import Fake

KEY, SECRET = "a1b2c3d4", "double0fASecret1"
SIGNATURE_SECRET = "a-signature-secret-of-32-characters!"
KNOWN = {"message_type", "channel", "to", "from", "text", "client_ref", "webhook_url", "webhook_version"}


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
    return web.json_response({"message_uuid": str(uuid4())}, status=202)


async def secrets(request: web.Request) -> web.Response:
    if not signed_in(request):
        return refusal(401, "Unauthorized", "You did not provide correct credentials.")
    return web.json_response(
        {"_embedded": {"secrets": [{"id": "ad6dc56f", "created_at": "2026-01-01T00:00:00Z"}]}}
    )


FAKE = Fake(
    service="sms",
    provider="vonage",
    origin="https://api.nexmo.com",
    routes={"POST /v1/messages": send, "GET /accounts/{key}/secrets": secrets},
    credentials={"api_key": KEY, "api_secret": SECRET, "signature_secret": SIGNATURE_SECRET},
    wrong_credentials={"api_key": KEY, "api_secret": "wrong-secret-00"},
    documented="https://developer.vonage.com/en/api/messages#errors",
)
