"""Secrets that have to be read back, sealed: whoever gets the database alone cannot read them.

AES-256-GCM (NIST SP 800-38D), with master keys in a file beside the database (`file.py`). Gateways that share
a database share the file too, or have copies of it. Which of the keys seals is said by the database
(`register.py`): so all gateways change to another in the same moment, and none seals with a key that others
have given up. What older ones have sealed is sealed anew in the background (`resealing.py`).
"""

from brickyard.engines.seal.file import KEYS_MAX, KeyFile
from brickyard.engines.seal.places import Column, Page, Place, Sealed
from brickyard.engines.seal.register import MIGRATIONS, KeyRegister, State
from brickyard.engines.seal.resealing import Resealing
from brickyard.engines.seal.seal import NONCE_BYTES, Closer, Seal

__all__ = [
    "KEYS_MAX",
    "MIGRATIONS",
    "NONCE_BYTES",
    "Closer",
    "Column",
    "KeyFile",
    "KeyRegister",
    "Page",
    "Place",
    "Resealing",
    "Seal",
    "Sealed",
    "State",
]
