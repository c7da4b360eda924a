"""The composition root: settings in, one running application out. The only file that knows everyone."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from msgspec import Meta

from brickyard import platform, services
from brickyard.contract.catalog import Catalog, discover, implementation
from brickyard.engines import outgoing
from brickyard.engines.bus import Bus
from brickyard.engines.clock import Clock, SystemClock
from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.egress.client import GuardedEgress
from brickyard.engines.jobs import Supervisor
from brickyard.engines.mail import Mail
from brickyard.engines.mail import schema as mail_schema
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.outbox import MailOutbox
from brickyard.engines.mail.relay import Relay
from brickyard.engines.sql import Sql
from brickyard.engines.webhook import Webhooks
from brickyard.engines.webhook import schema as webhook_schema
from brickyard.engines.webhook.embedded import WebhookEngine
from brickyard.gateway.access import AccessLog
from brickyard.gateway.body import BodyReader
from brickyard.gateway.furnish import Furnisher
from brickyard.gateway.http import Gateway
from brickyard.gateway.journal import Journal
from brickyard.gateway.keywatch import KeyWatch
from brickyard.gateway.openstreams import OpenStreams
from brickyard.gateway.others import Others
from brickyard.gateway.patience import Patience
from brickyard.gateway.pipeline import Pipeline
from brickyard.gateway.routes import Routes
from brickyard.gateway.server import Limits, Server
from brickyard.gateway.site import site
from brickyard.gateway.sse import HttpStreams
from brickyard.gateway.websocket import WebSockets
from brickyard.platform.access import Access
from brickyard.platform.account.schema import MIGRATIONS as ACCOUNT_MIGRATIONS
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.admin.blocks import Blocks
from brickyard.platform.admin.flags import Flags
from brickyard.platform.admin.register import Register
from brickyard.platform.admission import Admission
from brickyard.platform.audit import Audit
from brickyard.platform.audit.schema import GUARDS
from brickyard.platform.audit.trail import Trail
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.payer import Payer, ProjectPayer
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.tiers import OWNER
from brickyard.platform.billing.till import Till
from brickyard.platform.caller.callers import Callers
from brickyard.platform.key.keyring import Keyring
from brickyard.platform.key.last_use import LastUse
from brickyard.platform.key.schema import MIGRATIONS as KEY_MIGRATIONS
from brickyard.platform.key.schema import PLATFORM
from brickyard.platform.key.scope import Scopes
from brickyard.platform.outbox.operator import Operator
from brickyard.platform.project.invitations import Invitations
from brickyard.platform.project.members import Members
from brickyard.platform.project.projects import Projects
from brickyard.platform.project.purge import Purge
from brickyard.platform.usage.meter import Batch, Meter, Unkept
from brickyard.platform.usage.store import UsageStore
from brickyard.state import state_of

FIRST_KEY_SCOPES = ("*", "key", "usage", "billing", "outbox", "audit", "project", "admin")
SCHEMES = ("postgresql", "postgres")
SECRET = frozenset({"smtp_url", "database_url"})
"""Settings whose values are not to be shown."""
READERS: dict[type, Callable[[str], object]] = {
    Path: Path,
    Relay: Relay.of,
    Mailbox: Mailbox.of,
    Allowed: Allowed.of,
}
NOBODY = Mailbox("Brickyard", "brickyard@localhost")
"""Whom letters are from while no mail server sends them."""
TABLES = {
    "key": KEY_MIGRATIONS,
    "account": ACCOUNT_MIGRATIONS,
    "outgoing": outgoing.MIGRATIONS,
    "mail": mail_schema.MIGRATIONS,
    "webhook": webhook_schema.MIGRATIONS,
}
"""The migrations of what is no service, or comes before all services."""

T = TypeVar("T")


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
    services: Path | None = None
    """A folder with services of your own, each a file or folder like ours (`BRICKYARD_SERVICES`)."""
    smtp_url: Relay | None = None
    """The server that sends mail (`BRICKYARD_SMTP_URL`); without one, letters stay in the outbox."""
    mail_from: Mailbox | None = None
    """Whom mail is from (`BRICKYARD_MAIL_FROM`); has to be set with a mail server."""
    egress_allow: Allowed = Allowed()
    """What webhooks may reach besides the public Internet (`BRICKYARD_EGRESS_ALLOW`)."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; a ValueError names the variable that cannot be read."""
        given: dict[str, Any] = {}
        for field in msgspec.structs.fields(cls):
            name = f"BRICKYARD_{field.name.upper()}"
            if environment.get(name):
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


