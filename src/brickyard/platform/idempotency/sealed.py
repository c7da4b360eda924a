"""Replies that hold a secret, as they are kept: whoever repeats the call can have them opened, nobody else.

They are closed twice. The outer seal is the cloud's own (`engines/seal`): whoever gets the database alone
has nothing. The inner one is AES-256-GCM (NIST SP 800-38D) under a key made of the caller's key and of what
was asked, of which only hashes are kept: whoever gets the cloud's secret too has nothing, unless the caller's
key can be guessed.
"""

import secrets

from brickyard.contract import IdempotencyConflict
from brickyard.engines.seal import NONCE_BYTES, Closer, Seal
from brickyard.platform.idempotency.named import Named


def closed(close: Closer, named: Named, body: bytes) -> bytes:
    """Close a reply for those who make the call again."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE_BYTES)
    return close(nonce + AESGCM(named.secret).encrypt(nonce, body, None), _owner(named))


def opened(seal: Seal, named: Named, body: bytes) -> bytes:
    """Give a reply back; `IdempotencyConflict` if what it was closed with is not there any more."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        inner = seal.open(body, _owner(named))
    except InvalidTag as error:
        raise IdempotencyConflict(
            "The call with this key was done. Its reply holds a secret, and was sealed by one of this cloud's"
            " own that is not there any more. Look at what is there, and use a new key to call again."
        ) from error
    return AESGCM(named.secret).decrypt(inner[:NONCE_BYTES], inner[NONCE_BYTES:], None)


def _owner(named: Named) -> str:
    return f"{named.project} {named.endpoint.id} {named.key.hex()}"
