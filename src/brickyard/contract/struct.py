"""The values that cross a boundary: requests in, replies out."""

from typing import dataclass_transform

import msgspec


# Type checkers do not inherit msgspec's class options, so each base states them again.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """A value inside a request or a reply. Unknown fields are left out when one is read."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an endpoint is asked. A field that it does not have is refused."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint answers. Every field is there, empty or not, but those left `UNSET`."""
