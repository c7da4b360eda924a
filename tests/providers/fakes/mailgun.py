"""Mailgun's Messages API, as https://documentation.mailgun.com describes it."""

import hmac
import json
from base64 import b64decode
from email import message_from_bytes
from email.message import Message
from itertools import count
from typing import Any

from aiohttp import web

from provider_fake import Fake, Happening, Hook

KEY, DOMAIN = "key-double0fakey0123456789abcdef", "mg.example.com"
SIGNING_KEY = "a-key-that-signs-webhooks"
EVENTS: dict[str, dict[str, Any]] = {
    "delivered": {"event": "delivered", "delivery-status": {"code": 250, "message": "OK"}},
    "bounced": {"event": "failed", "severity": "permanent", "reason": "bounce"}
    | {"delivery-status": {"code": 550, "message": "5.1.1 No such mailbox", "description": ""}},
    "blocked": {"event": "failed", "severity": "permanent", "reason": "generic"}
    | {"delivery-status": {"code": 552, "message": "", "description": "Not accepted for policy reasons"}},
    "delayed": {"event": "failed", "severity": "temporary", "reason": "generic"}
    | {"delivery-status": {"code": 452, "message": "Too many", "retry-seconds": 600}},
    "complained": {"event": "complained"},
    "opened": {"event": "opened", "client-info": {"client-os": "Linux"}},
}
_numbers = count(1)


def signed_in(request: web.Request) -> bool:
    kind, _, pair = request.headers.get("Authorization", "").partition(" ")
    return kind == "Basic" and b64decode(pair).decode() == f"api:{KEY}"


def parts_of(kind: str, body: bytes) -> tuple[list[str], Message | None]:
    """Read a form: its recipients, and its message."""
    form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    to: list[str] = []
    message: Message | None = None
    for part in form.get_payload():
        name = part.get_param("name", header="content-disposition")
        if name == "to":
            to.append(part.get_payload())
        elif name == "message":
            of_its_kind = part.get_content_type() == "message/rfc822"
            message = (
                part.get_payload(0) if of_its_kind else message_from_bytes(part.get_payload(decode=True))
            )
    return to, message


async def send(request: web.Request) -> web.Response:
    if not signed_in(request):
        return web.json_response({"message": "Invalid private key"}, status=401)
    if request.match_info["domain"] != DOMAIN:
        return web.json_response({"message": "Domain not found: " + request.match_info["domain"]}, status=404)
    to, message = parts_of(request.headers["Content-Type"], await request.read())
    if not to or not all("@" in each for each in to):
        return web.json_response({"message": "to parameter is not a valid address."}, status=400)
    if message is None:
        return web.json_response({"message": "message parameter is missing"}, status=400)
    if not message["From"] or not message["To"]:
        return web.json_response({"message": "from parameter is missing"}, status=400)
    return web.json_response({"id": f"<{next(_numbers)}@{DOMAIN}>", "message": "Queued. Thank you."})


async def domain(request: web.Request) -> web.Response:
    if not signed_in(request):
        return web.json_response({"message": "Invalid private key"}, status=401)
    return web.json_response({"domain": {"name": DOMAIN, "state": "active"}})


def hook(happening: Happening) -> Hook:
    event = EVENTS[happening.what] | {"recipient": happening.address, "timestamp": happening.at_s + 0.5}
    event["message"] = {"headers": {"message-id": happening.provider_id.strip("<>"), "to": "somebody"}}
    event["user-variables"] = {"message": happening.message} if happening.message else {}
    signature = {"timestamp": str(happening.at_s), "token": f"{next(_numbers):050x}"}
    signed = (signature["timestamp"] + signature["token"]).encode()
    signature["signature"] = hmac.new(SIGNING_KEY.encode(), signed, "sha256").hexdigest()
    return Hook(json.dumps({"signature": signature, "event-data": event}).encode(), {})


FAKE = Fake(
    service="email",
    provider="mailgun",
    origin="https://api.mailgun.net",
    routes={"POST /v3/{domain}/messages.mime": send, "GET /v4/domains/{domain}": domain},
    credentials={
        "api_key": KEY,
        "domain": DOMAIN,
        "sender": "Shop <shop@mg.example.com>",
        "signing_key": SIGNING_KEY,
    },
    wrong_credentials={"api_key": "key-another", "domain": DOMAIN, "sender": "Shop <shop@mg.example.com>"},
    documented="https://documentation.mailgun.com/docs/mailgun/api-reference/",
    hook=hook,
)
