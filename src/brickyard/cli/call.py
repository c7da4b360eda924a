"""`brick call`: any endpoint with a request as JSON."""

import re
from typing import Any

import click

from brickyard.cli import reply
from brickyard.cli.argument import JSON_OBJECT
from brickyard.cli.session import JSON_OPTION, Session

ENDPOINT = re.compile(r"[\w-]+([./][\w-]+){1,2}", re.ASCII)
"""`db/Create`, and M3O's form in three parts."""
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")


KEY_HELP = "A name of your own for the call: made again with it, within 24 hours, it is not done twice."

VERSION = re.compile(r"^/?v1/")
"""How the path of a call begins, which is as good a way to name it."""


@click.pass_context
def _call(
    context: click.Context, endpoint: str, request: dict[str, Any], idempotency_key: str | None
) -> None:
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
        reply.call(session, service_name, name, request, idempotency_key)
    elif not known.stream:
        reply.call(session, service.name, known.name, request, idempotency_key)
    elif idempotency_key is not None:
        raise click.UsageError(f"{endpoint} is a stream: it takes no --idempotency-key.", context)
    else:
        reply.stream(session, service.name, known.name, request)


def _endpoints(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    names = [
        f"{service.name}/{each.name}"
        for service in Session.of(context).completion_catalog.services
        for each in service.endpoints
    ]
    return [each for each in names if each.lower().startswith(incomplete.lower())]


def _checked_key(context: click.Context, _: click.Parameter, key: str | None) -> str | None:
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        raise click.UsageError("A key has 1 to 255 visible ASCII characters, and no spaces.", context)
    return key


call = click.Command(
    name="call",
    callback=_call,
    help=_call.__doc__,
    params=[
        click.Argument(["endpoint"], metavar="SERVICE/ENDPOINT", shell_complete=_endpoints),
        click.Argument(["request"], type=JSON_OBJECT, default="{}", required=False),
        click.Option(["--idempotency-key"], callback=_checked_key, help=KEY_HELP),
        JSON_OPTION,
    ],
)
