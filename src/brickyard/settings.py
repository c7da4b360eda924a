"""What can be set, and how it is read from the environment."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from brickyard.contract import Money
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.relay import Relay
from brickyard.gateway.proxies import Proxies
from brickyard.platform.account.federation.directory import Registration, registrations
from brickyard.platform.payment.currency import Currency
from brickyard.platform.payment.offer import Offer, dollars
from brickyard.platform.payment.origins import Origins
from brickyard.platform.payment.stripe import StripeSetup
from brickyard.platform.payment.stripe.credentials import ApiBase, StripeKey, WebhookSecret
from brickyard.providers.mirrors import Mirrors

SCHEMES = ("postgresql", "postgres")
SECRET = frozenset({"smtp_url", "database_url", "stripe_secret_key", "stripe_webhook_secret"})
"""Settings whose values are not to be shown."""
READERS: dict[type, Callable[[str], object]] = {
    Path: Path,
    Relay: Relay.of,
    Mailbox: Mailbox.of,
    Allowed: Allowed.of,
    AllowedToTenants: AllowedToTenants.of,
    Mirrors: Mirrors.of,
    Proxies: Proxies.of,
    Currency: Currency.of,
    Money: dollars,
    Origins: Origins.of,
    StripeKey: StripeKey.of,
    WebhookSecret: WebhookSecret.of,
    ApiBase: ApiBase.of,
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
    """What may be reached that is not public, if the operator's own settings name it: sign-ins, and providers
    under the cloud's credentials (`BRICKYARD_EGRESS_ALLOW`)."""
    egress_allow_tenants: AllowedToTenants = AllowedToTenants()
    """What may be reached that is not public by URLs of any project: webhooks, servers of its own credentials
    (`BRICKYARD_EGRESS_ALLOW_TENANTS`)."""
    offline: bool = False
    """Whether nobody outside is asked: only providers that are part of the cloud (`BRICKYARD_OFFLINE`)."""
    provider_urls: Mirrors = Mirrors()
    """Where providers are reached, if not where they say: `https://api.example.com=https://mirror.example …`
    (`BRICKYARD_PROVIDER_URLS`). What is not public has to be allowed as well."""
    provider_proxy: str = ""
    """An HTTP proxy by which providers are reached (`BRICKYARD_PROVIDER_PROXY`)."""
    stripe_secret_key: StripeKey | None = None
    """The key of a Stripe account to take payments through (`BRICKYARD_STRIPE_SECRET_KEY`)."""
    stripe_webhook_secret: WebhookSecret | None = None
    """What Stripe signs its events with (`BRICKYARD_STRIPE_WEBHOOK_SECRET`); has to be set with a key."""
    stripe_api_base: ApiBase = ApiBase()
    """Where Stripe's API is (`BRICKYARD_STRIPE_API_BASE`)."""
    payment_currency: Currency = Currency.of("usd")
    """What is paid in, and what a dollar of credit costs in it: `eur:0.93` (`BRICKYARD_PAYMENT_CURRENCY`)."""
    payment_min: Money = dollars("5")
    """The least credit sold at once, in dollars (`BRICKYARD_PAYMENT_MIN`)."""
    payment_max: Money = dollars("1000")
    """The most credit sold at once, in dollars (`BRICKYARD_PAYMENT_MAX`)."""
    payment_origins: Origins = Origins()
    """Where payers may come back to, besides the cloud itself (`BRICKYARD_PAYMENT_ORIGINS`)."""

    @property
    def offer(self) -> Offer:
        """On which terms credit is sold."""
        return Offer(
            currency=self.payment_currency,
            amount_min=self.payment_min,
            amount_max=self.payment_max,
            origins=self.payment_origins,
        )

    @property
    def stripe(self) -> StripeSetup | None:
        """How Stripe is set up; None if it is not."""
        if self.stripe_secret_key is None or self.stripe_webhook_secret is None:
            return None
        return StripeSetup(self.stripe_secret_key, self.stripe_webhook_secret, self.stripe_api_base)

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
        settings = cls(**given)
        _check_payments(settings)
        return settings


def _check_payments(settings: Settings) -> None:
    if (settings.stripe_secret_key is None) != (settings.stripe_webhook_secret is None):
        raise ValueError(
            "BRICKYARD_STRIPE_SECRET_KEY and BRICKYARD_STRIPE_WEBHOOK_SECRET: set both, or neither."
        )
    if settings.payment_min > settings.payment_max:
        raise ValueError(
            f"BRICKYARD_PAYMENT_MIN is {settings.payment_min}, more than BRICKYARD_PAYMENT_MAX:"
            f" {settings.payment_max}."
        )


def read(text: str, kind: Any) -> Any:
    """Read a setting of the type `kind`; a ValueError says what is wrong with it."""
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and each in READERS:
            return READERS[each](text)
    return msgspec.convert(text, kind, strict=False)
