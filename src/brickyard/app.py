"""The composition root: settings in, one running application out. The only file that knows everyone."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from brickyard import platform, services
from brickyard.contract import Tariff
from brickyard.contract.catalog import Catalog, discover, implementation
from brickyard.engines import outgoing
from brickyard.engines.bus import Bus
from brickyard.engines.clock import Clock, SystemClock
from brickyard.engines.egress import Egress
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.engines.egress.client import GuardedEgress
from brickyard.engines.jobs import Supervisor
from brickyard.engines.mail import Mail
from brickyard.engines.mail import schema as mail_schema
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.outbox import MailOutbox
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Sql
from brickyard.engines.webhook import Webhooks
from brickyard.engines.webhook import schema as webhook_schema
from brickyard.engines.webhook.embedded import WebhookEngine
from brickyard.gateway.access import AccessLog
from brickyard.gateway.body import BodyReader
from brickyard.gateway.furnish import Furnisher
from brickyard.gateway.hooks import Arrived, Hear, Hooks
from brickyard.gateway.http import Branches, Gateway
from brickyard.gateway.journal import Journal
from brickyard.gateway.keywatch import KeyWatch
from brickyard.gateway.once import Once
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
from brickyard.platform.account.desk import Desk, Outside
from brickyard.platform.account.federation.directory import providers
from brickyard.platform.account.schema import MIGRATIONS as ACCOUNT_MIGRATIONS
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.admin.blocks import Blocks
from brickyard.platform.admin.flags import Flags
from brickyard.platform.admin.register import Register
from brickyard.platform.admin.treasury import Treasury
from brickyard.platform.admission import Admission
from brickyard.platform.audit import Audit
from brickyard.platform.audit.schema import GUARDS
from brickyard.platform.audit.trail import Trail
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.notifier import Notifier, Ways
from brickyard.platform.billing.payer import Payer, ProjectPayer
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.readers import Readers
from brickyard.platform.billing.sweep import Sweep
from brickyard.platform.billing.tier_finder import TierFinder
from brickyard.platform.billing.tiers import OWNER
from brickyard.platform.billing.till import Till
from brickyard.platform.caller.callers import Callers
from brickyard.platform.idempotency.claims import Claims
from brickyard.platform.idempotency.schema import MIGRATIONS as IDEMPOTENCY_MIGRATIONS
from brickyard.platform.key.keyring import Keyring
from brickyard.platform.key.last_use import LastUse
from brickyard.platform.key.schema import MIGRATIONS as KEY_MIGRATIONS
from brickyard.platform.key.schema import PLATFORM
from brickyard.platform.key.scope_names import ScopeNames
from brickyard.platform.limits import Allotments
from brickyard.platform.outbox.operator import Operator
from brickyard.platform.payment.cashier import Cashier
from brickyard.platform.payment.payments import Payments
from brickyard.platform.payment.stripe import stripe
from brickyard.platform.project.invitations import Invitations
from brickyard.platform.project.members import Members
from brickyard.platform.project.projects import Projects
from brickyard.platform.project.purge import Purge
from brickyard.platform.provider.store import ProviderStore
from brickyard.platform.usage.hints import Hints
from brickyard.platform.usage.meter import Batch, Meter, Unkept
from brickyard.platform.usage.pick_up import PickUp
from brickyard.platform.usage.store import UsageStore
from brickyard.providers.folder import Aggregations, aggregations
from brickyard.providers.heard import Heard, HookPlace, Listener
from brickyard.providers.market import Broker
from brickyard.providers.marketplace import Marketplace, Surroundings
from brickyard.providers.transport.pooled import PooledTransport
from brickyard.settings import Settings
from brickyard.state import state_of

FIRST_KEY_SCOPES = ("*", "key", "usage", "billing", "outbox", "audit", "project", "admin", "provider")
STRIPE_HOOK = "/hooks/stripe"
NOBODY = Mailbox("Brickyard", "brickyard@localhost")
"""Whom letters are from while no mail server sends them."""
TABLES = {
    "key": KEY_MIGRATIONS,
    "account": ACCOUNT_MIGRATIONS,
    "idempotency": IDEMPOTENCY_MIGRATIONS,
    "outgoing": outgoing.MIGRATIONS,
    "mail": mail_schema.MIGRATIONS,
    "webhook": webhook_schema.MIGRATIONS,
}
"""The migrations of what is no service, or comes before all services."""

T = TypeVar("T")


class Application:
    """The whole cloud in one process."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Open the home folder and put everything together; nothing listens yet.

        An OSError says why the home cannot be used: another server may be running on it. `DatabaseUnusable`
        says why the database cannot be, `PaymentsUnusable` why no payments can be taken, a PriceError what is
        wrong with the price list, a `ServiceFileError` which of the operator's own services cannot be used.
        """
        self.settings = settings
        self.home = settings.home.expanduser()
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._server: Server | None = None
        self.clock = clock or SystemClock()
        self.catalog = catalog_of(settings)
        self.prices = PriceList.of(self.catalog, self.home / "prices.toml")
        self._state = state = state_of(self.home, settings.database_url)
        self.sql, self.bus = state.sql, state.bus
        own, epochs = self.sql.bound(PLATFORM), self.sql.epochs(PLATFORM)
        self.audit = Audit(self.clock)
        self.keyring = Keyring(own, self.clock, epochs, self.audit)
        self.sessions = Sessions(own, self.clock, epochs, self.audit)
        self.access = Access(own)
        self.flags = Flags(own, self.clock, self.audit)
        self.purge = Purge(own, self.sql.erase, self.clock, self.audit)
        self.books, self.payer = Books(self.sql.bound, self.clock), ProjectPayer(own, self.access)
        self.patience, self.streams, self.log = Patience(), OpenStreams(), AccessLog()
        self.jobs = Supervisor(self.clock, lambda name, error: self.log.crash(name, "", error))
        sender = settings.mail_from or NOBODY
        self.mail = MailOutbox(own, self.clock, self.jobs, sender, settings.smtp_url)
        self.seal = Seal(self.home / "secret")
        self.provider_store = ProviderStore(own, self.clock, epochs, self.audit, self.seal)
        self._providers = self._marketplace()
        self.desk = self._desk(own, GuardedEgress(settings.egress_allow))
        self.cashier = self._cashier()
        to_tenants = GuardedEgress(settings.egress_allow_tenants)
        self.webhooks = WebhookEngine(own, self.clock, self.jobs, to_tenants, self.seal)
        ways = Ways(self.mail, self.webhooks.bound, self.seal)
        self.notifier = Notifier(self.books, Readers(own), ways, self.audit, self.clock)
        self.desk.farewell.on_deleted(self.notifier.forget)
        self.till = Till(self.books, self.prices, self.clock)
        self._furnisher = self._furnished(own)
        routes, others = Routes(self.catalog, self._providers.found.by_service), Others(self.log)
        callers = Callers(self.keyring, self.sessions, self.clock, epochs)
        self.last_use = LastUse(own, self.clock, callers.used)
        self.jobs.register("last use of keys", self.last_use.step)
        self.jobs.register("purge of projects", self.purge.step)
        hints = Hints(own, self.clock, alone=settings.database_url is None)
        meter, store = self._meter(hints), UsageStore(self.sql.bound, self.clock)
        self.jobs.register("books", Sweep(self.books, self.notifier, self.clock).step)
        self.jobs.register("usage", PickUp(meter, store, hints, self.clock).step)
        pipeline = Pipeline(
            callers,
            self._admission(),
            self._furnisher,
            Journal(meter, others, self.log),
            self.clock,
        )
        pipeline.proxies = settings.trusted_proxies
        watch = KeyWatch(callers, self.streams, pipeline.admit)
        self.keyring.on_revoked(watch.revoked)
        self.patience.also(watch.look)
        branches = Branches(
            site(
                self.catalog,
                self._providers,
                routes,
                self.streams,
                others,
                self.desk.provider_logins.names(),
            ),
            HttpStreams(pipeline, self.patience, self.streams),
            WebSockets(routes, pipeline, self.patience, self.streams),
            Once(pipeline, self._claims()),
            Hooks(self._hook, others),
        )
        self.gateway = Gateway(routes, pipeline, BodyReader(settings.body_max_bytes), branches)

    def _furnished(self, own: Sql) -> Furnisher:
        """Find what keeps each service's promise, and bring its tables up to date."""
        implementations = {
            promise.__name__.lower(): implementation(promise) for promise in self.catalog.promises()
        }
        kinds = {name: kind.migrations for name, kind in implementations.items()}
        for name, steps in (TABLES | kinds | {"audit_guard": GUARDS[own.dialect]}).items():
            self.sql.migrate(name, steps)
        return Furnisher(implementations, self._sockets())

    def _marketplace(self) -> Marketplace:
        settings = self.settings
        transport = PooledTransport(
            settings.egress_allow, settings.egress_allow_tenants, settings.provider_proxy or None
        )
        outside = Surroundings(settings.provider_urls, settings.offline, settings.public_url)
        return Marketplace(aggregations(services), self.provider_store, transport, outside, self._sockets)

    def _admission(self) -> Admission:
        allotments = Allotments()
        self.sql.cap(allotments.cap)
        return Admission(self.payer, self.till, self.prices, allotments)

    def _desk(self, own: Sql, egress: Egress) -> Desk:
        outside = Outside(
            mail=self.mail,
            seal=self.seal,
            providers=providers(self.settings.oidc, egress, self.clock),
            public_url=self.public_url,
        )
        desk = Desk.of(own, self.clock, self.sessions, self.keyring, self.audit, outside)
        self.jobs.register("farewells", desk.farewell.carry_out)
        return desk

    def _cashier(self) -> Cashier:
        payments = Payments(self.sql.bound, self.books, self.clock)
        return Cashier(
            payments, self.settings.offer, stripe(self.settings.stripe), self.public_url, self.clock
        )

    def _hook(self, path: str) -> Hear | None:
        """Give who hears what others send to a path below `/hooks/`; None if nobody does."""
        if path == STRIPE_HOOK:
            return None if self.cashier.processor is None else self._hear_stripe
        place = HookPlace.of(path)
        if place is None or not self._providers.can_be_told(place):
            return None
        return partial(self._hear_provider, place)

    async def _hear_stripe(self, arrived: Arrived) -> None:
        await self.cashier.hear(arrived.body, arrived.headers.get("stripe-signature", ""))

    async def _hear_provider(self, place: HookPlace, arrived: Arrived) -> None:
        url = self.public_url() + arrived.target
        events = await self._providers.hear(place, Heard(url, arrived.headers, arrived.body))
        listener = cast("Listener", self._furnisher.service(place.service, place.tenant))
        await listener.heard(place.provider, events)

    def public_url(self) -> str:
        """Give where people reach the cloud, without a slash at its end."""
        if self.settings.public_url:
            return self.settings.public_url.rstrip("/")
        return self._server.address if self._server and self._server.started else ""

    def _sockets(self) -> dict[type, Any]:
        """What services may ask for by the type of a field, and how it is made for a project."""
        return {
            Sql: self.sql.bound,
            Bus: self.bus.bound,
            Clock: shared(self.clock),
            Mail: shared(self.mail),
            Mailbox: shared(self.settings.mail_from or NOBODY),
            Allowed: shared(self.settings.egress_allow),
            AllowedToTenants: shared(self.settings.egress_allow_tenants),
            Webhooks: self.webhooks.bound,
            **self._providers.sockets(),
            **self._control_plane(),
        }

    def _control_plane(self) -> dict[type, Any]:
        """What the services of the control plane share: it belongs to the platform's own project."""
        own, epochs = self.sql.bound(PLATFORM), self.sql.epochs(PLATFORM)
        return {
            Keyring: shared(self.keyring),
            Sessions: shared(self.sessions),
            Access: shared(self.access),
            Desk: shared(self.desk),
            ScopeNames: shared(ScopeNames(self.catalog)),
            Trail: shared(Trail(own)),
            Audit: shared(self.audit),
            Projects: shared(Projects(own, self.clock, epochs, self.audit)),
            Members: shared(Members(own, self.clock, epochs, self.audit)),
            Register: shared(Register(own, self.clock, self.audit)),
            Blocks: shared(Blocks(own, self.clock, epochs, self.audit)),
            Flags: shared(self.flags),
            Treasury: shared(Treasury(own, self.books, self.prices, self.clock, epochs, self.audit)),
            Invitations: shared(Invitations(own, self.clock, self.audit, self.mail, self.public_url)),
            MailOutbox: shared(self.mail),
            Operator: shared(Operator(self.keyring.first_project)),
            UsageStore: shared(UsageStore(self.sql.bound, self.clock)),
            Books: shared(self.books),
            PriceList: shared(self.prices),
            Tariff: shared(self.prices.tariff()),
            Payer: shared(self.payer),
            TierFinder: shared(TierFinder(self.payer, self.till, self.prices)),
            Notifier: shared(self.notifier),
            Cashier: shared(self.cashier),
            ProviderStore: shared(self.provider_store),
            Broker: shared(self._providers.broker),
            Aggregations: shared(self._providers.found),
        }

    def _claims(self) -> Claims:
        # A home has one server, so what another process has left undone it does no longer. A database may
        # have several.
        alone = self.settings.database_url is None
        return Claims(self.sql.bound, self.clock, is_gone=lambda _owner: alone)

    def _meter(self, hints: Hints) -> Meter:
        return Meter(self.sql.bound, self.log.lines, hints, Batch if self.settings.metering else Unkept)

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
        server.when_answered(self._finish)
        self._server = server
        return server

    async def _finish(self) -> None:
        """Settle what is open once no more calls come."""
        await self.till.close()
        await self._providers.transport.close()

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
        self.desk.close()
        self._state.close()


def shared(one: T) -> Callable[[str], T]:
    """Give every project the same thing."""
    return lambda _project: one


def catalog_of(settings: Settings) -> Catalog:
    """Find all services: ours, the control plane's, and those in the operator's own folder.

    A `ServiceFileError` names a file there that cannot be used.
    """
    own = None if settings.services is None else str(settings.services.expanduser())
    if own is not None and own not in services.__path__:
        services.__path__.append(own)
    return discover(services, platform)
