"""What one run of the command works with: which server, with which key, and how replies are shown."""

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
import msgspec

from brickyard.cli.cache import CatalogCache
from brickyard.cli.catalog import Catalog
from brickyard.cli.failure import NoServer, refusal_of

if TYPE_CHECKING:
    from brickyard.sdk import Brickyard

# Port 0 lets `brick up` choose one, so it says nothing of where a server is.
URL = f"http://127.0.0.1:{os.environ.get('BRICKYARD_PORT', '').removeprefix('0') or '8080'}"
HOME = "~/.brickyard"
CATALOG_LIMIT_S = 5.0
"""How long the server may take to give its catalog."""
BY_PEOPLE = {("project", "Export")}
"""What is called by who is signed in, beside all of `account`: a key cannot."""


class Session:
    """One run of the command."""

    def __init__(self, url: str, key: str, home: Path) -> None:
        """Work with the server at `url`; with an empty `key`, that of `home`."""
        self.url, self.home = _checked(url), home
        self.as_json = False
        self._given_key = key
        self.cache = CatalogCache(home / "cache", self.url)
        self.gone: NoServer | None = None
        """Why the server did not give its catalog, once it has been asked."""

    @classmethod
    def of(cls, context: click.Context) -> "Session":
        """Give the session of the run that `context` belongs to."""
        root = context.find_root()
        if not isinstance(root.obj, Session):
            home = _folder(_chosen(root, "home", HOME))
            root.obj = cls(_chosen(root, "url", URL), _chosen(root, "key", ""), home)
        return root.obj

    @property
    def token(self) -> Path:
        """The file that holds the key of this home."""
        return self.home / "token"

    @cached_property
    def key(self) -> str:
        """The key to call with; empty if there is none."""
        key = self._given_key or _read(self.token)
        if not (key.isascii() and key.isprintable()):
            raise click.UsageError("The key has characters that no key has. Was it copied whole?")
        return key

    def is_signed_in(self) -> bool:
        """Whether `brick login` keeps a session in this home."""
        return bool(_read(self._sign_in))

    def signed_in(self, token: str) -> None:
        """Keep a session for the commands to come, for nobody else to read."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.home / "session.new"
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(token + "\n")
        draft.replace(self._sign_in)

    def signed_out(self) -> None:
        """Forget the session."""
        self._sign_in.unlink(missing_ok=True)

    @property
    def _sign_in(self) -> Path:
        return self.home / "session"

    def is_pretty(self) -> bool:
        """Whether replies are read by a person."""
        return not self.as_json and sys.stdout.isatty()

    def call(
        self, service: str, endpoint: str, body: dict[str, Any], idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Make a call; a `Refusal` says why it failed."""
        with self._explained():
            client = self._client_for(service, endpoint)
            return client.call(service, endpoint, body, idempotency_key=idempotency_key)

    def stream(self, service: str, endpoint: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Make a streaming call; gives its messages as they come."""
        with self._explained():
            yield from self._client_for(service, endpoint).stream(service, endpoint, body)

    @cached_property
    def catalog(self) -> Catalog:
        """The server's catalog; if no server answers, the last it gave, or that of this installation."""
        try:
            return self.fresh_catalog()
        except NoServer as gone:
            self.gone = gone
            return self.cache.latest() or local_catalog()

    def say_if_gone(self) -> None:
        """Say so, beside what is printed, if the catalog is not what a server gives now."""
        if self.gone is not None:
            click.echo(f"{self.gone.message} This is what was known here before.", err=True)

    @cached_property
    def near_catalog(self) -> Catalog:
        """The catalog without asking the server: for an overview, at once."""
        return self.cache.latest() or local_catalog()

    @cached_property
    def completion_catalog(self) -> Catalog:
        """The catalog for completion: asked for only when the last one is old."""
        return self.cache.recent() or self.catalog

    def fresh_catalog(self) -> Catalog:
        """Ask the server for its catalog, and keep it for completion; `NoServer` if none answers."""
        from brickyard.sdk import Brickyard, BrickyardError, ConnectionFailedError

        try:
            with Brickyard(key=self.key, base_url=self.url, timeout_s=CATALOG_LIMIT_S, retries=0) as client:
                given = client.read_catalog()
            catalog = msgspec.convert(given, Catalog)
        except ConnectionFailedError as error:
            raise NoServer(f"No server answers at {self.url}.") from error
        except (BrickyardError, msgspec.DecodeError) as error:
            raise NoServer(f"What answers at {self.url} is no Brickyard: it gives no catalog.") from error
        self.cache.keep(given)
        return catalog

    @cached_property
    def _client(self) -> "Brickyard":
        from brickyard.sdk import Brickyard

        return Brickyard(key=self.key, base_url=self.url)

    def _client_for(self, service: str, endpoint: str) -> "Brickyard":
        """Give the client of who is signed in for what only people do, else that of the key."""
        from brickyard.sdk import Brickyard

        by_people = service == "account" or (service, endpoint) in BY_PEOPLE
        if by_people and (token := _read(self._sign_in)):
            return Brickyard(key=token, base_url=self.url)
        return self._client

    @contextmanager
    def _explained(self) -> Generator[None]:
        from brickyard.sdk import BrickyardError

        if self.gone is not None:
            raise self.gone
        try:
            yield
        except BrickyardError as error:
            raise refusal_of(error, self.token, self.key) from error


def local_catalog() -> Catalog:
    """Read the catalog of this installation."""
    from brickyard import platform, services
    from brickyard.contract.catalog import discover
    from brickyard.platform.billing.prices import PriceList
    from brickyard.platform.catalog.listing import Listing

    catalog = discover(services, platform)
    shown = Listing(catalog, PriceList.of(catalog)).details()
    return msgspec.convert({"services": msgspec.to_builtins(shown)}, Catalog)


def _chosen(root: click.Context, name: str, otherwise: str) -> str:
    """Give a global option; before the options are read (`--help` comes first), its environment variable."""
    return root.params.get(name) or os.environ.get(f"BRICKYARD_{name.upper()}") or otherwise


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0):
            if parts.username or parts.password:
                raise click.UsageError("The address holds a name or a password. Give the key with --key.")
            return url.rstrip("/")
    except ValueError:  # the port, or brackets that do not match
        pass
    raise click.UsageError(f"{url!r} is no address of a server. Write it like {URL}.")


def _folder(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise click.UsageError(f"The home {path!r} is of a user that is not known here.") from error


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _print_json(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click calls it so
    if wanted:
        Session.of(context).as_json = True


JSON_OPTION = click.Option(
    ["--json"],
    is_flag=True,
    expose_value=False,
    callback=_print_json,
    help="Print JSON on a terminal too, one line a reply.",
)
"""Taken by every command that prints a reply."""
