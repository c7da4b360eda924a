"""`brick login`: sign in, and stay signed in on this machine."""

import sys

import click

from brickyard.cli.session import Session


@click.pass_context
def _login(context: click.Context, email: str) -> None:
    """Sign in with an e-mail and its password.

    The password is asked for, or read from standard input. The session is kept in `session` of the home, and
    the commands of `brick account` use it.
    """
    session = Session.of(context)
    password = _secret("Password")
    reply = session.call("account", "Login", {"email": email, "password": password})
    if reply["challenge"]:
        code = _secret("Code of the authenticator, or for recovery")
        reply = session.call("account", "ConfirmLogin", {"challenge": reply["challenge"], "code": code})
    session.signed_in(reply["token"])
    click.echo(f"Signed in as {email}.", err=True)


def _secret(what: str) -> str:
    """Ask for something that nobody else is to see; a program says it on standard input, a line each."""
    if sys.stdin.isatty():
        return click.prompt(what, hide_input=True)
    return sys.stdin.readline().rstrip("\n")


login = click.Command(
    name="login", callback=_login, help=_login.__doc__, params=[click.Argument(["email"], metavar="EMAIL")]
)
