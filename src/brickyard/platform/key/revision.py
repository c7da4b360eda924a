"""From what a request says of a key to its settings."""

from typing import Any

from msgspec.structs import replace

from brickyard.contract import BadRequest, Money, usd
from brickyard.platform.key.contract import CreateRequest, UpdateRequest
from brickyard.platform.key.record import KeySettings
from brickyard.platform.moment import future_ns

LOCAL = frozenset(("localhost", "127.0.0.1", "[::1]"))
"""Hosts whose pages may come without TLS: nobody stands between."""


def revised(settings: KeySettings, request: CreateRequest | UpdateRequest, now_ns: int) -> KeySettings:
    """Give `settings` as `request` wants them; what it leaves out stays as it is."""
    changed: dict[str, Any] = {}
    for name in ("description", "scopes", "origins"):
        if getattr(request, name) is not None:
            changed[name] = getattr(request, name)
    if request.expires_at is not None:
        lifted = request.expires_at == "" and isinstance(request, UpdateRequest)
        changed["expires_ns"] = None if lifted else future_ns(request.expires_at, "/expires_at", now_ns)
    if request.rate_limit_per_s is not None:
        changed["rate_limit_per_s"] = request.rate_limit_per_s or None
    if request.monthly_budget is not None:
        changed["monthly_budget"] = _budget(request.monthly_budget)
    return replace(settings, **changed)


def check_origins(settings: KeySettings) -> None:
    """Raise `BadRequest` unless just the publishable keys have origins, all of which browsers can send."""
    if settings.kind == "secret" and settings.origins:
        raise BadRequest.at("/origins", "Only a publishable key is bound to origins: a server sends none.")
    if settings.kind == "publishable" and not settings.origins:
        raise BadRequest.at("/origins", "Say from which pages it may call: https://shop.example.")
    for origin in settings.origins:
        scheme, _, host = origin.partition("://")
        if origin != origin.lower().strip() or not origin.isascii() or "*" in origin:
            raise BadRequest.at("/origins", f"{origin!r} is not as browsers send it: https://shop.example.")
        if scheme == "http" and host.rpartition(":")[0] not in LOCAL and host not in LOCAL:
            raise BadRequest.at(
                "/origins", f"{origin!r} must begin with https://: pages can be swapped else."
            )


def _budget(text: str) -> Money | None:
    if not text:
        return None
    budget = usd(text)
    if not budget or text != text.strip():  # the schema's `$` lets a line break through
        raise BadRequest.at("/monthly_budget", f"{text!r} is no amount of dollars above 0.")
    return budget
