"""A group of commands that says what a wrong name may have been meant for."""

import click


class NearestGroup(click.Group):
    """Takes its commands' names in any spelling."""

    def known(self, ctx: click.Context) -> list[str]:
        """Give all names there are."""
        return self.list_commands(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` begin with; `NoSuchCommand` names those that are near."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            raise click.NoSuchCommand(name, possibilities=self.known(ctx), ctx=ctx)
        return (command and command.name), command, args[1:]
