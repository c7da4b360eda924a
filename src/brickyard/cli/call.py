"""`brick call`: any endpoint with a request as JSON."""

import re
from typing import Any

import click

from brickyard.cli import reply
from brickyard.cli.argument import JSON_OBJECT
from brickyard.cli.session import JSON_OPTION, Session

ENDPOINT = re.compile(r"[\w-]+([./][\w-]+){1,2}", re.ASCII)
"""`db/Create`, and M3O's form in three parts."""

VERSION = re.compile(r"^/?v1/")
"""How the path of a call begins, which is as good a way to name it."""


@click.pass_context
def _call(context: click.Context, endpoint: str, request: dict[str, Any]) -> None:
    """Call an endpoint, such as `db/Create`, with a JSON request.

    The request is JSON, `-` to read it from standard input, or `@file`; {} if it is left out.
    Of a stream, each message is printed on a line of its own.
    """
    session = Session.of(context)
    endpoint = VERSION.sub("", endpoint)
    service_name, _, name = endpoint.replace(".", "/").rpartition("/")
    if not ENDPOINT.fullmatch(endpoint):
        raise click.UsageError(
            f"{endpoint!r} is no endpoint: write SERVICE/ENDPOINT, such as db/Create.", context
        )
    service = session.catalog.service(service_name)
    known = service and service.endpoint(name)
    if service is None or known is None:  # the server has the last word, and a good one
        reply.call(session, service_name, name, request, stream=False)
    else:
        reply.call(session, service.name, known.name, request, stream=known.stream)


def _endpoints(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    names = [
        f"{service.name}/{each.name}"
        for service in Session.of(context).completion_catalog.services
        for each in service.endpoints
    ]
    return [each for each in names if each.lower().startswith(incomplete.lower())]


call = click.Command(
    name="call",
    callback=_call,
    help=_call.__doc__,
    params=[
        click.Argument(["endpoint"], metavar="SERVICE/ENDPOINT", shell_complete=_endpoints),
        click.Argument(["request"], type=JSON_OBJECT, default="{}", required=False),
        JSON_OPTION,
    ],
)
