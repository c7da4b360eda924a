"""Brickyard: an open-source public cloud for developers, behind one endpoint and one key."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brickyard.sdk import AsyncBrickyard, Brickyard, BrickyardError

__all__ = ["AsyncBrickyard", "Brickyard", "BrickyardError"]


def __getattr__(name: str) -> Any:
    """Import the client when it is asked for: the server in this package has no use of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from brickyard import sdk

    return getattr(sdk, name)
