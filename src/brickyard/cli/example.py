"""An endpoint's examples as they are typed in a shell."""

import json
import shlex
from typing import Any

from brickyard.cli.catalog import EndpointEntry, ServiceEntry
from brickyard.cli.field import Field, fields_of

SHOWN_MAX = 100
"""Characters of a reply that are shown."""


def example_lines(service: ServiceEntry, endpoint: EndpointEntry) -> list[str]:
    """Give the first example: the command, and what it prints. Empty if the contract has none."""
    if not endpoint.examples:
        return []
    example, fields = endpoint.examples[0], fields_of(endpoint.request)
    request = example.request
    telling = [each for each in fields if each.name in request and not each.is_default(request[each.name])]
    options = [word for each in telling for word in _words(each, request[each.name])]
    command = " ".join(["brick", service.name, endpoint.command, *options])
    return [f"$ {command}", *([_shortened(_json(example.reply))] if example.reply else [])]


def _words(field: Field, value: Any) -> list[str]:
    if field.kind == "flag":
        return [field.option if value else field.option.replace("--", "--no-", 1)]
    values: list[Any] = value if field.many else [value]
    return [f"{field.option}={shlex.quote(_typed(field, each))}" for each in values]


def _typed(field: Field, value: Any) -> str:
    return value if isinstance(value, str) and field.kind not in {"json", "any"} else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
