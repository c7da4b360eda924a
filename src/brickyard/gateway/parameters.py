"""Calls that come as text: query strings and forms, whose dots and brackets nest."""

import re
from typing import cast
from urllib.parse import parse_qsl

from brickyard.contract import BadRequest, JsonObject, PayloadTooLarge

SIZE_MAX_BYTES = 256 * 1024
"""A query string or form, at most: to take one apart costs far more than to read JSON."""
PARAMETERS_MAX = 1_000
"""Parameters of one query string or form, at most."""
DEPTH_MAX = 16
"""Levels that one parameter's name may nest."""

_SEPARATORS = re.compile(r"[.\[\]]+")


def parse(text: bytes) -> JsonObject:
    """Read `a=1&b.c=2&d[e]=3` as `{"a": "1", "b": {"c": "2"}, "d": {"e": "3"}}`.

    A name given more than once is a list.
    """
    if len(text) > SIZE_MAX_BYTES:
        raise PayloadTooLarge(
            f"Parameters and forms are taken up to {SIZE_MAX_BYTES} bytes; send JSON instead."
        )
    try:
        pairs = parse_qsl(
            text.decode(), keep_blank_values=True, max_num_fields=PARAMETERS_MAX, errors="strict"
        )
    except UnicodeDecodeError as error:
        raise BadRequest("The parameters are not UTF-8 text.") from error
    except ValueError as error:
        raise BadRequest(f"More than {PARAMETERS_MAX} parameters.") from error
    tree: JsonObject = {}
    for name, value in pairs:
        _place(tree, name, value)
    return tree


def _place(tree: JsonObject, name: str, value: str) -> None:
    *parents, last = [part for part in _SEPARATORS.split(name, DEPTH_MAX + 2) if part] or [name]
    if len(parents) > DEPTH_MAX:
        raise BadRequest(f"The parameter {name[:100]!r} nests more than {DEPTH_MAX} levels.")
    for parent in parents:
        inner = tree.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise BadRequest(f"The parameter {parent[:100]!r} is given both as a value and as an object.")
        tree = cast("JsonObject", inner)
    if last not in tree:
        tree[last] = value
    elif isinstance(tree[last], dict):
        raise BadRequest(f"The parameter {last[:100]!r} is given both as a value and as an object.")
    else:
        earlier = tree[last]
        tree[last] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
