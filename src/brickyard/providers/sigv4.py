"""AWS Signature Version 4, in headers: how Amazon's services know who asks them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

It is our own for want of a library: Amazon's (aws-sdk-signers) needs a newer Python, and botocore, of which
this would be one call, brings 17 MB of what describes all of Amazon's services.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from brickyard.providers.credentials import Secret

ALGORITHM = "AWS4-HMAC-SHA256"


class AccessKey(msgspec.Struct, frozen=True):
    """Who asks, and whom."""

    id: str
    secret: Secret
    region: str
    """Such as `eu-west-1`."""
    service: str
    """As signatures name it: `ses`."""


class Unsigned(msgspec.Struct, frozen=True):
    """A request to be signed."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def signed(request: Unsigned, key: AccessKey, now_s: int) -> dict[str, str]:
    """Give a request's headers, with those that sign it: it has to be sent as it is, within five minutes."""
    moment = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**request.headers, "Host": urlsplit(request.url).netloc, "X-Amz-Date": moment}
    scope = "/".join((moment[:8], key.region, key.service, "aws4_request"))
    to_sign = "\n".join((ALGORITHM, moment, scope, _hashed(_canonical(request, headers).encode())))
    signature = hmac.digest(_signing_key(key, scope), to_sign.encode(), "sha256").hex()
    names = ";".join(sorted(name.lower() for name in headers))
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _canonical(request: Unsigned, headers: Mapping[str, str]) -> str:
    """Write a request in the one form that both sides can make of it."""
    url = urlsplit(request.url)
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(url.query, keep_blank_values=True)
    )
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    return "\n".join(
        (
            request.method,
            quote(url.path or "/", safe="/-_.~"),  # once more than in the URL
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{value}" for name, value in lines),
            "",
            ";".join(name for name, _ in lines),
            _hashed(request.body),
        )
    )


def _signing_key(key: AccessKey, scope: str) -> bytes:
    made = b"AWS4" + key.secret.encode()
    for part in scope.split("/"):
        made = hmac.digest(made, part.encode(), "sha256")
    return made


def _hashed(content: bytes) -> str:
    return sha256(content).hexdigest()
