"""`brick services`: what there is."""

import click
import msgspec

from brickyard.cli.catalog import Catalog, first_sentence
from brickyard.cli.session import JSON_OPTION, Session


@click.pass_context
def _services(context: click.Context) -> None:
    """List the services: name, category, endpoints, and what each is for."""
    session = Session.of(context)
    catalog = session.catalog
    session.say_if_gone()
    if session.is_pretty():
        _show(catalog)
        return
    for each in catalog.services:
        endpoints = [endpoint.name for endpoint in each.endpoints]
        line = {"name": each.name, "category": each.category, "endpoints": endpoints}
        click.echo(msgspec.json.encode({**line, "description": each.description}))


def _show(catalog: Catalog) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from brickyard.cli.plain import visible

    table = Table(
        "service", "category", "endpoints", "what it is for", header_style="bold cyan", box=SIMPLE_HEAD
    )
    table.columns[0].style = "bold"
    for each in catalog.services:
        endpoints = ", ".join(endpoint.command for endpoint in each.endpoints)
        row = (each.name, each.category, endpoints, first_sentence(each.description))
        table.add_row(*(Text(visible(text)) for text in row))
    Console(highlight=False).print(table)


services = click.Command(name="services", callback=_services, help=_services.__doc__, params=[JSON_OPTION])
