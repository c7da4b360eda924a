"""Replies made smaller for those who can unpack them."""

import asyncio
import re
import zlib

import zstandard

from brickyard.gateway.asgi import Header

WORTH_IT_BYTES = 1_024
"""Below this, packing costs more than it saves."""
OFF_LOOP_BYTES = 65_536
"""From this on, packing is done on a thread."""
_NONE = re.compile(rb";q=0(\.0*)?$")
GZIP_WINDOW = 31  # zlib's way of asking for a gzip header


async def compress(body: bytes, accept_encoding: bytes) -> tuple[bytes, list[Header]]:
    """Pack a reply if its reader accepts zstd or gzip; gives the body and the headers that say so."""
    coding = _coding(accept_encoding) if len(body) >= WORTH_IT_BYTES else None
    if coding is None:
        return body, []
    pack = _zstd if coding == b"zstd" else _gzip
    packed = pack(body) if len(body) < OFF_LOOP_BYTES else await asyncio.to_thread(pack, body)
    return packed, [(b"content-encoding", coding), (b"vary", b"accept-encoding")]


def _coding(accept_encoding: bytes) -> bytes | None:
    parts = accept_encoding.lower().replace(b" ", b"").split(b",")
    accepted = {part.partition(b";")[0] for part in parts if not _NONE.search(part)}
    return next((coding for coding in (b"zstd", b"gzip") if coding in accepted), None)


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(body)


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, GZIP_WINDOW)
    return packer.compress(body) + packer.flush()
