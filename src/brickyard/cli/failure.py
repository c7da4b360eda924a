"""Calls that failed, as the command tells of them: to a person in words, to a program as JSON."""

import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from brickyard.cli.plain import visible

if TYPE_CHECKING:
    from brickyard.sdk import BrickyardError


class Refusal(click.ClickException):
    """A call that was refused or failed."""

    exit_code = 1

    def __init__(self, problem: Mapping[str, Any], hint: str = "") -> None:
        """Take the error object (`detail`, `errors`, `request_id` …), and what to do about it."""
        super().__init__(str(problem.get("detail", "")))
        self.problem, self.hint = problem, hint

    def show(self, file: Any = None) -> None:
        """Say what went wrong, on standard error."""
        if sys.stderr.isatty():
            self._tell()
        else:
            click.echo(msgspec.json.encode(self.problem), err=True)

    def _tell(self) -> None:
        click.echo(click.style("error: ", fg="red", bold=True) + visible(self.message), err=True)
        for fault in self.problem.get("errors", ()):
            where = click.style(visible(fault["pointer"] or "the request"), bold=True)
            what = "" if fault["detail"] == self.message else f": {visible(fault['detail'])}"
            click.echo(f"  at {where}{what}", err=True)
        if self.hint:
            click.echo(self.hint, err=True)
        if request_id := self.problem.get("request_id"):
            click.echo(click.style(f"request id: {visible(request_id)}", dim=True), err=True)


class NoServer(Refusal):
    """Nothing answers at the address."""

    exit_code = 3

    def __init__(self, detail: str) -> None:
        """Take what is known of it."""
        problem = {"id": "brick.no_server", "detail": detail, "retryable": True, "errors": ()}
        super().__init__(
            problem, "Start one with `brick up`, or give another address: --url or BRICKYARD_URL."
        )


def refusal_of(error: "BrickyardError", token: Path, key: str) -> Refusal:
    """Turn the SDK's error into what the command says of it; never with the key in it.

    `token` is the file that a key is looked for in, `key` the one called with.
    """
    from brickyard.sdk import ConnectionFailedError

    if isinstance(error, ConnectionFailedError):
        return NoServer(_without(key, error.detail))
    problem = {
        "id": error.id,
        "code": error.code,
        "detail": _without(key, error.detail),
        "request_id": error.request_id,
        "retryable": error.retryable,
        "errors": [{"pointer": each.pointer, "detail": _without(key, each.detail)} for each in error.errors],
    }
    return Refusal(problem, _hint(error, token, key))


def _hint(error: "BrickyardError", token: Path, key: str) -> str:
    if error.code == HTTPStatus.UNAUTHORIZED and not key:
        return f"There is no key in {token}. Give one: --key or BRICKYARD_KEY."
    if error.code == HTTPStatus.UNAUTHORIZED:
        return f"The key comes from --key, BRICKYARD_KEY or {token}, in this order."
    if error.code == HTTPStatus.FORBIDDEN:
        return "Use a key with more scopes; `brick key create --scopes …` makes one."
    return "The same call may succeed later." if error.retryable else ""


def _without(secret: str, text: str) -> str:
    return text.replace(secret, "…") if secret else text
