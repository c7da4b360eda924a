"""`brick completion`: the script that makes a shell complete the command."""

import click
from click.shell_completion import get_completion_class

INSTALL = {
    "bash": 'eval "$(brick completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(brick completion zsh)"   # in ~/.zshrc, after compinit',
    "fish": "brick completion fish | source   # in ~/.config/fish/config.fish",
}


@click.pass_context
def _completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    Services, endpoints and options are completed from the server's catalog, which is kept for ten
    minutes in the folder `cache` of the home.
    """
    script = get_completion_class(shell)
    assert script is not None, "click knows these shells"
    click.echo(script(context.find_root().command, {}, "brick", "_BRICK_COMPLETE").source())


completion = click.Command(
    name="completion",
    callback=_completion,
    help=_completion.__doc__,
    epilog="\b\n" + "\n".join(INSTALL.values()),
    params=[click.Argument(["shell"], type=click.Choice(list(INSTALL)))],
)
