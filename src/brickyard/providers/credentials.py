"""What a provider has to be shown: a struct for each, whose secret fields are `Secret`s."""

import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from brickyard.contract.struct import Request
from brickyard.engines.egress.allowed import Allowed

FIELD_MAX_CHARS = 100
"""Characters of a field's name that are shown, if the caller made it up."""

_MISSING = re.compile(r"Object missing required field `(.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`", re.DOTALL)
_NO_TEXT = re.compile(r"Expected `str(?: \| null)?`(?:, got .+)?")
_EMPTY = "Expected `str` of length >= 1"


class Secret(str):
    """A text that is never shown: not when it is printed, not in logs or errors."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"


class Unfit(ValueError):  # noqa: N818 - says it
    """A field of credentials holds what is of no use; the text says why, and shows no value."""

    def __init__(self, field: str, why: str) -> None:
        """Name the field."""
        super().__init__(why)
        self.field = field


class Credentials(Request):
    """What a provider has to be shown: nothing, unless it declares a subclass; described as requests are."""

    def check(self, allowed: Allowed) -> None:
        """Raise `Unfit` for what can be seen to be of no use, before it is kept.

        Addresses that are not of the public Internet are of use only if they are `allowed`.
        """


class CredentialField(msgspec.Struct, frozen=True):
    """One thing that has to be given."""

    name: str
    secret: bool
    required: bool


def fields_of(kind: type[Credentials]) -> tuple[CredentialField, ...]:
    """Say what has to be given."""
    return tuple(
        CredentialField(field.name, field.type is Secret or Secret in get_args(field.type), field.required)
        for field in msgspec.structs.fields(kind)
    )


def read(kind: type[Credentials], given: Mapping[str, Any]) -> Credentials:
    """Read what was given; a `ValidationError` says what is wrong with it, without its values."""
    return msgspec.convert(given, kind, dec_hook=_decode)


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """Give the field that `read` found to be wrong, if there is such a field, and a sentence that says how.

    msgspec names fields and types, and never values: nothing secret is in it.
    """
    finding, _, place = str(error).partition(" - at `$.")
    if missing := _MISSING.fullmatch(finding):
        return missing[1], f"The field `{missing[1]}` is missing."
    if unknown := _UNKNOWN.fullmatch(finding):
        return "", f"There is no field `{unknown[1][:FIELD_MAX_CHARS]}`."
    field = place.removesuffix("`")
    if finding == _EMPTY:
        return field, f"The field `{field}` is empty."
    if _NO_TEXT.fullmatch(finding):
        return field, f"The field `{field}` has to be a string."
    return field, f"The field `{field}` is wrong: {finding[:1].lower()}{finding[1:]}."


def secrets_of(credentials: Credentials) -> tuple[str, ...]:
    """Give what must never be shown of them."""
    return tuple(str(value) for value in msgspec.structs.astuple(credentials) if isinstance(value, Secret))


def _decode(kind: type, value: object) -> object:
    if kind is not Secret or not isinstance(value, str):
        raise ValueError("Expected `str`")
    if not value:
        raise ValueError(_EMPTY)
    return Secret(value)
