"""The names that callers give: of tables, of indexes, and the ids of records."""

import hashlib
import re
from functools import lru_cache

from brickyard.contract import BadRequest

TABLE_NAME = re.compile(r"[a-z0-9_]{1,63}")
ID_MAX_CHARACTERS = 256
INDEX_NAME_MAX = 63
DIGEST_LENGTH = 8


@lru_cache(maxsize=4_096)
def table_name(given: str, pointer: str = "/table") -> str:
    """Give a table's name as it is kept: lower case, dashes as underscores; `default` for none."""
    name = given.lower().replace("-", "_") or "default"
    if TABLE_NAME.fullmatch(name) is None or not given.isascii():
        raise BadRequest.at(
            pointer,
            f"The table name {given[:100]!r} is not allowed: "
            "use 1 to 63 letters (a to z), digits, underscores and dashes.",
        )
    return name


def record_id(given: str, pointer: str = "/id") -> str:
    """Give an id back if it may be one."""
    if not given or len(given) > ID_MAX_CHARACTERS:
        raise BadRequest.at(
            pointer, f"An id has 1 to {ID_MAX_CHARACTERS} characters; this one has {len(given)}."
        )
    if "\0" in given:
        raise BadRequest.at(pointer, "An id cannot contain the character U+0000.")
    return given


def index_names(given: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names an index may have, best first: the one asked for, else some made of its fields.

    Of those, the first is easy to read and other fields may make the same; the second is theirs alone.
    """
    if not given:
        plain = re.sub(r"[^a-z0-9]+", "_", "_".join(fields).lower()).strip("_")
        digest = hashlib.sha256("\n".join(fields).encode()).hexdigest()[:DIGEST_LENGTH]
        own = f"{plain[: INDEX_NAME_MAX - DIGEST_LENGTH - 1] or 'index'}_{digest}"
        return (plain[:INDEX_NAME_MAX], own) if plain else (own,)
    if TABLE_NAME.fullmatch(given) is None:
        raise BadRequest.at(
            "/name",
            f"The index name {given[:100]!r} is not allowed: use 1 to 63 of a to z, 0 to 9 and underscores.",
        )
    return (given,)
