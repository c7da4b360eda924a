"""Where a call carries its key: a Bearer token, Basic's password, or a WebSocket's sub-protocol."""

import base64
import binascii

from brickyard.contract import Unauthorized

HOW = "Send `Authorization: Bearer <key>`."


def token_of(authorization: bytes) -> bytes:
    """Give the key of an Authorization header; `Unauthorized` if there is none to be read."""
    if not authorization:
        raise Unauthorized(f"No key was sent. {HOW}")
    scheme, _, value = authorization.partition(b" ")
    scheme = scheme.lower()
    if scheme == b"bearer":
        return value.strip()
    if scheme == b"basic":
        return _password(value)
    raise Unauthorized(f"The Authorization header is neither Bearer nor Basic. {HOW}")


def _password(value: bytes) -> bytes:
    try:
        _, separator, password = base64.b64decode(value.strip(), validate=True).partition(b":")
    except binascii.Error as error:
        raise Unauthorized(f"The Basic credentials are not base64. {HOW}") from error
    if not separator:
        raise Unauthorized("The Basic credentials lack a password: the key goes there, after any user name.")
    return password
