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
        call(session, service.name, endpoint.name, body, stream=endpoint.stream)
        return
    click.echo(session.call(service.name, endpoint.name, body)[alone])


def call(session: Session, service: str, endpoint: str, body: dict[str, Any], *, stream: bool) -> None:
    """Call an endpoint and print the whole reply, or each message of a stream as it comes."""
    if stream:
        for message in session.stream(service, endpoint, body):
            (_message_on_screen if session.is_pretty() else _line)(message)
        return
    reply = session.call(service, endpoint, body)
    (_on_screen if session.is_pretty() else _line)(reply)


def _line(value: Any) -> None:
    click.echo(msgspec.json.encode(value))


def _on_screen(reply: dict[str, Any]) -> None:
    from brickyard.cli import screen

    screen.show(reply)


def _message_on_screen(message: dict[str, Any]) -> None:
    from brickyard.cli import screen

    screen.show_line(message)
