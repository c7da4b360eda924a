"""`brick up`: start the cloud on this machine."""

import asyncio
import gc
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from brickyard.cli.session import Session

if TYPE_CHECKING:
    from brickyard.app import Application
    from brickyard.settings import Settings


@click.pass_context
def _up(context: click.Context, host: str | None, port: int | None, home: str | None) -> None:
    """Start the cloud on this machine and serve until stopped (Ctrl-C).

    Whatever can be set has an environment variable too.
    """
    given = {
        "BRICKYARD_HOST": host,
        "BRICKYARD_PORT": port,
        "BRICKYARD_HOME": home or Session.of(context).home,
    }
    serve(os.environ | {name: str(each) for name, each in given.items() if each is not None})


def serve(environment: dict[str, str]) -> None:
    """Serve with the settings of `environment`; a `ClickException` says in a line why it cannot be."""
    gc.disable()  # what is made while it starts stays: to look for garbage in it is a tenth of the work
    import uvloop

    from brickyard.gateway import descriptors, logs
    from brickyard.settings import Settings

    try:
        settings = Settings.from_environment(environment)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    listeners = _listeners(settings.host, settings.port)
    logs.configure(settings.log_level)
    descriptors.allow_many()
    application = _application(settings)
    try:
        uvloop.run(_serve(application, listeners))
    finally:
        application.close()


def _listeners(host: str, port: int) -> list[socket.socket]:
    """Take the address before anything else is done, which would be in vain without it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return [_listener(family, address) for family, _, _, _, address in found]
    except OSError as error:
        raise click.ClickException(
            f"{host}:{port} cannot be listened on: {error.strerror}. Choose another: --port, --host."
        ) from error


def _listener(family: int, address: Any) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind(address)
        listener.listen()  # it is here that a port in use may be noticed
    except OSError:
        listener.close()
        raise
    return listener


def _application(settings: "Settings") -> "Application":
    import apsw

    from brickyard.app import Application
    from brickyard.contract.catalog import ServiceFileError
    from brickyard.engines.sql import DatabaseUnusable
    from brickyard.platform.billing.prices import PriceError
    from brickyard.platform.payment.stripe.library import PaymentsUnusable

    try:
        return Application(settings)
    except (DatabaseUnusable, PaymentsUnusable, PriceError, ServiceFileError) as error:
        raise click.ClickException(str(error)) from error
    except (OSError, apsw.Error) as error:
        raise _unusable(settings.home, error) from error


async def _serve(application: "Application", listeners: list[socket.socket]) -> None:
    token = application.home / "token"
    try:
        is_new = not token.exists()
        key = await application.first_key()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(application.home, error) from error
    server = application.server()
    serving = asyncio.create_task(server.serve(listeners))
    await server.listening.wait()
    if server.started:
        _greet(server.address, key if is_new or sys.stdout.isatty() else "", token)
    # What is there now stays: to look through it again for garbage would stop all calls for 20 ms, thrice
    # a second.
    gc.collect()
    gc.freeze()
    gc.enable()
    await serving


def _greet(address: str, key: str, token: Path) -> None:
    """Say where it is, with which key, and what to try first.

    A key that was shown when it was made is left empty where it would end up in a log.
    """
    kept = str(token).replace(str(Path.home()), "~", 1) if token.is_relative_to(Path.home()) else str(token)
    title = click.style("Brickyard is up at", bold=True)
    click.echo(f"{title} {click.style(address, fg='cyan', underline=True)}")
    shown = f"{click.style(key, fg='green')} {click.style(f'(kept in {kept})', dim=True)}"
    click.echo(f"Your key: {shown if key else f'is kept in {kept}'}")
    authorization = f'-H "Authorization: Bearer $(cat {kept})"'
    click.echo(f'Try it:   curl {address}/v1/helloworld/Call {authorization} -d \'{{"name": "you"}}\'')


def _unusable(home: Path, error: Exception) -> click.ClickException:
    reason = "it is no folder" if isinstance(error, FileExistsError) else error
    return click.ClickException(
        f"The home {home} cannot be used: {reason}. Choose another: --home or BRICKYARD_HOME."
    )


up = click.Command(
    name="up",
    callback=_up,
    help=_up.__doc__,
    params=[
        click.Option(["--host"], envvar="BRICKYARD_HOST", show_envvar=True, help="The address listened on."),
        click.Option(
            ["--port"],
            type=click.IntRange(0, 65535),
            envvar="BRICKYARD_PORT",
            show_envvar=True,
            help="The port listened on; 0 for any free one.",
        ),
        click.Option(["--home"], help="The folder that holds everything."),
    ],
)
