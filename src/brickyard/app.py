"""The composition root: settings in, one running application out. The only file that knows everyone."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar, cast

from brickyard import platform, services
from brickyard.contract import Features, Service, Tariff
from brickyard.contract.catalog import Catalog, discover, implementation
from brickyard.engines import outgoing
from brickyard.engines import seal as sealing
from brickyard.engines.bus import Bus
from brickyard.engines.clock import Clock, SystemClock
from brickyard.engines.egress import Egress
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.engines.egress.client import GuardedEgress
from brickyard.engines.held import hold
from brickyard.engines.jobs import Supervisor
from brickyard.engines.mail import Mail
from brickyard.engines.mail import schema as mail_schema
from brickyard.engines.mail.limits import LetterLimits
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.outbox import MailOutbox
from brickyard.engines.seal import KeyFile, KeyRegister, Resealing, Seal
from brickyard.engines.sql import Sql
from brickyard.engines.sql.retention import Kept, Retention
from brickyard.engines.webhook import Webhooks
from brickyard.engines.webhook import schema as webhook_schema
from brickyard.engines.webhook.embedded import WebhookEngine
from brickyard.engines.webhook.sealed import sealed_deliveries
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
from brickyard.gateway.site import Shown, site
from brickyard.gateway.sse import HttpStreams
from brickyard.gateway.websocket import WebSockets
from brickyard.platform.access import Access
from brickyard.platform.account import schema as account_schema
from brickyard.platform.account.desk import Desk, Outside
from brickyard.platform.account.expiry import Expiry
from brickyard.platform.account.federation.directory import providers
from brickyard.platform.account.sealed import sealed_authenticators
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.admin.blocks import Blocks
from brickyard.platform.admin.dossier import Dossier
from brickyard.platform.admin.flags import Flags
from brickyard.platform.admin.payback import Payback
from brickyard.platform.admin.register import Register
from brickyard.platform.admin.rotation import Rotation
from brickyard.platform.admin.traffic import Traffic
from brickyard.platform.admin.treasury import Treasury
from brickyard.platform.admission import Admission
from brickyard.platform.audit import Audit
from brickyard.platform.audit.schema import GUARDS
from brickyard.platform.audit.trail import Trail
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.ceilings import Ceilings
from brickyard.platform.billing.handover import Handover
from brickyard.platform.billing.notifier import Notifier, Ways
from brickyard.platform.billing.payer import Payer, ProjectPayer
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.readers import Readers
from brickyard.platform.billing.sealed import SealedChannels
from brickyard.platform.billing.sweep import Sweep
from brickyard.platform.billing.tier_finder import TierFinder
from brickyard.platform.billing.tiers import OWNER
from brickyard.platform.billing.till import Till
from brickyard.platform.caller.callers import Callers
from brickyard.platform.catalog.directory import Directory
from brickyard.platform.catalog.listing import Listing
from brickyard.platform.export import Export
from brickyard.platform.idempotency.claims import Claims
from brickyard.platform.idempotency.schema import MIGRATIONS as IDEMPOTENCY_MIGRATIONS
from brickyard.platform.key import schema as key_schema
from brickyard.platform.key.keyring import Keyring
from brickyard.platform.key.last_use import LastUse
from brickyard.platform.key.schema import PLATFORM
from brickyard.platform.key.scope_names import ScopeNames
from brickyard.platform.limits import Allotments
from brickyard.platform.limits.schema import LIMITS
from brickyard.platform.limits.schema import MIGRATIONS as LIMIT_MIGRATIONS
from brickyard.platform.limits.sharing import Sharing
from brickyard.platform.outbox.operator import Operator
from brickyard.platform.payment.cashier import Cashier
from brickyard.platform.payment.payments import Payments
from brickyard.platform.payment.refunds import Refunds
from brickyard.platform.payment.stripe import stripe
from brickyard.platform.payment.undone import UndoneNote
from brickyard.platform.project.invitations import Invitations
from brickyard.platform.project.members import Members
from brickyard.platform.project.projects import Projects
from brickyard.platform.project.purge import Purge
from brickyard.platform.provider.sealed import sealed_credentials
from brickyard.platform.provider.store import ProviderStore
from brickyard.platform.switches import Switches
from brickyard.platform.switches.schema import MIGRATIONS as SWITCH_MIGRATIONS
from brickyard.platform.usage.bodies import Keeping
from brickyard.platform.usage.hints import Hints
from brickyard.platform.usage.meter import Batch, Meter, Unkept
from brickyard.platform.usage.pick_up import PickUp
from brickyard.platform.usage.store import UsageStore
from brickyard.providers.certificates import Certificates
from brickyard.providers.documents import Documents, Library
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
    "key": key_schema.MIGRATIONS,
    "account": account_schema.MIGRATIONS,
    "idempotency": IDEMPOTENCY_MIGRATIONS,
    "limits": LIMIT_MIGRATIONS,
    "switches": SWITCH_MIGRATIONS,
    "outgoing": outgoing.MIGRATIONS,
    "seal": sealing.MIGRATIONS,
    "mail": mail_schema.MIGRATIONS,
    "webhook": webhook_schema.MIGRATIONS,
}
"""The migrations of what is no service, or comes before all services."""
EXPORTS = (*key_schema.EXPORTS, *account_schema.EXPORTS, *webhook_schema.EXPORTS)
"""What can be taken along of it."""

T = TypeVar("T")


class Application:
    """The whole cloud in one process."""

    _server: Server | None = None

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Open the home folder and put everything together; nothing listens yet.

        An OSError says why the home cannot be used, `DatabaseUnusable` why the database cannot be,
        `PaymentsUnusable` why no payments can be taken, a PriceError what is wrong with the price list, a
        `ServiceFileError` which of the operator's own services cannot be used.
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
        self.sessions = Sessions(own, self.clock, epochs, self.audit)
        self.access, self.keeping = Access(own), Keeping(own, self.clock, epochs, self.audit)
        self.switches, self.flags = (
            Switches(own, self.catalog, self.clock, epochs, self.audit),
            Flags(own, self.clock, epochs, self.audit),
        )
        self.purge = Purge(own, self.sql.erase, self.clock, self.audit)
        self.books, self.payer = Books(self.sql.bound, self.clock), ProjectPayer(own, self.access)
        self.patience, self.streams, self.log = Patience(), OpenStreams(), AccessLog()
        self.jobs = Supervisor(self.clock, lambda name, error: self.log.crash(name, "", error))
        self.mail = MailOutbox(own, self.clock, self.jobs, settings.mail_from or NOBODY, settings.smtp_url)
        self._certificates, self._library = Certificates(self.clock), Library(self.clock)
        self.seal = Seal(KeyFile(self.home / "secret"), KeyRegister(own, self.clock, epochs))
        self.provider_store = ProviderStore(own, self.clock, epochs, self.audit, self.seal)
        self._providers = self._marketplace()
        self.listing, self.directory = (
            Listing(self.catalog, self.prices),
            Directory(self._providers.found, self._providers.broker),
        )
        self.desk = self._desk(own, GuardedEgress(settings.egress_allow))
        self.cashier = self._cashier()
        to_tenants = GuardedEgress(settings.egress_allow_tenants)
        self.webhooks = WebhookEngine(own, self.clock, self.jobs, to_tenants, self.seal)
        self.notifier = self._notifier(own)
        self.desk.farewell.on_deleted(self.notifier.forget)
        self.rotation = self._rotation(own)
        self.till = Till(self.books, self.prices, self.clock)
        self._furnisher = self._furnished(own)
        routes, others = Routes(self.catalog, self._providers.found.by_service), Others(self.log)
        callers = Callers(self.keyring, self.sessions, self.clock, epochs)
        self.last_use = LastUse(own, self.clock, callers.used)
        self.jobs.register("last use of keys and sessions", self.last_use.step)
        self.jobs.register("purge of projects", self.purge.step)
        hints = Hints(own, self.clock, state.peers)
        meter, store = self._meter(hints), UsageStore(self.sql.bound, self.clock)
        self.jobs.register("books", Sweep(self.books, self.notifier, self.clock).step)
        self.jobs.register("usage", PickUp(meter, store, hints, self.clock).step)
        pipeline = Pipeline(
            callers,
            self._admission(),
            self._furnisher,
            Journal(meter, self.keeping, others, self.log),
            self.clock,
        )
        pipeline.proxies = settings.trusted_proxies
        watch = KeyWatch(callers, self.streams, pipeline.admit)
        self.keyring.on_revoked(watch.revoked)
        self.patience.also(watch.look)
        branches = Branches(
            site(
                Shown(self.listing, self.directory, self.switches),
                routes,
                self.streams,
                others,
                self.desk.provider_logins.names(),
            ),
            HttpStreams(pipeline, self.patience, self.streams),
            WebSockets(routes, pipeline, self.patience, self.streams),
            Once(pipeline, Claims(self.sql.bound, self.clock, self.seal, state.peers)),
            Hooks(self._hook, others),
        )
        self.gateway = Gateway(routes, pipeline, BodyReader(settings.body_max_bytes), branches)

    def _furnished(self, own: Sql) -> Furnisher:
        """Find what keeps each service's promise, and bring its tables up to date."""
        implementations = {
            promise.__name__.lower(): implementation(promise) for promise in self.catalog.promises()
        }
        exported = [each for kind in implementations.values() for each in kind.exports]
        self.export_of = Export(self.sql.bound, PLATFORM, (*EXPORTS, *exported))
        kinds = {name: kind.migrations for name, kind in implementations.items()}
        self.sql.migrate(TABLES | kinds | {"audit_guard": GUARDS[own.dialect]})
        self.jobs.register("retention", self._retention(implementations).step)
        return Furnisher(implementations, self._sockets())

    def _retention(self, implementations: Mapping[str, type[Service]]) -> Retention:
        """See to it that what services keep for a time, as their `kept` says, is kept no longer."""
        found = {
            name: cast("Kept | None", getattr(each, "kept", None)) for name, each in implementations.items()
        }
        kinds = {name: kept for name, kept in found.items() if kept is not None}
        return Retention(self.sql.bound, self.sql.keepers, kinds, self.clock)

    def _notifier(self, own: Sql) -> Notifier:
        ways = Ways(self.mail, self.webhooks.bound, self.seal)
        return Notifier(self.books, Readers(own), ways, self.audit, self.clock)

    def _rotation(self, own: Sql) -> Rotation:
        places = (
            sealed_credentials(own),
            *sealed_authenticators(own),
            sealed_deliveries(own),
            SealedChannels(self.books),
        )
        resealing = Resealing(self.seal, places, self.clock)
        return Rotation(own, self.seal, resealing, self.jobs, self.clock, self.audit)

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
        admission = Admission(self.payer, self.till, self.prices, allotments, self.switches)
        self.sharing = Sharing(admission.limits, self.sql.bound(LIMITS), self.clock)
        self.jobs.register("limits", self.sharing.step)
        return admission

    def _desk(self, own: Sql, egress: Egress) -> Desk:
        outside = Outside(
            mail=self.mail,
            seal=self.seal,
            providers=providers(self.settings.oidc, egress, self.clock),
            public_url=self.public_url,
        )
        desk = Desk.of(own, self.clock, self.sessions, self.keyring, self.audit, outside)
        self.jobs.register("farewells", desk.farewell.carry_out)
        self.expiry = Expiry(own, self.clock)
        self.jobs.register("expiry of sessions and codes", self.expiry.step)
        return desk

    def _cashier(self) -> Cashier:
        payments = Payments(self.sql.bound, self.books, self.clock, UndoneNote(self.audit))
        return Cashier(
            payments, self.settings.offer, stripe(self.settings.stripe), self.public_url, self.clock
        )

    def _refunds(self) -> Refunds:
        return Refunds(self.cashier.payments, self.books, self.cashier.processor, self.clock)

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
            Certificates: shared(self._certificates),
            Documents: self._library.of,
            LetterLimits: shared(
                LetterLimits(self.sql.bound(PLATFORM), self.clock, self.payer.account_of_project)
            ),
            Mailbox: shared(self.settings.mail_from or NOBODY),
            Allowed: shared(self.settings.egress_allow),
            AllowedToTenants: shared(self.settings.egress_allow_tenants),
            Webhooks: self.webhooks.bound,
            Features: self.flags.bound,
            **self._providers.sockets(),
            **self._control_plane(),
        }

    def _control_plane(self) -> dict[type, Any]:
        """What the services of the control plane share: it belongs to the platform's own project."""
        own, epochs = self.sql.bound(PLATFORM), self.sql.epochs(PLATFORM)
        register, store = Register(own, self.clock, self.audit), UsageStore(self.sql.bound, self.clock)
        return {
            Keyring: shared(self.keyring),
            Sessions: shared(self.sessions),
            Access: shared(self.access),
            Desk: shared(self.desk),
            Export: shared(self.export_of),
            ScopeNames: shared(ScopeNames(self.catalog)),
            Trail: shared(Trail(own)),
            Audit: shared(self.audit),
            Projects: shared(Projects(own, self.clock, epochs, self.audit)),
            Members: shared(Members(own, self.clock, epochs, self.audit, Handover(self.books, self.clock))),
            Register: shared(register),
            Dossier: shared(Dossier(own, self.sql.bound, register, self.books, self.payer, self.clock)),
            Traffic: shared(Traffic(own, store, self.clock)),
            Blocks: shared(Blocks(own, self.clock, epochs, self.audit)),
            Flags: shared(self.flags),
            Switches: shared(self.switches),
            Treasury: shared(Treasury(own, self.books, self.prices, self.clock, epochs, self.audit)),
            Payback: shared(Payback(self._refunds(), self.audit)),
            Invitations: shared(Invitations(own, self.clock, self.audit, self.mail, self.public_url)),
            MailOutbox: shared(self.mail),
            Operator: shared(Operator(self.keyring.first_project)),
            Keeping: shared(self.keeping),
            UsageStore: shared(store),
            Books: shared(self.books),
            PriceList: shared(self.prices),
            Tariff: shared(self.prices.tariff()),
            Payer: shared(self.payer),
            Ceilings: shared(Ceilings(self.payer, self.books)),
            TierFinder: shared(TierFinder(self.payer, self.till, self.prices)),
            Notifier: shared(self.notifier),
            Cashier: shared(self.cashier),
            ProviderStore: shared(self.provider_store),
            Rotation: shared(self.rotation),
            Listing: shared(self.listing),
            Directory: shared(self.directory),
            Broker: shared(self._providers.broker),
            Aggregations: shared(self._providers.found),
        }

    def _meter(self, hints: Hints) -> Meter:
        self.sql.records_follow = self.settings.metering
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
        server.before_listening(self.sharing.step)
        server.work_beside(self.jobs)
        server.when_answered(self._finish)
        self._server = server
        return server

    async def _finish(self) -> None:
        """Settle what is open once no more calls come."""
        await self.till.close()
        await self.sharing.leave()
        await self._providers.transport.close()

    async def first_key(self) -> str:
        """Give the key in `$BRICKYARD_HOME/token`; makes it when the home is new.

        It is the key of who runs the cloud, whose calls cost nothing. Of several who start at once, one
        makes it.
        """
        with await asyncio.to_thread(hold, self.home / "lock"):
            return await self._first_key()

    async def _first_key(self) -> str:
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
