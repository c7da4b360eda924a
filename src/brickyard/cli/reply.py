"""A call made and its reply printed: for a person on a terminal, as JSON for whatever else reads it."""

from typing import Any

import click
import msgspec

from brickyard.cli.catalog import EndpointEntry, ServiceEntry
from brickyard.cli.session import Session

ALONE = {("key", "Create"): "key"}
"""What a script wants of a reply and nothing else: `KEY=$(brick key create --scopes db)`."""


def answer(session: Session, service: ServiceEntry, endpoint: EndpointEntry, body: dict[str, Any]) -> None:
    """Call an endpoint by its own command, and print what a reader wants of the reply."""
    alone = ALONE.get((service.name, endpoint.name))
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
