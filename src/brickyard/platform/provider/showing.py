"""A provider, as people are shown it."""

from typing import Literal

import msgspec

from brickyard.contract.prose import field_prose
from brickyard.platform.provider.contract import AboutProvider, FieldInfo, ProviderInfo
from brickyard.providers.choice import Candidate
from brickyard.providers.credentials import fields_of
from brickyard.providers.folder import Provider
from brickyard.providers.market import Broker


def info(provider: Provider, candidate: Candidate | None, asked: int, broker: Broker) -> ProviderInfo:
    """Show a provider; `candidate` says by whose credentials it would be asked."""
    credential = candidate.credential if candidate else None
    health = broker.shown(
        provider, credential.id if credential else "", own=candidate is not None and candidate.own
    )
    return ProviderInfo(
        **msgspec.structs.asdict(about(provider)),
        set_by=_set_by(candidate),
        asked=asked,
        state=health.state,
        answered=health.answered,
        failed=health.failed,
        last_failure=health.last_failure,
        median_ms=health.median_ms,
    )


def about(provider: Provider) -> AboutProvider:
    """Say who a provider is, whatever is set up."""
    told = provider.about
    return AboutProvider(
        service=provider.service,
        name=provider.name,
        title=told.title,
        does=[task.name for task in provider.tasks],
        limits=told.limits,
        source=told.source,
        licence=told.licence,
        vintage=told.vintage,
        docs=told.docs,
        credentials=needed(provider),
    )


def needed(provider: Provider) -> list[FieldInfo]:
    """Say what a provider has to be shown."""
    prose = field_prose(provider.credentials)
    return [
        FieldInfo(
            name=each.name, secret=each.secret, required=each.required, description=prose.get(each.name, "")
        )
        for each in fields_of(provider.credentials)
    ]


def _set_by(candidate: Candidate | None) -> Literal["", "project", "cloud"]:
    if candidate is None or candidate.credential is None:
        return ""
    return "project" if candidate.own else "cloud"
