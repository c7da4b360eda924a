"""A call made and its reply printed: for a person on a terminal, as JSON for whatever else reads it."""

from typing import Any, cast

import click
import msgspec

from brickyard.cli.catalog import EndpointEntry, ServiceEntry
from brickyard.cli.session import Session

ALONE = {("key", "Create"): "key", ("key", "Rotate"): "key"}
"""What a script wants of a reply and nothing else: `KEY=$(brick key create --scopes db)`."""

BRIEFLY = {
    ("key", "List"): (
        *("id", "description", "hint", "kind", "scopes", "last_used_at", "expires_at", "revoked_at"),
    ),
    ("email", "List"): ("id", "state", "recipients", "subject", "created_at", "provider", "note"),
    ("audit", "List"): ("time", "endpoint", "subject", "account", "key", "operator", "address"),
}
"""What a person wants of each object in a list, where all of it is too wide for a table."""


def answer(session: Session, service: ServiceEntry, endpoint: EndpointEntry, body: dict[str, Any]) -> None:
    """Call an endpoint by its own command, and print what a reader wants of the reply."""
    alone = ALONE.get((service.name, endpoint.name))
    if session.is_pretty() and (service.name, endpoint.name) in BRIEFLY:
        _briefly(session.call(service.name, endpoint.name, body), BRIEFLY[service.name, endpoint.name])
        return
    if alone is None or session.as_json or session.is_pretty():
        (stream if endpoint.stream else call)(session, service.name, endpoint.name, body)
        return
    click.echo(session.call(service.name, endpoint.name, body)[alone])


def call(
    session: Session, service: str, endpoint: str, body: dict[str, Any], idempotency_key: str | None = None
) -> None:
    """Call an endpoint and print the reply."""
    reply = session.call(service, endpoint, body, idempotency_key)
    (_on_screen if session.is_pretty() else _line)(reply)


def _briefly(reply: dict[str, Any], names: tuple[str, ...]) -> None:
    _on_screen({field: _narrowed(value, names) for field, value in reply.items()})


def _narrowed(value: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(value, list):
        return value
    return [{name: row[name] for name in names} for row in cast("list[dict[str, Any]]", value)]


def stream(session: Session, service: str, endpoint: str, body: dict[str, Any]) -> None:
    """Call a streaming endpoint and print each message as it comes."""
    for message in session.stream(service, endpoint, body):
        (_message_on_screen if session.is_pretty() else _line)(message)


def _line(value: Any) -> None:
    click.echo(msgspec.json.encode(value))


def _on_screen(reply: dict[str, Any]) -> None:
    from brickyard.cli import screen

    screen.show(reply)


def _message_on_screen(message: dict[str, Any]) -> None:
    from brickyard.cli import screen

    screen.show_line(message)