class Application:
    """The whole cloud in one process."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Open the home folder and put everything together; nothing listens yet.

        An OSError says why the home cannot be used: another server may be running on it. `DatabaseUnusable`
        says why the database cannot be, a PriceError what is wrong with the price list.
        """
        self.settings = settings
        self.home = settings.home.expanduser()
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.clock = clock or SystemClock()
        self.catalog = catalog_of(settings)
        self.prices = PriceList.of(self.catalog, self.home / "prices.toml")
        self._state = state = state_of(self.home, settings.database_url)
        self.sql, self.bus = state.sql, state.bus
        own, epochs = self.sql.bound(PLATFORM), self.sql.epochs(PLATFORM)
        self.audit = Audit(self.clock)
        self.keyring = Keyring(own, self.clock, epochs, self.audit)
        self.sessions = Sessions(own, self.clock, epochs)
        self.access = Access(own)
        self.flags = Flags(own, self.clock, self.audit)
        self.purge = Purge(own, self.sql.erase, self.clock, self.audit)
        self.books, self.payer = Books(self.sql.bound, self.clock), ProjectPayer(own)
        self.patience, self.streams, self.log = Patience(), OpenStreams(), AccessLog()
        self.jobs = Supervisor(self.clock, lambda name, error: self.log.crash(name, "", error))
        sender = settings.mail_from or NOBODY
        self.mail = MailOutbox(own, self.clock, self.jobs, sender, settings.smtp_url)
        egress = GuardedEgress(settings.egress_allow)
        self.webhooks = WebhookEngine(own, self.clock, self.jobs, egress)
        implementations = {
            promise.__name__.lower(): implementation(promise) for promise in self.catalog.promises()
        }
        kinds = {name: kind.migrations for name, kind in implementations.items()}
        for name, steps in (TABLES | kinds | {"audit_guard": GUARDS[own.dialect]}).items():
            self.sql.migrate(name, steps)
        routes, others = Routes(self.catalog), Others(self.log)
        callers = Callers(self.keyring, self.sessions, self.clock, epochs)
        self.last_use = LastUse(own, self.clock, callers.used)
        self.jobs.register("last use of keys", self.last_use.step)
        self.jobs.register("purge of projects", self.purge.step)
        admission = Admission(self.payer, Till(self.books, self.prices, self.clock), self.prices)
        pipeline = Pipeline(
            callers,
            admission,
            Furnisher(implementations, self._sockets()),
            Journal(self._meter(), others, self.log),
            self.clock,
        )
        watch = KeyWatch(callers, self.streams, pipeline.admit)
        self.keyring.on_revoked(watch.revoked)
        self.patience.also(watch.look)
        self.gateway = Gateway(
            routes,
            pipeline,
            BodyReader(settings.body_max_bytes),
            site(self.catalog, routes, self.streams, others),
            HttpStreams(pipeline, self.patience, self.streams),
            WebSockets(routes, pipeline, self.patience, self.streams),
        )

    def _sockets(self) -> dict[type, Any]:
        """What services may ask for by the type of a field, and how it is made for a project."""
        return {
            Sql: self.sql.bound,
            Bus: self.bus.bound,
            Clock: shared(self.clock),
            Mail: shared(self.mail),
            Webhooks: self.webhooks.bound,
            **self._control_plane(),
        }

    def _control_plane(self) -> dict[type, Any]:
        """What the services of the control plane share: it belongs to the platform's own project."""
        own, epochs = self.sql.bound(PLATFORM), self.sql.epochs(PLATFORM)
        return {
            Keyring: shared(self.keyring),
            Sessions: shared(self.sessions),
            Access: shared(self.access),
            Scopes: shared(Scopes(each.name for each in self.catalog if each.control_plane)),
            Trail: shared(Trail(own)),
            Projects: shared(Projects(own, self.clock, epochs, self.audit)),
            Members: shared(Members(own, self.clock, epochs, self.audit)),
            Register: shared(Register(own, self.clock, self.audit)),
            Blocks: shared(Blocks(own, self.clock, epochs, self.audit)),
            Flags: shared(self.flags),
            Invitations: shared(Invitations(own, self.clock, self.audit, self.mail)),
            MailOutbox: shared(self.mail),
            Operator: shared(Operator(self.keyring.first_project)),
            UsageStore: shared(UsageStore(self.sql.bound, self.clock)),
            Books: shared(self.books),
            PriceList: shared(self.prices),
            Payer: shared(self.payer),
        }

    def _meter(self) -> Meter:
        return Meter(self.sql.bound, self.log.lines, Batch if self.settings.metering else Unkept)

    def server(self) -> Server:
        """Make the server that will serve this application."""
        address = (self.settings.host, self.settings.port)
        server = Server(
            self.gateway,
            self.streams,
            address,
            Limits(self.settings.body_max_bytes, self.settings.body_limit_s, self.settings.drain_s),
            short_way=self.gateway,
        )
        server.work_beside(self.jobs)
        return server

    async def first_key(self) -> str:
        """Give the key in `$BRICKYARD_HOME/token`; makes it when the home is new.

        It is the key of who runs the cloud, whose calls cost nothing.
        """
        project = await self.keyring.first_project()
        await self.books.open(await self.payer.account_of_project(project), OWNER)
        file = self.home / "token"
        if file.exists():
            return file.read_text().strip()
        token, _ = await self.keyring.create(project, "the first key", FIRST_KEY_SCOPES, None)
        draft = file.with_name("token.new")  # whatever happens meanwhile, there is a whole key or none
        draft.touch(mode=0o600)
        draft.write_text(token + "\n")
        draft.replace(file)
        return token

    def close(self) -> None:
        """Finish writing, and close every file."""
        self.patience.end()
        self.log.flush()
        self._state.close()


def shared(one: T) -> Callable[[str], T]:
    """Give every project the same thing."""
    return lambda _project: one


def catalog_of(settings: Settings) -> Catalog:
    """Find all services: ours, the control plane's, and those in the operator's own folder."""
    if settings.services is not None and str(settings.services) not in services.__path__:
        services.__path__.append(str(settings.services.expanduser()))
    return discover(services, platform)


def read(text: str, kind: Any) -> Any:
    """Read a setting of the type `kind`; a ValueError says what is wrong with it."""
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and each in READERS:
            return READERS[each](text)
    return msgspec.convert(text, kind, strict=False)
