"""The values that cross a boundary: requests in, replies out."""

from typing import Any, dataclass_transform

import msgspec


# msgspec does not hand `kw_only` down to subclasses, and type checkers hand down none of its options:
# the metaclass sees to the one, and its decorator to the other.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class _ByName(msgspec.StructMeta):
    """Makes structs whose fields are given by name, in whatever order they are written."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        options.setdefault("kw_only", True)
        return super().__new__(cls, name, bases, namespace, **options)


class Struct(msgspec.Struct, metaclass=_ByName, frozen=True):
    """A value inside a request or a reply. Unknown fields are left out when one is read."""


class Request(msgspec.Struct, metaclass=_ByName, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an endpoint is asked. A field that it does not have is refused."""


class Reply(msgspec.Struct, metaclass=_ByName, frozen=True):
    """What an endpoint answers. Every field is there, empty or not, but those left `UNSET`."""
