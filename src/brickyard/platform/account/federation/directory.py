"""Which providers there are: as the environment says, `BRICKYARD_OIDC_<NAME>_ISSUER` and so on."""

import re
from collections.abc import Mapping

import msgspec

from brickyard.engines.clock import Clock
from brickyard.engines.egress import Egress
from brickyard.platform.account.federation.github import GitHub
from brickyard.platform.account.federation.oidc import OidcProvider
from brickyard.platform.account.federation.provider import Provider
from brickyard.platform.account.federation.web import Web

VARIABLE = re.compile(r"BRICKYARD_OIDC_([A-Z0-9]+)_(ISSUER|CLIENT_ID|CLIENT_SECRET)")
ISSUERS = {"google": "https://accounts.google.com", "github": ""}
"""Those that are known by name alone; GitHub's own site has no issuer."""


class Registration(msgspec.Struct, frozen=True):
    """What a provider knows us as."""

    name: str
    issuer: str
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        """Leave the secret out."""
        return f"Registration({self.name!r}, {self.issuer!r}, {self.client_id!r})"


def registrations(environment: Mapping[str, str]) -> tuple[Registration, ...]:
    """Read the providers; a ValueError names a variable that is missing."""
    given: dict[str, dict[str, str]] = {}
    for variable, value in environment.items():
        if value and (found := VARIABLE.fullmatch(variable)):
            given.setdefault(found[1].lower(), {})[found[2].lower()] = value
    return tuple(_registration(name, fields) for name, fields in sorted(given.items()))


def providers(known: tuple[Registration, ...], egress: Egress, clock: Clock) -> dict[str, Provider]:
    """Make the providers by name."""
    return {each.name: _provider(each, Web(egress, each.name), clock) for each in known}


def _registration(name: str, fields: dict[str, str]) -> Registration:
    fields = {"issuer": ISSUERS[name]} | fields if name in ISSUERS else fields
    for needed in ("issuer", "client_id", "client_secret"):
        if needed not in fields:
            raise ValueError(f"BRICKYARD_OIDC_{name.upper()}_{needed.upper()} is missing.")
    return Registration(name, **fields)


def _provider(known: Registration, web: Web, clock: Clock) -> Provider:
    if known.name == "github":
        return GitHub(known.client_id, known.client_secret, web, known.issuer)
    return OidcProvider(known.issuer, known.client_id, known.client_secret, web, clock)
