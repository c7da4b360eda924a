"""Amazon SES's API version 2 and SNS, as their references at https://docs.aws.amazon.com describe them."""

import hmac
import json
import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from itertools import count
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from provider_fake import Fake, Happening, Hook

REGION, KEY_ID, SECRET = "us-east-1", "AKIDOFADOUBLE0000000", "secret/of+a/double/0123456789abcdef00000"
HOST, SNS = f"email.{REGION}.amazonaws.com", f"https://sns.{REGION}.amazonaws.com"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:mail"
CERTIFICATE = "SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<scope>\d{8}/[a-z0-9-]+/ses/aws4_request),"
    r" SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
KNOWN = {"Content", "Destination", "EmailTags", "ConfigurationSetName"}
CONFIGURATION_SET = "shop"
DESTINATIONS = {"ToAddresses", "CcAddresses", "BccAddresses"}
ACCOUNT = {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY"}
SIGNER = rsa.generate_private_key(65537, 2048)
_numbers = count(1)


def refusal(status: int, name: str, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status, headers={"x-amzn-ErrorType": name})


async def signature_of(request: web.Request, names: str, scope: str) -> str:
    """Sign a request as it came, the way the reference tells it step by step."""
    lines = [f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";")]
    canonical = f"{request.method}\n{request.rel_url.raw_path}\n{request.rel_url.raw_query_string}\n"
    canonical += "".join(lines) + f"\n{names}\n{sha256(await request.read()).hexdigest()}"
    text = f"AWS4-HMAC-SHA256\n{request.headers['X-Amz-Date']}\n{scope}\n"
    text += sha256(canonical.encode()).hexdigest()
    key = ("AWS4" + SECRET).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return hmac.new(key, text.encode(), sha256).hexdigest()


async def unsigned(request: web.Request) -> web.Response | None:
    """Refuse a request that is not signed well; None if it is."""
    given = AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if given is None:
        return refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    if given["id"] != KEY_ID:
        return refusal(403, "UnrecognizedClientException", "The security token included is invalid.")
    needed = {"host", "x-amz-date"} | ({"content-type"} if "Content-Type" in request.headers else set())
    scope = f"{request.headers['X-Amz-Date'][:8]}/{REGION}/ses/aws4_request"
    named = given["names"].split(";")
    if not needed <= set(named) or named != sorted(named) or given["scope"] != scope:
        return refusal(403, "IncompleteSignatureException", "Not all that has to be signed is.")
    if request.headers["Host"] != HOST:
        return refusal(403, "InvalidSignatureException", f"Credential should be scoped to {HOST}.")
    if await signature_of(request, given["names"], scope) != given["signature"]:
        return refusal(403, "InvalidSignatureException", "The request signature does not match.")
    return None


def fault(body: dict[str, Any]) -> tuple[int, str, str] | None:
    """Say what the real one would find wrong."""
    destination = body.get("Destination", {})
    people = [each for kind in destination.values() for each in kind]
    if set(body) - KNOWN or set(destination) - DESTINATIONS or not people or len(people) > 50:
        return 400, "BadRequestException", "1 validation error detected"
    if not all(re.fullmatch(r"[!-~]+@[!-~]+", each) for each in people):
        return 400, "BadRequestException", "Illegal address"
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", tag["Value"]) for tag in body.get("EmailTags", ())):
        return 400, "BadRequestException", "Invalid tag value"
    if body.get("ConfigurationSetName", CONFIGURATION_SET) != CONFIGURATION_SET:
        return 404, "NotFoundException", "Configuration set does not exist."
    why = rejection(message_from_bytes(b64decode(body["Content"]["Raw"]["Data"], validate=True)))
    return (400, "MessageRejected", why) if why else None


def rejection(message: Message) -> str:
    """Say why a message is not taken; empty if it is."""
    if not message["From"] or not message["To"] or message["Bcc"]:
        return "Missing required header 'From'."
    if message["From"].rstrip(">").endswith(("@unverified.example", "@unsigned.example")):
        return "Email address is not verified. The following identities failed the check"
    return "Transaction failed: Expected disposition" if message["Subject"] == "a virus" else ""


