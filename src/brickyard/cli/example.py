"""An endpoint's examples as they are typed in a shell."""

import json
import shlex
from typing import Any

from brickyard.cli.catalog import EndpointEntry, ServiceEntry, dashed

SHOWN_MAX = 100
"""Characters of a reply that are shown."""


def example_lines(service: ServiceEntry, endpoint: EndpointEntry) -> list[str]:
    """Give the first example: the command, and what it prints. Empty if the contract has none."""
    if not endpoint.examples:
        return []
    example = endpoint.examples[0]
    command = " ".join(["brick", service.name, endpoint.command, *_options(example.request)])
    return [f"$ {command}", *([_shortened(_json(example.reply))] if example.reply else [])]


def _options(request: dict[str, Any]) -> list[str]:
    return [option for name, value in request.items() for option in _option(f"--{dashed(name)}", value)]


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [name if value else f"--no-{name.removeprefix('--')}"]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):  # type: ignore[reportUnknownVariableType]  # any JSON
        return [f"{name}={shlex.quote(each)}" for each in value]  # type: ignore[reportUnknownVariableType]  # as above
    return [f"{name}={shlex.quote(value if isinstance(value, str) else _json(value))}"]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
