"""What a caller accepts, as it says in `Accept` (RFC 9110, section 12.5.1)."""

import re

_NONE = re.compile(rb"q=0(\.0*)?")


def accepts(accept: bytes, kind: bytes) -> bool:
    """Whether a media type (in lower case) is accepted by its name: `*/*` asks for nothing in particular."""
    for each in accept.lower().split(b","):
        name, *parameters = (part.strip() for part in each.split(b";"))
        if name == kind and not any(_NONE.fullmatch(parameter) for parameter in parameters):
            return True
    return False
