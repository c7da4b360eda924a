"""Unpacking of replies, bounded: a small reply that unpacks into gigabytes is refused, not read."""

import zlib

from brickyard.providers.transport import Broken, TooLarge

GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Unpacker:
    """Unpacks what comes piece by piece."""

    def __init__(self, coding: str, size_max_bytes: int) -> None:
        """Unpack `gzip`, `deflate` or what is not packed, to so many bytes; `Broken` if it is neither."""
        if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise Broken(f"It answered packed by {coding[:20]!r}, which was not asked for.", sent=True)
        self._left = size_max_bytes
        self._inflate = None if coding in {"", "identity"} else zlib.decompressobj(GZIP_OR_ZLIB)

    def feed(self, piece: bytes) -> bytes:
        """Take a piece; gives what it unpacks to. `TooLarge` if that is too much."""
        if self._inflate is not None:
            try:
                piece = self._inflate.decompress(piece, self._left + 1)
            except zlib.error as error:
                raise Broken("What it answered cannot be unpacked.", sent=True) from error
        self._left -= len(piece)
        if self._left < 0:
            raise TooLarge("It answered more than is read.", sent=True)
        return piece
