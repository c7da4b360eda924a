"""SendGrid, as its page on the v3 API "Mail Send" describes it."""

import json
from base64 import b64decode, b64encode
from itertools import count
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from provider_fake import Fake, Happening, Hook

KEY = "SG.double-of-a-key.0123456789abcdef"
KNOWN = {
    "personalizations",
    "from",
    "reply_to",
    "subject",
    "content",
    "attachments",
    "custom_args",
    "headers",
}
UNSIGNED = "@unsigned.example"
"""A domain that the account has no sender identity for."""
SIGNER = ec.generate_private_key(ec.SECP256R1())
EVENTS: dict[str, dict[str, str]] = {
    "delivered": {"event": "delivered", "response": "250 OK"},
    "bounced": {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 No such mailbox"},
    "blocked": {"event": "bounce", "type": "blocked", "status": "4.7.1", "reason": "450 Not from there"},
    "delayed": {"event": "deferred", "response": "400 try again later", "attempt": "5"},
    "complained": {"event": "spamreport"},
    "opened": {"event": "open", "useragent": "Mozilla/5.0"},
}
_numbers = count(1)


def refusal(status: int, message: str, field: str | None = None) -> web.Response:
    return web.json_response({"errors": [{"message": message, "field": field, "help": None}]}, status=status)


def signed_in(request: web.Request) -> bool:
    return request.headers.get("Authorization") == f"Bearer {KEY}"


def fault(body: dict[str, Any]) -> str:
    """Say what the real one would find wrong."""
    if set(body) - KNOWN:
        return f"Additional property {min(set(body) - KNOWN)} is not allowed"
    people = body["personalizations"][0]
    if not people.get("to") or not all("@" in each["email"] for each in people["to"]):
        return "The to array is required for all personalization objects"
    everybody = [each["email"].lower() for kind in people.values() for each in kind]
    if len(set(everybody)) < len(everybody):
        return "Each email address in the personalization block should be unique between to, cc, and bcc."
    if [each["type"] for each in body["content"]] not in (
        ["text/plain"],
        ["text/html"],
        ["text/plain", "text/html"],
    ):
        return "text/plain must be first, then text/html"
    for each in body.get("attachments", ()):
        b64decode(each["content"], validate=True)
    return "" if body["subject"] and "@" in body["from"]["email"] else "The from object must be provided"


async def send(request: web.Request) -> web.Response:
    if not signed_in(request):
        return refusal(401, "The provided authorization grant is invalid, expired, or revoked")
    if (await request.json())["from"]["email"].endswith(UNSIGNED):
        return refusal(403, "The from address does not match a verified Sender Identity.", "from")
    if found := fault(await request.json()):
        return refusal(400, found)
    return web.Response(status=202, headers={"X-Message-Id": f"sg-{next(_numbers)}"})


async def scopes(request: web.Request) -> web.Response:
    if not signed_in(request):
        return refusal(401, "The provided authorization grant is invalid, expired, or revoked")
    return web.json_response({"scopes": ["mail.send"]})


def told(happening: Happening) -> dict[str, Any]:
    """Give an event as the event webhook has it."""
    message_id = f"{happening.provider_id}.recvd-64c7f5d5-1-5F0C-7.0" if happening.provider_id else None
    event = {"email": happening.address, "timestamp": happening.at_s, "sg_event_id": "ZGVsaXZlcmVk"}
    event |= EVENTS[happening.what]
    event |= {"sg_message_id": message_id} if message_id else {}
    return event | ({"message": happening.message} if happening.message else {})


def signed(events: list[Any], at_s: int) -> Hook:
    """Sign a batch of events."""
    body = json.dumps(events).encode() + b"\r\n"
    signature = SIGNER.sign(str(at_s).encode() + body, ec.ECDSA(SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": str(at_s),
    }
    return Hook(body, headers)


def hook(happening: Happening) -> Hook:
    return signed([told(happening)], happening.at_s)


FAKE = Fake(
    service="email",
    provider="sendgrid",
    origin="https://api.sendgrid.com",
    routes={"POST /v3/mail/send": send, "GET /v3/scopes": scopes},
    credentials={
        "api_key": KEY,
        "sender": "Shop <shop@example.com>",
        "verification_key": b64encode(
            SIGNER.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode(),
    },
    wrong_credentials={"api_key": "SG.another-key", "sender": "Shop <nobody@example.com>"},
    documented="https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors",
    hook=hook,
)
