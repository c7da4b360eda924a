"""`brick describe db`: a service's endpoints with their fields, types, prices and examples."""

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from brickyard.cli.catalog import EndpointEntry, ServiceEntry
from brickyard.cli.example import example_lines
from brickyard.cli.field import Field, fields_of
from brickyard.cli.plain import visible
from brickyard.cli.session import JSON_OPTION, Session


@click.pass_context
def _describe(context: click.Context, name: str) -> None:
    """Show a service's endpoints: fields, types, prices and examples.

    NAME is a service (`db`) or one of its endpoints (`db/Create`).
    """
    session = Session.of(context)
    service = _found(context, name)
    session.say_if_gone()
    if session.is_pretty():
        _show(service)
    else:
        click.echo(msgspec.json.encode(service))


def _services(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    names = [each.name for each in Session.of(context).completion_catalog.services]
    return [each for each in names if each.startswith(incomplete)]


def _found(context: click.Context, name: str) -> ServiceEntry:
    """Give the service `name`; of an endpoint's name, the service with that endpoint only."""
    catalog = Session.of(context).catalog
    service_name, _, endpoint_name = name.replace(".", "/").partition("/")
    service = catalog.service(service_name)
    if service is None:
        known = [each.name for each in catalog.services]
        raise click.NoSuchCommand(
            name, f"No such service {name!r}; `brick services` lists them.", known, context
        )
    if not endpoint_name:
        return service
    endpoint = service.endpoint(endpoint_name)
    if endpoint is None:
        known = [f"{service.name}/{each.name}" for each in service.endpoints]
        raise click.NoSuchCommand(name, f"No such endpoint {name!r}.", known, context)
    return msgspec.structs.replace(service, endpoints=(endpoint,))


def _show(service: ServiceEntry) -> None:
    console = Console(highlight=False)
    console.print(
        Text(service.title or service.name, style="bold"), Text(f"({service.category})", style="dim")
    )
    console.print(Text(visible(service.description)))
    for each in service.endpoints:
        console.print()
        _show_endpoint(service, each, console)


def _show_endpoint(service: ServiceEntry, endpoint: EndpointEntry, console: Console) -> None:
    kind = "a stream of messages; " if endpoint.stream else ""
    console.print(
        Text(f"{service.name}/{endpoint.name}", style="bold cyan"),
        Text(f"({kind}{endpoint.price_text})", style="dim"),
    )
    console.print(Text(visible(endpoint.description)))
    _show_fields("request", fields_of(endpoint.request), console)
    _show_fields("reply", fields_of(endpoint.reply), console)
    for line in example_lines(service, endpoint):
        console.print(Text(f"  {visible(line)}", style="green"), soft_wrap=True)


def _show_fields(title: str, fields: list[Field], console: Console) -> None:
    if not fields:
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(style="magenta")
    table.add_column()
    for each in fields:
        required = " (required)" if each.required and title == "request" else ""
        table.add_row(
            Text(f"    {each.name}"), Text(each.kind_text + required), Text(visible(each.description))
        )
    console.print(Text(f"  {title}", style="dim"))
    console.print(table)


describe = click.Command(
    name="describe",
    callback=_describe,
    help=_describe.__doc__,
    params=[click.Argument(["name"], shell_complete=_services), JSON_OPTION],
)
