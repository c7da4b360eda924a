"""What a provider has to be shown: a struct for each, whose secret fields are `Secret`s."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from brickyard.contract.struct import Request


class Secret(str):
    """A text that is never shown: not when it is printed, not in logs or errors."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"


class Credentials(Request):
    """What a provider has to be shown: nothing, unless it declares a subclass; described as requests are."""


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


def secrets_of(credentials: Credentials) -> tuple[str, ...]:
    """Give what must never be shown of them."""
    return tuple(str(value) for value in msgspec.structs.astuple(credentials) if isinstance(value, Secret))


def _decode(kind: type, value: object) -> object:
    if kind is Secret and isinstance(value, str) and value:
        return Secret(value)
    raise ValueError("expected a text")
