"""The composition root: settings in, one running application out. The only file that knows everyone."""

import fcntl
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypeVar

import msgspec
from msgspec import Meta

from brickyard import platform, services
from brickyard.contract.catalog import Catalog, discover, implementation
from brickyard.engines.bus import Bus
from brickyard.engines.bus.memory import MemoryBus
from brickyard.engines.clock import Clock, SystemClock
from brickyard.engines.sql import Sql
from brickyard.engines.sql.sqlite import SqliteEngine
from brickyard.gateway.access import AccessLog
from brickyard.gateway.body import BodyReader
from brickyard.gateway.furnish import Furnisher
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
from brickyard.platform.account.schema import MIGRATIONS as ACCOUNT_MIGRATIONS
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.caller.callers import Callers
from brickyard.platform.idempotency.claims import Claims
from brickyard.platform.idempotency.schema import MIGRATIONS as IDEMPOTENCY_MIGRATIONS
from brickyard.platform.key.keyring import Keyring
from brickyard.platform.key.schema import MIGRATIONS as KEY_MIGRATIONS
from brickyard.platform.key.schema import PLATFORM
from brickyard.platform.usage.meter import Batch, Meter, Unkept
from brickyard.platform.usage.store import UsageStore

FIRST_KEY_SCOPES = ("*", "key", "usage")

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
    metering: bool = True
    """Whether a record of every call is kept before it is answered (`BRICKYARD_METERING`)."""
    services: Path | None = None
    """A folder with services of your own, each a file or folder like ours (`BRICKYARD_SERVICES`)."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; a ValueError names the variable that cannot be read."""
        given: dict[str, Any] = {}
        for field in msgspec.structs.fields(cls):
            name = f"BRICKYARD_{field.name.upper()}"
            if environment.get(name):
                try:
                    given[field.name] = msgspec.convert(
                        environment[name], field.type, strict=False, dec_hook=_path
                    )
                except msgspec.ValidationError as error:
                    raise ValueError(f"{name}={environment[name]!r}: {error}") from error
        if "services" in given and not given["services"].expanduser().is_dir():
            raise ValueError(f"BRICKYARD_SERVICES={str(given['services'])!r}: there is no such folder.")
        return cls(**given)


class Application:
    """The whole cloud in one process."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Open the home folder and put everything together; nothing listens yet.

        An OSError says why the home cannot be used: another server may be running on it.
        """
        self.settings = settings
        self.home = settings.home.expanduser()
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held = hold(self.home)
        self.clock = clock or SystemClock()
        self.catalog = catalog_of(settings)
        self.sql = SqliteEngine(self.home / "brickyard.db")
        self.bus = MemoryBus()
        own = self.sql.bound(PLATFORM)
        self.keyring, self.sessions = Keyring(own, self.clock), Sessions(own, self.clock)
        self.access = Access(own)
        self.patience, self.streams, self.log = Patience(), OpenStreams(), AccessLog()
        callers = Callers(self.keyring, self.sessions, self.clock)
        watch = KeyWatch(callers, self.streams)
        self.keyring.on_revoked(watch.revoked)
        self.patience.also(watch.look)
        implementations = {
            promise.__name__.lower(): implementation(promise) for promise in self.catalog.promises()
        }
        self.sql.migrate("key", KEY_MIGRATIONS)
        self.sql.migrate("account", ACCOUNT_MIGRATIONS)
        self.sql.migrate("idempotency", IDEMPOTENCY_MIGRATIONS)
        for name, kind in implementations.items():
            self.sql.migrate(name, kind.migrations)
        routes, others = Routes(self.catalog), Others(self.log)
        pipeline = Pipeline(
            callers,
            Furnisher(implementations, self._sockets()),
            Journal(self._meter(), others, self.log),
            self.clock,
        )
        branches = Branches(
            site(self.catalog, routes, self.streams, others),
            HttpStreams(pipeline, self.patience, self.streams),
            WebSockets(routes, pipeline, self.patience, self.streams),
            Once(pipeline, self._claims()),
        )
        self.gateway = Gateway(routes, pipeline, BodyReader(settings.body_max_bytes), branches)

    def _sockets(self) -> dict[type, Any]:
        """What services may ask for by the type of a field, and how it is made for a project."""
        return {
            Sql: self.sql.bound,
            Bus: self.bus.bound,
            Clock: shared(self.clock),
            Keyring: shared(self.keyring),
            Sessions: shared(self.sessions),
            Access: shared(self.access),
            UsageStore: shared(UsageStore(self.sql.bound, self.clock)),
        }

    def _claims(self) -> Claims:
        # A home has one server: whatever another process has left undone, it does no longer.
        return Claims(self.sql.bound, self.clock, is_gone=lambda _owner: True)

    def _meter(self) -> Meter:
        return Meter(self.sql.bound, self.log.lines, Batch if self.settings.metering else Unkept)

    def server(self) -> Server:
        """Make the server that will serve this application."""
        address = (self.settings.host, self.settings.port)
        return Server(
            self.gateway,
            self.streams,
            address,
            Limits(self.settings.body_max_bytes, self.settings.body_limit_s, self.settings.drain_s),
            short_way=self.gateway,
        )

    async def first_key(self) -> str:
        """Give the key in `$BRICKYARD_HOME/token`; makes it when the home is new."""
        file = self.home / "token"
        if file.exists():
            return file.read_text().strip()
        project = await self.keyring.first_project()
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
        self.sql.close()
        self._held.close()


def shared(one: T) -> Callable[[str], T]:
    """Give every project the same thing."""
    return lambda _project: one


def hold(home: Path) -> BinaryIO:
    """Keep a home folder to this process, until the file given is closed or the process ends.

    What one process remembers of keys, another cannot make it forget: a key revoked there would go on
    working here. A BlockingIOError says that another has the folder.
    """
    lock = (home / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise BlockingIOError("another server is running on it") from error
    return lock


def catalog_of(settings: Settings) -> Catalog:
    """Find all services: ours, the control plane's, and those in the operator's own folder."""
    if settings.services is not None and str(settings.services) not in services.__path__:
        services.__path__.append(str(settings.services.expanduser()))
    return discover(services, platform)


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)
