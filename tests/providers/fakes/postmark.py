"""Postmark's Email API, as https://postmarkapp.com/developer/api/email-api describes it."""

import json
from base64 import b64encode
from email.utils import getaddresses
from typing import Any
from uuid import uuid4

from aiohttp import web

from provider_fake import Fake, Happening, Hook

TOKEN = "7a1b2c3d-0000-4000-8000-d0ub1e0f7oke"
HOOK_PASSWORD = "a-password-for-hooks"
EVENTS: dict[str, dict[str, Any]] = {
    "delivered": {"RecordType": "Delivery", "Details": "250 OK"},
    "bounced": {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "Inactive": True}
    | {"Description": "The server was unable to deliver your message", "Details": "550 No such mailbox"},
    "blocked": {"RecordType": "Bounce", "Type": "SoftBounce", "TypeCode": 4096, "Inactive": False}
    | {"Description": "Unable to temporarily deliver message", "Details": "452 The mailbox is full"},
    "delayed": {"RecordType": "Bounce", "Type": "Transient", "TypeCode": 2, "Inactive": False}
    | {"Description": "The server could not temporarily deliver your message.", "Details": "421 later"},
    "complained": {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Inactive": True, "Details": ""},
    "opened": {"RecordType": "Open", "FirstOpen": True, "Platform": "Desktop"},
}
KNOWN = {
    *("From", "To", "Cc", "Bcc", "ReplyTo", "Subject", "TextBody", "HtmlBody", "Metadata", "Attachments"),
    "Headers",
}


def refusal(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"ErrorCode": code, "Message": message}, status=status)


def signed_in(request: web.Request) -> bool:
    return request.headers.get("X-Postmark-Server-Token") == TOKEN


async def send(request: web.Request) -> web.Response:
    if not signed_in(request):
        return refusal(
            401, 10, "The Server Token you provided in the X-Postmark-Server-Token header is invalid."
        )
    body = await request.json()
    if set(body) - KNOWN:
        return refusal(422, 402, "Invalid JSON")
    for field in ("From", "To"):
        found = getaddresses([body.get(field, "")]) if body.get(field) else []
        if not found or not all("@" in address for _, address in found):
            return refusal(422, 300, f"Invalid '{field}' address: '{body.get(field)}'.")
    if "@unsigned.example" in body["From"]:  # a domain that the account has no sender signature for
        return refusal(422, 400, "The 'From' address you supplied is not a Sender Signature on your account.")
    if not body.get("TextBody") and not body.get("HtmlBody"):
        return refusal(422, 300, "Provide either email TextBody or HtmlBody or both.")
    told = {"To": body["To"], "SubmittedAt": "2026-11-20T14:15:00.0000000Z", "ErrorCode": 0, "Message": "OK"}
    return web.json_response(told | {"MessageID": str(uuid4())})


async def server(request: web.Request) -> web.Response:
    if not signed_in(request):
        return refusal(
            401, 10, "The Server Token you provided in the X-Postmark-Server-Token header is invalid."
        )
    return web.json_response({"ID": 1, "Name": "a double"})


def hook(happening: Happening) -> Hook:
    body = EVENTS[happening.what] | {"MessageID": happening.provider_id, "ServerID": 1, "Tag": ""}
    body["Metadata"] = {"message": happening.message} if happening.message else {}
    body["Email" if body["RecordType"] in {"Bounce", "SpamComplaint"} else "Recipient"] = happening.address
    pair = b64encode(f"postmark:{HOOK_PASSWORD}".encode()).decode()
    return Hook(json.dumps(body).encode(), {"Authorization": f"Basic {pair}"})


FAKE = Fake(
    service="email",
    provider="postmark",
    origin="https://api.postmarkapp.com",
    routes={"POST /email": send, "GET /server": server},
    credentials={
        "server_token": TOKEN,
        "sender": "Shop <shop@example.com>",
        "hook_password": HOOK_PASSWORD,
    },
    wrong_credentials={"server_token": "another-token", "sender": "Shop <nobody@example.com>"},
    documented="https://postmarkapp.com/developer/api/overview#error-codes",
    hook=hook,
)
