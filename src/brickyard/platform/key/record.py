"""A key as it is kept: its settings, and what happened to it. The key itself is not among them."""

import json
from typing import Any

import msgspec

from brickyard.contract import JsonObject, Money
from brickyard.engines.sql import Row, Value
from brickyard.platform.access import Role
from brickyard.platform.caller import Caller, Rate
from brickyard.platform.key.contract import Environment, Kind
from brickyard.platform.moment import timestamp_or_none


class KeySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What its maker says of a key, and a new one takes over when it is rotated."""

    kind: Kind = "secret"
    description: str = ""
    environment: Environment = "live"
    """Which of the project's data it works on."""
    scopes: tuple[str, ...]
    origins: tuple[str, ...] = ()
    """The origins of the pages that may call with it, if it is publishable."""
    role: Role = Role.OWNER
    """What it may do in the control plane: the role of whoever gave it its scopes."""
    expires_ns: int | None = None
    rate_limit_per_s: int | None = None
    monthly_budget: Money | None = None

    def row(self) -> tuple[Value, ...]:
        """Give the values of the columns `SETTINGS`."""
        return (
            self.kind,
            self.description,
            self.environment,
            json.dumps(self.scopes),
            json.dumps(self.origins),
            self.role,
            self.expires_ns,
            self.rate_limit_per_s,
            None if self.monthly_budget is None else int(self.monthly_budget),
        )

    def shown(self) -> JsonObject:
        """Give what an entry of the audit log shows of them."""
        return {
            "kind": self.kind,
            "description": self.description,
            "environment": self.environment,
            "scopes": self.scopes,
            "origins": self.origins,
            "role": self.role,
            "expires_at": timestamp_or_none(self.expires_ns),
            "rate_limit_per_s": self.rate_limit_per_s,
            "monthly_budget": None if self.monthly_budget is None else str(self.monthly_budget),
        }


class Descent(msgspec.Struct, frozen=True):
    """With which other keys a key is counted: each is the id of the first of those. Empty for none but it."""

    lineage: str = ""
    """Under whose its spending and its cap are counted: that of a key before it, or of a bounded maker."""
    rate_bucket: str = ""
    """Under whose its calls are: that of the key whose place it took."""
    rate_within: str = ""
    """Under whose they are besides: the bucket of a maker whose calls a second are bounded."""

    def of(self, key_id: str) -> "Descent":
        """Say it of a key of which it is known by now what it is called."""
        return Descent(self.lineage or key_id, self.rate_bucket or key_id, self.rate_within)


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a key, without the key."""

    id: str
    hint: str
    """The key's beginning and its last four characters."""
    settings: KeySettings
    created_ns: int
    descent: Descent
    revoked_ns: int | None = None
    last_used_ns: int | None = None
    """When it last made a call, to the minute; None if it never did."""


SETTINGS = (
    "kind, description, environment, scopes, origins, role, expires_ns, rate_limit_per_s, monthly_budget"
)
DESCENT = "lineage, rate_bucket, rate_within"
RECORD = f"{SETTINGS}, id, hint, created_ns, revoked_ns, last_used_ns, {DESCENT}"


def settings_of(row: Row) -> KeySettings:
    """Read the columns `SETTINGS`."""
    kind, description, environment, scopes, origins, role, expires_ns, rate_limit_per_s, budget = row
    return KeySettings(
        kind=kind,
        description=description,
        environment=environment,
        scopes=tuple(json.loads(scopes)),
        origins=tuple(json.loads(origins)),
        role=Role(role),
        expires_ns=expires_ns,
        rate_limit_per_s=rate_limit_per_s,
        monthly_budget=None if budget is None else Money(budget),
    )


def record_of(row: Row) -> KeyRecord:
    """Read the columns `RECORD`."""
    id_, hint, created_ns, revoked_ns, last_used_ns, *descent = row[-8:]
    return KeyRecord(
        id=id_,
        hint=hint,
        settings=settings_of(row[:-8]),
        created_ns=created_ns,
        descent=Descent(*descent).of(id_),
        revoked_ns=revoked_ns,
        last_used_ns=last_used_ns,
    )


def caller_of(
    project: str, key_id: str, settings: KeySettings, descent: Descent, rates_within: tuple[Rate, ...]
) -> Caller:
    """Give what a call by a key is told by; `rates_within` are those of its makers, the next first."""
    of_pages: dict[str, Any] = {}
    if settings.kind == "publishable":
        of_pages["origins"] = frozenset(each.encode() for each in settings.origins)
    return Caller(
        project=project,
        environment=settings.environment,
        key_id=key_id,
        lineage=descent.lineage,
        scopes=settings.scopes,
        role=settings.role,
        expires_ns=settings.expires_ns,
        rate_limit_per_s=settings.rate_limit_per_s,
        rate_bucket=descent.rate_bucket,
        rates_within=rates_within,
        monthly_budget=settings.monthly_budget,
        **of_pages,
    )
