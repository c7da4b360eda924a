"""What a value is on the wire."""

from typing import Any

import msgspec

from brickyard.contract.words import encode_word


def wire_form(value: Any) -> Any:
    """Give a request, a reply or a field's value as the JSON that it is on the wire."""
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=encode_word))
