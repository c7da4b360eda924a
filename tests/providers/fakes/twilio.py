"""Twilio, as https://www.twilio.com/docs/messaging/api/message-resource and /docs/api/errors describe it."""

import re
from base64 import b64decode
from itertools import count

from aiohttp import web

from provider_fake import Fake

SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
KNOWN = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback"}
_numbers = count(1)


def refusal(status: int, code: int, message: str) -> web.Response:
    info = f"https://www.twilio.com/docs/errors/{code}"
    return web.json_response(
        {"code": code, "message": message, "more_info": info, "status": status}, status=status
    )


def signed_in(request: web.Request) -> bool:
    kind, _, pair = request.headers.get("Authorization", "").partition(" ")
    return kind == "Basic" and b64decode(pair).decode() == f"{SID}:{TOKEN}"


async def send(request: web.Request) -> web.Response:
    form = await request.post()
    if not signed_in(request) or request.match_info["sid"] != SID:
        return refusal(401, 20003, "Authenticate")
    if set(form) - KNOWN or request.content_type != "application/x-www-form-urlencoded":
        return refusal(400, 20001, "Unknown parameters")
    if not re.fullmatch(r"\+[1-9]\d{6,14}", str(form.get("To", ""))):
        return refusal(400, 21211, f"Invalid 'To' Phone Number: {form.get('To')}")
    if "From" not in form and "MessagingServiceSid" not in form:
        return refusal(400, 21603, "A 'From' phone number is required.")
    if not form.get("Body"):
        return refusal(400, 21602, "Message body is required.")
    sid = f"SM{next(_numbers):032x}"
    body = {"sid": sid, "account_sid": SID, "status": "queued", "to": form["To"], "error_code": None}
    return web.json_response(body | {"num_segments": "1", "price": None, "uri": f"/{sid}.json"}, status=201)


async def account(request: web.Request) -> web.Response:
    if not signed_in(request):
        return refusal(401, 20003, "Authenticate")
    return web.json_response({"sid": SID, "friendly_name": "a double", "status": "active"})


FAKE = Fake(
    service="sms",
    provider="twilio",
    origin="https://api.twilio.com",
    routes={
        "POST /2010-04-01/Accounts/{sid}/Messages.json": send,
        "GET /2010-04-01/Accounts/{sid}.json": account,
    },
    credentials={"account_sid": SID, "auth_token": TOKEN},
    wrong_credentials={"account_sid": SID, "auth_token": "00000000000000000000000000000000"},
    documented="https://www.twilio.com/docs/messaging/api/message-resource",
)
