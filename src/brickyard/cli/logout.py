"""`brick logout`: end the session of this machine."""

import click

from brickyard.cli.failure import Refusal
from brickyard.cli.session import Session

UNAUTHORIZED = 401


@click.pass_context
def _logout(context: click.Context) -> None:
    """End the session that `brick login` began, here and on the server."""
    session = Session.of(context)
    if not session.is_signed_in():
        raise click.ClickException("Nobody is signed in.")
    try:
        session.call("account", "Logout", {})
    except Refusal as refusal:
        if refusal.problem.get("code") != UNAUTHORIZED:  # it has ended already
            raise
    session.signed_out()
    click.echo("Signed out.", err=True)


logout = click.Command(name="logout", callback=_logout, help=_logout.__doc__)
