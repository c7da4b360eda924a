"""A short way to make calls: requests are read from keywords as strictly as from the wire."""

from typing import Any

import msgspec
import pytest

from brickyard.contract import Context, Contract, Problem
from brickyard.contract.words import decode_word
from brickyard.engines.clock import Clock
from brickyard.services.db.contract import Db
from brickyard.services.db.embedded import EmbeddedDb
from brickyard.state import Engine
from database import look

CONTEXT = Context("req_1", "project", "key_1", ("*",), "")
REQUESTS = {endpoint.method: endpoint.request for endpoint in Contract.of(Db).endpoints}


class Desk:
    """The service of one project."""

    def __init__(self, engine: Engine, clock: Clock, project: str = "project") -> None:
        self.engine, self.project = engine, project
        self.sql = engine.bound(project)
        self.service = EmbeddedDb(self.sql, clock)

    @staticmethod
    def migrate(engine: Engine) -> None:
        engine.migrate({"db": EmbeddedDb.migrations})

    async def call(self, method: str, **fields: Any) -> Any:
        """Make a call; the reply comes back as it goes over the wire."""
        named = {name.removesuffix("_"): value for name, value in fields.items()}
        request = msgspec.convert(named, REQUESTS[method], dec_hook=decode_word)
        reply = await getattr(self.service, method)(CONTEXT, request)
        return msgspec.json.decode(msgspec.json.encode(reply))

    async def create(self, table: str, *records: dict[str, Any]) -> list[str]:
        """Create records one after the other; returns their ids."""
        return [(await self.call("create", table=table, record=record))["id"] for record in records]

    async def read(self, table: str, **fields: Any) -> list[dict[str, Any]]:
        """Read the records of one page."""
        return (await self.call("read", table=table, **fields))["records"]

    async def ids(self, table: str, **fields: Any) -> list[str]:
        """Read the ids of the records of one page."""
        return [record.get("_id", record["id"]) for record in await self.read(table, **fields)]

    async def walk(self, table: str, **fields: Any) -> list[str]:
        """Read the ids of all records, page by page."""
        return await self.walk_from("", table, **fields)

    async def walk_from(self, cursor: str, table: str, **fields: Any) -> list[str]:
        """Read the ids of all records after a cursor, page by page."""
        ids: list[str] = []
        while True:
            page = await self.call("read", table=table, cursor=cursor, **fields)
            ids += [record.get("_id", record["id"]) for record in page["records"]]
            if "next_cursor" not in page:
                return ids
            cursor = page["next_cursor"]

    async def refused(self, kind: type[Problem], method: str, **fields: Any) -> Problem:
        """Make a call that must be refused; returns why it was."""
        with pytest.raises(kind) as caught:
            await self.call(method, **fields)
        return caught.value

    def rows(self, table: str) -> int:
        """Count the rows of one of the service's own tables."""
        return look(self.engine, f"SELECT count(*) FROM {table} WHERE project = ?1", self.project)[0][0]
