"""A group of commands that says what a wrong name may have been meant for."""

import click


class NearestGroup(click.Group):
    """Takes its commands' names in any spelling."""

    def known(self, ctx: click.Context) -> list[str]:
        """Give all names there are."""
        return self.list_commands(ctx)

    def caveat(self, ctx: click.Context) -> str:
        """Say why there may be more commands than are known; empty if there are not."""
        return ""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` begin with; `NoSuchCommand` names those that are near."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            message = " ".join(filter(None, [f"No such command {name!r}.", self.caveat(ctx)]))
            raise click.NoSuchCommand(name, message, self.known(ctx), ctx)
        return (command and command.name), command, args[1:]