async def send(request: web.Request) -> web.Response:
    if refused := await unsigned(request):
        return refused
    if request.content_type != "application/json":
        return refusal(400, "SerializationException", "It is no JSON.")
    if found := fault(await request.json()):
        return refusal(*found)
    return web.json_response({"MessageId": f"0100018{next(_numbers):09x}-60fa-4b43-8d4d-9e9a2e3f6a5c-000000"})


async def account(request: web.Request) -> web.Response:
    if refused := await unsigned(request):
        return refused
    return web.json_response(ACCOUNT)


def certificate_of(key: rsa.RSAPrivateKey) -> bytes:
    """Give a certificate as SNS publishes it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=30))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


PEM = certificate_of(SIGNER)


async def certificate(_: web.Request) -> web.Response:
    return web.Response(body=PEM, content_type="application/x-pem-file")


async def confirm(request: web.Request) -> web.Response:
    if request.query.get("Action") != "ConfirmSubscription" or not request.query.get("Token"):
        return web.Response(status=400, text="<ErrorResponse/>")
    return web.Response(text="<ConfirmSubscriptionResponse/>", content_type="text/xml")


SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}


def posted(key: rsa.RSAPrivateKey = SIGNER, **fields: str) -> Hook:
    """Sign a message as SNS does; `fields` are those that differ from a notification's."""
    body = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Timestamp": "2026-11-20T14:15:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": f"{SNS}/{CERTIFICATE}",
        "UnsubscribeURL": f"{SNS}/?Action=Unsubscribe",
        **fields,
    }
    text = "".join(f"{name}\n{body[name]}\n" for name in SIGNED[body["Type"]] if name in body)
    body["Signature"] = b64encode(key.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()
    return Hook(json.dumps(body).encode(), {"x-amz-sns-message-type": body["Type"]})


def confirmation(**fields: str) -> Hook:
    """Ask whether an address wants to be told what a topic has."""
    url = f"{SNS}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
    asked = {"Type": "SubscriptionConfirmation", "Token": "2336412f37", "SubscribeURL": url}
    return posted(**{**asked, "Message": "You have chosen to subscribe to the topic.", **fields})


def told(happening: Happening) -> dict[str, Any]:
    """Give an event as a configuration set publishes it."""
    people = [{"emailAddress": happening.address}]
    failed = [{"emailAddress": happening.address, "action": "failed", "status": "5.1.1"}]
    failed[0]["diagnosticCode"] = "smtp; 550 5.1.1 No such mailbox"
    events: dict[str, dict[str, Any]] = {
        "delivered": {"eventType": "Delivery", "delivery": {"recipients": [happening.address]}},
        "bounced": {
            "eventType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bounceSubType": "NoEmail", "bouncedRecipients": failed},
        },
        "blocked": {
            "eventType": "Bounce",
            "bounce": {
                "bounceType": "Transient",
                "bounceSubType": "MailboxFull",
                "bouncedRecipients": people,
            },
        },
        "delayed": {
            "eventType": "DeliveryDelay",
            "deliveryDelay": {"delayType": "TransientCommunicationFailure", "delayedRecipients": people},
        },
        "complained": {"eventType": "Complaint", "complaint": {"complainedRecipients": people}},
        "opened": {"eventType": "Open", "open": {"userAgent": "Mozilla/5.0"}},
    }
    tags = {"ses:operation": ["SendRawEmail"]} | (
        {"message": [happening.message]} if happening.message else {}
    )
    mail = {"messageId": happening.provider_id, "destination": [happening.address], "tags": tags}
    return events[happening.what] | {"mail": mail}


def hook(happening: Happening) -> Hook:
    return posted(Message=json.dumps(told(happening)), Subject="Amazon SES Email Event Notification")


CREDENTIALS = {
    "access_key_id": KEY_ID,
    "secret_access_key": SECRET,
    "region": REGION,
    "sender": "Shop <shop@example.com>",
}
FAKE = Fake(
    service="email",
    provider="amazon_ses",
    origin=f"https://{HOST}",
    more_origins=(SNS,),
    routes={
        "POST /v2/email/outbound-emails": send,
        "GET /v2/email/account": account,
        f"GET /{CERTIFICATE}": certificate,
        "GET /": confirm,
    },
    credentials={**CREDENTIALS, "configuration_set": CONFIGURATION_SET, "topic": TOPIC},
    wrong_credentials={**CREDENTIALS, "secret_access_key": "another/secret/of+a/double"},
    documented="https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html",
    hook=hook,
)
