"""Where a call carries its key: a Bearer token, Basic's password, or a WebSocket's sub-protocol."""

import base64
import binascii
from collections.abc import Sequence

from brickyard.contract import Unauthorized
from brickyard.platform.key.token import KEY_BEGINS

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


def key_offered(protocols: Sequence[str]) -> str:
    """Give the key among the sub-protocols that a WebSocket offers, which is where a browser can put it.

    The one that looks like a key; else the first, which may be meant as one and is refused with the reason.
    """
    return next((each for each in protocols if each.startswith(KEY_BEGINS)), protocols[0])


def protocol_chosen(protocols: Sequence[str]) -> str | None:
    """Give the sub-protocol that the answer names; None if none was offered.

    Browsers fail the connection if none is named, so a key is where nothing else was offered: as by M3O's
    clients. Else it stays out of answers, which are logged in more places than requests.
    """
    spoken = [each for each in protocols if not each.startswith(KEY_BEGINS)]
    return next(iter([*spoken, *protocols]), None)


def _password(value: bytes) -> bytes:
    try:
        _, separator, password = base64.b64decode(value.strip(), validate=True).partition(b":")
    except binascii.Error as error:
        raise Unauthorized(f"The Basic credentials are not base64. {HOW}") from error
    if not separator:
        raise Unauthorized("The Basic credentials lack a password: the key goes there, after any user name.")
    return password
