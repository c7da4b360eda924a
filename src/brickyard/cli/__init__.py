"""The `brick` command."""

from brickyard.cli.up import up


def main() -> None:
    """Run the command."""
    up()
