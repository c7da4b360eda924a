"""Server-sent events as providers send them (HTML, section 9.2): the data of each, and nothing else of it."""

from collections.abc import AsyncGenerator, AsyncIterator


async def data_of(lines: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Give the data of each event in a reply's lines; what is begun at its end is none."""
    data: list[bytes] = []
    async for line in lines:
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            yield b"\n".join(data)
            data.clear()
