"""An endpoint as a command: `brick db create`, whose options are the request's fields."""

from typing import Any

import click

from brickyard.cli import reply
from brickyard.cli.catalog import EndpointEntry, ServiceEntry, first_sentence
from brickyard.cli.example import example_lines
from brickyard.cli.field import Field, fields_of
from brickyard.cli.session import JSON_OPTION, Session


class EndpointCommand(click.Command):
    """One endpoint of a service.

    Required fields may also be given without their names, in their order: `brick cache get greeting`.
    """

    def __init__(self, service: ServiceEntry, endpoint: EndpointEntry) -> None:
        """Make it of the catalog's entry."""
        self.service, self.endpoint = service, endpoint
        self.fields = fields_of(endpoint.request)
        self.nameless = [
            each for each in self.fields if each.required and not each.many and each.kind != "flag"
        ]
        super().__init__(
            name=endpoint.command,
            help=endpoint.description,
            short_help=first_sentence(endpoint.description),
            params=self._parameters(),
            callback=self._run,
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what a call costs, and an example."""
        with formatter.section("Price"):
            formatter.write_text(self.endpoint.price_text)
        if lines := example_lines(self.service, self.endpoint):
            with formatter.section("Example"):
                for line in lines:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def _parameters(self) -> list[click.Parameter]:
        parameters: list[click.Parameter] = [_option(n, each) for n, each in enumerate(self.fields)]
        if all(each.option != "--json" for each in self.fields):
            parameters.append(JSON_OPTION)
        if self.nameless:
            names = " ".join(f"[{each.name.upper()}]" for each in self.nameless)
            parameters.append(click.Argument(["values"], nargs=-1, metavar=names, type=click.UNPROCESSED))
        return parameters

    def _run(self, values: tuple[str, ...] = (), **options: Any) -> None:
        context = click.get_current_context()
        body: dict[str, Any] = {}
        for number, field in enumerate(self.fields):
            value = options[_parameter(number)]
            if value is not None and value != ():
                body[field.name] = list(value) if field.many else value
        body |= self._without_names(values, body, context)
        missing = [each.option for each in self.fields if each.required and each.name not in body]
        if missing:
            raise click.UsageError(f"Missing {', '.join(missing)}.", context)
        reply.answer(Session.of(context), self.service, self.endpoint, body)

    def _without_names(
        self, values: tuple[str, ...], body: dict[str, Any], context: click.Context
    ) -> dict[str, Any]:
        awaiting = [each for each in self.nameless if each.name not in body]
        if len(values) > len(awaiting):
            raise click.UsageError(f"Unexpected argument {values[len(awaiting)]!r}.{self._named()}", context)
        return {
            field.name: field.type.convert(value, None, context)
            for field, value in zip(awaiting, values, strict=False)
        }

    def _named(self) -> str:
        """Say which fields are given by name only, if any are."""
        names = [each.option for each in self.fields if each not in self.nameless]
        return f" Only required fields go without their names; here are {', '.join(names)}." if names else ""


def _option(number: int, field: Field) -> click.Option:
    if field.kind == "flag":
        name = field.option.removeprefix("--")
        return click.Option([f"--{name}/--no-{name}", _parameter(number)], default=None, help=_help(field))
    return click.Option(
        [field.option, _parameter(number)], type=field.type, multiple=field.many, help=_help(field)
    )


def _parameter(number: int) -> str:
    """Name an option's value for click, which takes only names that Python would."""
    return f"field{number}"


def _help(field: Field) -> str:
    notes = [
        field.bounds,
        "" if field.default is None or field.many else f"default: {field.default}",
        "may be repeated" if field.many else "",
        "required" if field.required else "",
    ]
    noted = "; ".join(each for each in notes if each)
    return f"{field.description} [{noted}]" if noted else field.description
