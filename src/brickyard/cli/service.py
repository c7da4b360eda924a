"""A service as a command: `brick db`, whose commands are its endpoints."""

import click

from brickyard.cli.catalog import ServiceEntry
from brickyard.cli.endpoint import EndpointCommand
from brickyard.cli.nearest import NearestGroup


class ServiceCommand(NearestGroup):
    """One service of the catalog."""

    def __init__(self, service: ServiceEntry) -> None:
        """Make it of the catalog's entry."""
        super().__init__(name=service.name, help=service.description, no_args_is_help=True)
        self.service = service

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the endpoints in their order."""
        return [each.command for each in self.service.endpoints]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give the command of an endpoint."""
        endpoint = self.service.endpoint(cmd_name)
        return None if endpoint is None else EndpointCommand(self.service, endpoint)
