"""What a key may call: `*` (every building block), a service (`db`), or an endpoint (`db/Read`)."""

import re
from collections.abc import Iterable

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


def well_formed(scope: str) -> bool:
    """Whether a text is a scope."""
    return bool(re.fullmatch(FORM, scope))


def service_of(scope: str) -> str:
    """Give the service that a scope is about; `*` for all."""
    return scope.lower().partition("/")[0]


class Scopes:
    """What scopes mean in a catalog."""

    def __init__(self, control_plane: Iterable[str]) -> None:
        """Know the names of the services of the control plane."""
        self._control_plane = frozenset(control_plane)

    def manages(self, scope: str) -> bool:
        """Whether a scope reaches into the control plane."""
        return service_of(scope) in self._control_plane

    def grants(self, held: Iterable[str], wanted: str) -> bool:
        """Whether one who holds the scopes `held` may hand on the scope `wanted`."""
        names = {scope.lower() for scope in held}
        if wanted.lower() in names or service_of(wanted) in names:
            return True
        return EVERYTHING in names and not self.manages(wanted)
