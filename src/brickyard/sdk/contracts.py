"""What is known here of services: their contracts, where this installation carries them."""

import importlib
from functools import cache
from importlib.util import find_spec
from typing import Any

import msgspec

from brickyard.contract import Contract, Endpoint, JsonObject, Reply, Service
from brickyard.contract.service import wire_name
from brickyard.contract.words import decode_word, encode_word
from brickyard.sdk.content import UNWRITABLE, not_json
from brickyard.sdk.errors import unreadable

FLOORS = ("brickyard.services", "brickyard.platform")


@cache
def endpoints_of(service: str) -> dict[str, Endpoint]:
    """Give a service's endpoints by the names of their methods; none if it is not known here."""
    for floor in FLOORS:
        name = f"{floor}.{service}"
        spec = find_spec(name) if service.isidentifier() else None
        if spec is not None:
            name += ".contract" if spec.submodule_search_locations else ""
            if find_spec(name) is None:  # a folder of what several services share
                continue
            module = importlib.import_module(name)
            kinds = [each for each in vars(module).values() if _is_service_of(each, module.__name__)]
            return {each.method: each for kind in kinds for each in Contract.of(kind).endpoints}
    return {}


def body_of(endpoint: Endpoint | None, fields: dict[str, Any]) -> JsonObject:
    """Give a call's body.

    A TypeError names a field that the contract does not have, or lacks; a `NotJsonError` a value that
    cannot be sent.
    """
    if endpoint is None:
        return fields
    try:
        request = endpoint.request(**fields)
    except TypeError as error:
        raise TypeError(f"{endpoint.service}.{endpoint.method}: {error}") from None
    try:
        return msgspec.to_builtins(request, enc_hook=encode_word)
    except UNWRITABLE as error:
        raise not_json(fields, error) from None


def check_named(service: str, method: str, endpoint: Endpoint | None, values: tuple[Any, ...]) -> None:
    """Raise a TypeError if fields were given without their names: they have no order."""
    if values:
        fields = endpoint.request.__struct_fields__ if endpoint is not None else ()
        example = f"{method}({next(iter(fields), 'field')}=…)"
        raise TypeError(f"{service}.{method} takes its fields by their names, such as {example}.")


def reply_of(endpoint: Endpoint | None, reply: JsonObject) -> Reply | JsonObject:
    """Give a reply as the contract's type; of a service that is not known here, as it came."""
    if endpoint is None:
        return reply
    try:
        return msgspec.convert(reply, endpoint.reply, dec_hook=decode_word)
    except msgspec.ValidationError as error:
        raise unreadable(str(error)) from error


def endpoint_name(endpoint: Endpoint | None, method: str) -> str:
    """Give the name on the wire of a method."""
    return wire_name(method) if endpoint is None else endpoint.name


@cache
def is_safe(service: str, name: str) -> bool:
    """Whether a call changes nothing, as far as is known here."""
    return any(
        each.declaration.repeat == "safe"
        for each in endpoints_of(service.lower()).values()
        if each.name.lower() == name.lower()
    )


def streams(catalog: JsonObject, service: str, name: str) -> bool:
    """Whether an endpoint is a stream, as the server's catalog says."""
    return any(
        each["name"] == name and each["stream"]
        for entry in catalog["services"]
        if entry["name"] == service
        for each in entry["endpoints"]
    )


def _is_service_of(value: object, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, Service) and value.__module__ == module
