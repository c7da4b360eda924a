"""What can be set, and how it is read from the environment."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.relay import Relay
from brickyard.gateway.proxies import Proxies
from brickyard.platform.account.federation.directory import Registration, registrations

SCHEMES = ("postgresql", "postgres")
SECRET = frozenset({"smtp_url", "database_url"})
"""Settings whose values are not to be shown."""
READERS: dict[type, Callable[[str], object]] = {
    Path: Path,
    Relay: Relay.of,
    Mailbox: Mailbox.of,
    Allowed: Allowed.of,
    Proxies: Proxies.of,
}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set; every setting has an environment variable, and a default that is safe."""

    home: Path = Path("~/.brickyard")
    """Where everything is kept (`BRICKYARD_HOME`)."""
    host: str = "127.0.0.1"
    """The address listened on (`BRICKYARD_HOST`)."""
    port: int = 8080
    """The port listened on; 0 for any free one (`BRICKYARD_PORT`)."""
    body_max_bytes: int = 10 * 1024 * 1024
    """The largest request taken (`BRICKYARD_BODY_MAX_BYTES`)."""
    body_limit_s: float = 30.0
    """How long a request's body may take to arrive (`BRICKYARD_BODY_LIMIT_S`)."""
    drain_s: Annotated[float, Meta(ge=0)] = 0.0
    """How long calls are still taken after a stop was asked for (`BRICKYARD_DRAIN_S`)."""
    log_level: str = "info"
    """The least level logged: `debug`, `info`, `warning` or `error` (`BRICKYARD_LOG_LEVEL`)."""
    database_url: str | None = None
    """A PostgreSQL database to keep everything in that is not the machine's own, `postgresql://…`; without
    one it is SQLite, in the home (`BRICKYARD_DATABASE_URL`)."""
    metering: bool = True
    """Whether a record of every call is kept before it is answered (`BRICKYARD_METERING`)."""
    public_url: str = ""
    """Where people reach the cloud, for links in letters (`BRICKYARD_PUBLIC_URL`); by default, where it
    listens."""
    trusted_proxies: Proxies | None = None
    """Networks whose `X-Forwarded-For` is believed (`BRICKYARD_TRUSTED_PROXIES`)."""
    oidc: tuple[Registration, ...] = ()
    """Where else one can sign in: `BRICKYARD_OIDC_<NAME>_ISSUER`, `…_CLIENT_ID` and `…_CLIENT_SECRET`."""
    services: Path | None = None
    """A folder with services of your own, each a file or folder like ours (`BRICKYARD_SERVICES`)."""
    smtp_url: Relay | None = None
    """The server that sends mail (`BRICKYARD_SMTP_URL`); without one, letters stay in the outbox."""
    mail_from: Mailbox | None = None
    """Whom mail is from (`BRICKYARD_MAIL_FROM`); has to be set with a mail server."""
    egress_allow: Allowed = Allowed()
    """What webhooks and sign-ins may reach besides the public Internet (`BRICKYARD_EGRESS_ALLOW`)."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; a ValueError names the variable that cannot be read."""
        given: dict[str, Any] = {"oidc": registrations(environment)}
        for field in msgspec.structs.fields(cls):
            name = f"BRICKYARD_{field.name.upper()}"
            if field.name not in given and environment.get(name):
                try:
                    given[field.name] = read(environment[name], field.type)
                except ValueError as error:
                    shown = "" if field.name in SECRET else f"={environment[name]!r}"
                    raise ValueError(f"{name}{shown}: {error}") from error
        scheme = given.get("database_url", SCHEMES[0]).partition("://")[0]
        if scheme not in SCHEMES:  # the rest of it has a password
            raise ValueError(f"BRICKYARD_DATABASE_URL begins with {scheme[:20]!r}: give postgresql://….")
        if "services" in given and not given["services"].expanduser().is_dir():
            raise ValueError(f"BRICKYARD_SERVICES={str(given['services'])!r}: there is no such folder.")
        if "smtp_url" in given and "mail_from" not in given:
            raise ValueError("BRICKYARD_SMTP_URL is set: say whom mail is from with BRICKYARD_MAIL_FROM.")
        return cls(**given)


def read(text: str, kind: Any) -> Any:
    """Read a setting of the type `kind`; a ValueError says what is wrong with it."""
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and each in READERS:
            return READERS[each](text)
    return msgspec.convert(text, kind, strict=False)
