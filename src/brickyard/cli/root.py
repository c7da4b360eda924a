"""`brick` itself: its own commands, and one for each service of the catalog."""

import importlib
from collections.abc import Iterable
from importlib.metadata import version

import click
from click.shell_completion import CompletionItem

from brickyard.cli.catalog import ServiceEntry, dashed, first_sentence
from brickyard.cli.nearest import NearestGroup
from brickyard.cli.service import ServiceCommand
from brickyard.cli.session import HOME, JSON_OPTION, URL, Session

OWN = {
    "up": "Start the cloud on this machine.",
    "login": "Sign in to your account.",
    "logout": "Sign out.",
    "call": "Call any endpoint with a JSON request.",
    "services": "List the services.",
    "describe": "Show a service's endpoints, fields, prices and examples.",
    "completion": "Print the completion script of a shell.",
}
"""The command's own commands: each is a module of that name, imported when it is used."""


class Root(NearestGroup):
    """Finds its commands when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the own commands, then the services."""
        return [*OWN, *(each.name for each in Session.of(ctx).near_catalog.services if each.name not in OWN)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give one's own command, or that of the service; None if there is neither."""
        if cmd_name in OWN:
            return getattr(importlib.import_module(f"brickyard.cli.{cmd_name}"), cmd_name)
        session = Session.of(ctx)
        catalog = session.completion_catalog if ctx.resilient_parsing else session.catalog
        service = catalog.service(cmd_name)
        return None if service is None else ServiceCommand(service)

    def known(self, ctx: click.Context) -> list[str]:
        """Give what a wrong name may have been meant for."""
        return [*OWN, *(each.name for each in Session.of(ctx).catalog.services)]

    def caveat(self, ctx: click.Context) -> str:
        """Say so if the server could not be asked for its services."""
        gone = Session.of(ctx).gone
        return "" if gone is None else f"{gone.message} It may have services not known here."

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command or service, without making a command of each."""
        names = dict(_overview(Session.of(ctx).completion_catalog.services)) | OWN
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=text) for name, text in names.items() if name.startswith(incomplete)
        ] + options

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the own commands and the services."""
        with formatter.section("Commands"):
            formatter.write_dl(list(OWN.items()))
        with formatter.section("Services"):
            formatter.write_dl(_overview(Session.of(ctx).near_catalog.services))


def _overview(services: Iterable[ServiceEntry]) -> list[tuple[str, str]]:
    return [(each.name, first_sentence(each.description)) for each in services]


def _begin(**_: str) -> None:
    """The options are read by `Session.of`, which commands need before they run."""


def _option(name: str, default: str, text: str) -> click.Option:
    return click.Option(
        [f"--{name}"],
        envvar=f"BRICKYARD_{name.upper()}",
        show_envvar=True,
        is_eager=True,
        help=f"{text} [default: {default}]",
    )


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click calls it so
    if wanted and not context.resilient_parsing:
        click.echo(f"brick {version('brickyard')}")
        context.exit()


brick = Root(
    name="brick",
    help="Many building blocks behind one endpoint and one key: start the cloud, and call it.",
    callback=_begin,
    no_args_is_help=True,
    params=[
        _option("url", URL, "The server called."),
        _option("key", "that in `token` of the home", "The key called with."),
        _option("home", HOME, "The folder that holds everything."),
        JSON_OPTION,
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Print the version of this command.",
        ),
    ],
    context_settings={
        "token_normalize_func": dashed,
        "help_option_names": ["-h", "--help"],
        "max_content_width": 110,
    },
)
