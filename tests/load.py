"""Many writers at once, and a ledger of what each was told: for tests that end the server under them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

Json = dict[str, Any]

TALLY_LIMIT_S = 30.0


class Line:
    """One HTTP connection, kept open: as little work a call as can be, so that the server has the more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
        self._reader, self._writer, self._key = reader, writer, key
        self.answered: list[str] = []
        """The request ids of the calls that were acknowledged."""

    @classmethod
    async def to(cls, address: str, key: str) -> "Line":
        host, port = address.removeprefix("http://").split(":")
        return cls(*await asyncio.open_connection(host, int(port)), key)

    async def call(self, path: str, body: Json, *headers: str) -> tuple[int, Json]:
        """Make a call; a ConnectionError if the server ended before its reply was whole."""
        data = msgspec.json.encode(body)
        head = (
            f"POST /v1/{path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        )
        head += "".join(f"{each}\r\n" for each in headers) + "\r\n"
        self._writer.write(head.encode() + data)
        try:
            reply = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            request_id = reply.partition("request-id: ")[2].partition("\r\n")[0]
            reply = reply.lower()
            length = int(reply.partition("content-length: ")[2].partition("\r\n")[0])
            body = msgspec.json.decode(await self._reader.readexactly(length))
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError from error
        status = int(reply[9:12])
        if status == 200:
            self.answered.append(request_id)
        return status, body

    def close(self) -> None:
        self._writer.close()


class Tally:
    """A count that can be waited for."""

    def __init__(self) -> None:
        self._count, self._wanted = 0, 0
        self._reached = asyncio.Event()

    def add(self) -> None:
        self._count += 1
        if self._count == self._wanted:
            self._reached.set()

    async def more(self, number: int) -> None:
        """Wait until there are so many more."""
        self._wanted = self._count + number
        self._reached.clear()
        async with asyncio.timeout(TALLY_LIMIT_S):
            await self._reached.wait()


class Ledger:
    """What was asked for and what was acknowledged, under names of one round of load."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.records: dict[str, Json] = {}
        """Acknowledged records by id."""
        self.batches: set[str] = set()
        """Acknowledged batches."""
        self.versions: dict[str, tuple[int, int]] = {}
        """Of each record that is updated: the last number acknowledged, and the last one sent."""
        self.increments: Counter[str] = Counter()
        """`sent` and `acknowledged`."""
        self.events: list[Json] = []
        """Acknowledged messages."""
        self.answered: list[str] = []
        """The request ids of acknowledged calls."""
        self.refusals: list[tuple[int, Json]] = []
        """Replies other than 200, with their status."""
        self.acknowledged, self.refused = Tally(), Tally()


async def create(line: Line, ledger: Ledger, writer: int, number: int) -> bool:
    """Make a record that is seen to be whole or not by looking at it."""
    record = {"id": f"{writer}-{number}", "number": number, "again": number, "filling": "ü" * (number % 700)}
    if not await acknowledged(line, ledger, "db/Create", {"table": ledger.name, "record": record}):
        return False
    ledger.records[record["id"]] = record
    return True


async def create_batch(line: Line, ledger: Ledger, writer: int, number: int) -> bool:
    """Make ten records at once, of which all must be there or none."""
    batch = f"{writer}-{number}"
    records = [{"id": f"{batch}-{each}", "batch": batch} for each in range(BATCH_SIZE)]
    body = {"table": f"{ledger.name}_batches", "records": records}
    if not await acknowledged(line, ledger, "db/CreateBatch", body):
        return False
    ledger.batches.add(batch)
    return True


async def update(line: Line, ledger: Ledger, writer: int, number: int) -> bool:
    """Change two fields of one record at once, to the same number."""
    table, row = f"{ledger.name}_updates", str(writer)
    if number == 0:
        body = {"table": table, "record": {"id": row, "number": 0, "again": 0}}
        return await acknowledged(line, ledger, "db/Create", body)
    last, _ = ledger.versions.get(row, (0, 0))
    ledger.versions[row] = last, number
    body = {"table": table, "record": {"id": row, "number": number, "again": number}}
    if not await acknowledged(line, ledger, "db/Update", body):
        return False
    ledger.versions[row] = number, number
    return True


async def increment(line: Line, ledger: Ledger, _writer: int, _number: int) -> bool:
    """Raise a counter that all writers share."""
    ledger.increments["sent"] += 1
    if not await acknowledged(line, ledger, "cache/Increment", {"key": ledger.name, "value": 1}):
        return False
    ledger.increments["acknowledged"] += 1
    return True


async def publish(line: Line, ledger: Ledger, writer: int, number: int) -> bool:
    """Publish an event on a topic that all writers share."""
    message = {"writer": writer, "number": number}
    if not await acknowledged(line, ledger, "event/Publish", {"topic": ledger.name, "message": message}):
        return False
    ledger.events.append(message)
    return True


Write = Callable[[Line, Ledger, int, int], Awaitable[bool]]

BATCH_SIZE = 10
CREW: tuple[Write, ...] = (
    (create,) * 12 + (create_batch,) * 2 + (update,) * 5 + (increment,) * 6 + (publish,) * 5
)


async def acknowledged(line: Line, ledger: Ledger, path: str, body: Json) -> bool:
    """Make a call; gives whether it was acknowledged, and notes how it was refused if not."""
    status, reply = await line.call(path, body)
    if status != 200:
        ledger.refusals.append((status, reply))
        ledger.refused.add()
        return False
    ledger.acknowledged.add()
    return True


async def run(address: str, key: str, ledger: Ledger, crew: tuple[Write, ...] = CREW) -> None:
    """Have the crew write until the server is gone."""
    await asyncio.gather(*(_work(address, key, ledger, write, writer) for writer, write in enumerate(crew)))


async def _work(address: str, key: str, ledger: Ledger, write: Write, writer: int) -> None:
    number = 0
    try:
        line = await Line.to(address, key)
        line.answered = ledger.answered
        while True:
            await write(line, ledger, writer, number)
            number += 1
    except ConnectionError:
        return
