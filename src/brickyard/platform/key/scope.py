"""What a key may call: `*` (every building block), a service (`db`), or an endpoint (`db/Read`)."""

import re
from collections.abc import Container, Iterable

EVERYTHING = "*"
OPERATING = frozenset(("admin", "outbox"))
"""Services for the operators of a cloud: the scope of one is theirs to grant."""
FORM = r"\*|[A-Za-z][A-Za-z0-9]*(/[A-Za-z][A-Za-z0-9]*)?"


def covers(scopes: Iterable[str], service: str, endpoint: str, *, control_plane: bool) -> bool:
    """Whether any of `scopes` lets the endpoint be called. Case does not matter.

    `*` leaves out the control plane: a key made for an application cannot make more keys.
    """
    names = {scope.lower() for scope in scopes}
    if EVERYTHING in names and not control_plane:
        return True
    return service in names or f"{service}/{endpoint.lower()}" in names


def grants(held: Iterable[str], wanted: str, *, control_plane: Container[str]) -> bool:
    """Whether one who holds the scopes `held` may hand on the scope `wanted`.

    `*` covers none of the services of the `control_plane`, and so hands none of them on.
    """
    names = {scope.lower() for scope in held}
    service = service_of(wanted)
    return (
        wanted.lower() in names or service in names or (EVERYTHING in names and service not in control_plane)
    )


def well_formed(scope: str) -> bool:
    """Whether a text is a scope."""
    return bool(re.fullmatch(FORM, scope))


def service_of(scope: str) -> str:
    """Give the service that a scope is about; `*` for all."""
    return scope.lower().partition("/")[0]
