"""The `db` service, over SQL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from brickyard.contract import BadRequest, Context, Reply
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Page, Row, Sql, Transaction, Work
from brickyard.services.db import tables, writing
from brickyard.services.db.contract import (
    BATCH_MAX,
    CountReply,
    CountRequest,
    CreateBatchReply,
    CreateBatchRequest,
    CreateIndexReply,
    CreateIndexRequest,
    CreateReply,
    CreateRequest,
    Db,
    DeleteBatchReply,
    DeleteBatchRequest,
    DeleteReply,
    DeleteRequest,
    DropIndexReply,
    DropIndexRequest,
    DropTableReply,
    DropTableRequest,
    Index,
    ListIndexesReply,
    ListIndexesRequest,
    ListTablesReply,
    ListTablesRequest,
    ReadReply,
    ReadRequest,
    RecordMeta,
    RenameTableReply,
    RenameTableRequest,
    TruncateReply,
    TruncateRequest,
    UpdateReply,
    UpdateRequest,
)
from brickyard.services.db.cursor import decode_cursor, digest
from brickyard.services.db.definition import Table, index_fields
from brickyard.services.db.indexing import create_index, drop_index
from brickyard.services.db.names import index_names, record_id, table_name
from brickyard.services.db.order import parse_order
from brickyard.services.db.parser import parse_query
from brickyard.services.db.patch import Patch
from brickyard.services.db.query import Condition
from brickyard.services.db.reading import (
    count,
    cursor_after,
    read_one,
    read_page,
    read_places,
    read_text,
    records_of,
    timestamp,
)
from brickyard.services.db.record import encode, id_of, with_id
from brickyard.services.db.schema import EXPORTS, MIGRATIONS
from brickyard.services.db.select import Selection
from brickyard.services.db.sweep import Sweeper
from brickyard.services.db.writing import NewRecord

Answer = TypeVar("Answer", bound=Reply)

LIMIT_DEFAULT = 100


@dataclass(frozen=True)
class EmbeddedDb(Db):
    """Records of all tables in one, found by the ids of their tables; see `schema.py`."""

    migrations = MIGRATIONS
    exports = EXPORTS

    sql: Sql
    clock: Clock

    @cached_property
    def sweeper(self) -> Sweeper:
        """What removes the rows of truncated and dropped tables."""
        return Sweeper(self.sql, self.clock)

    async def create(self, context: Context, request: CreateRequest) -> CreateReply:
        """Keep a record."""
        self.sweeper.begin_if_due()
        name = table_name(request.table)
        new = _new(request.record, request.id, "/record")
        now_ns, reply = self.clock.now_ns(), CreateReply(id=new.id)

        async def work(tx: Transaction) -> CreateReply:
            await writing.create(tx, name, (new,), now_ns)
            tx.answers(reply)
            return reply

        return await self.sql.transact(work, synced=False)

    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read one record, or a page of them."""
        name = table_name(request.table)
        if request.id and not request.with_meta:
            return ReadReply(records=records_of(await read_text(self.sql, name, request.id)))
        if request.id:
            return _with_meta(await read_one(self.sql, name, request.id))
        self.sweeper.begin_if_due()
        return await self._read_page(name, request)

    async def update(self, context: Context, request: UpdateRequest) -> UpdateReply:
        """Change a record."""
        name, row_id = table_name(request.table), _updated_id(request)
        patch = Patch.of(request.record, request.set, request.unset)
        now_ns = self.clock.now_ns()

        async def work(tx: Transaction) -> UpdateReply:
            version = await writing.update(tx, name, row_id, patch, request.if_version, now_ns)
            reply = UpdateReply(version=version) if request.if_version else UpdateReply()
            tx.answers(reply)
            return reply

        return await self.sql.transact(work, synced=False)

    async def delete(self, context: Context, request: DeleteRequest) -> DeleteReply:
        """Remove a record."""
        name = table_name(request.table)
        return await self._write(
            DeleteReply(), lambda tx: writing.delete(tx, name, request.id, request.if_version)
        )

    async def truncate(self, context: Context, request: TruncateRequest) -> TruncateReply:
        """Empty a table."""
        name = table_name(request.table)
        reply = await self._write(TruncateReply(), lambda tx: tables.truncate(tx, name))
        self.sweeper.begin()
        return reply

    async def count(self, context: Context, request: CountRequest) -> CountReply:
        """Count records."""
        self.sweeper.begin_if_due()
        number = await count(self.sql, table_name(request.table), parse_query(request.query))
        return CountReply(count=number)

    async def rename_table(self, context: Context, request: RenameTableRequest) -> RenameTableReply:
        """Give a table another name."""
        name, new_name = table_name(request.from_, "/from"), table_name(request.to, "/to")
        return await self._write(RenameTableReply(), lambda tx: tables.rename(tx, name, new_name))

    async def list_tables(self, context: Context, request: ListTablesRequest) -> ListTablesReply:
        """List the project's tables."""
        self.sweeper.begin_if_due()
        return ListTablesReply(tables=await tables.names(self.sql))

    async def drop_table(self, context: Context, request: DropTableRequest) -> DropTableReply:
        """Remove a table."""
        name = table_name(request.table)
        reply = await self._write(DropTableReply(), lambda tx: tables.drop(tx, name))
        self.sweeper.begin()
        return reply

    async def create_batch(self, context: Context, request: CreateBatchRequest) -> CreateBatchReply:
        """Keep many records."""
        name = table_name(request.table)
        new = [_new(record, "", f"/records/{number}") for number, record in enumerate(request.records)]
        now_ns = self.clock.now_ns()
        reply = CreateBatchReply(ids=[each.id for each in new])
        return await self._write(reply, lambda tx: writing.create(tx, name, new, now_ns))

    async def delete_batch(self, context: Context, request: DeleteBatchRequest) -> DeleteBatchReply:
        """Remove many records."""
        name, condition = table_name(request.table), parse_query(request.query)
        if (condition is None) is not bool(request.ids):
            raise BadRequest("Give either ids or a query. To remove all records, use Truncate.")
        if condition is not None:
            return await self._delete_matching(name, condition)
        return await self._delete_ids(name, request.ids)

    async def create_index(self, context: Context, request: CreateIndexRequest) -> CreateIndexReply:
        """Make an index."""
        fields = index_fields(request.fields)
        names = index_names(request.name, fields)
        try:
            name = await create_index(
                self.sql, table_name(request.table), names, fields, unique=request.unique
            )
        finally:  # of one that could not be made, entries may have to go
            self.sweeper.begin()
        return CreateIndexReply(name=name)

    async def drop_index(self, context: Context, request: DropIndexRequest) -> DropIndexReply:
        """Remove an index."""
        name = table_name(request.table)
        reply = await self._write(DropIndexReply(), lambda tx: drop_index(tx, name, request.name))
        self.sweeper.begin()
        return reply

    async def list_indexes(self, context: Context, request: ListIndexesRequest) -> ListIndexesReply:
        """List a table's indexes."""
        table = await tables.look_up(self.sql, table_name(request.table))
        indexes = [
            Index(
                name=index.name,
                fields=list(index.fields),
                unique=index.unique,
                state="ready" if index.ready else "building",
            )
            for index in (table.indexes if table is not None else ())
        ]
        return ListIndexesReply(indexes=indexes)

    async def _read_page(self, name: str, request: ReadRequest) -> ReadReply:
        direction = request.order or "asc"
        order = parse_order(request.order_by, direction)
        query_digest = digest(name, request.query, order, direction)
        position = decode_cursor(request.cursor, query_digest, order) if request.cursor else None
        selection = Selection(parse_query(request.query), order, direction, position)
        page = await read_page(
            self.sql, name, selection, limit=request.limit or LIMIT_DEFAULT, offset=request.offset
        )
        return _reply(page, selection, query_digest, request)

    async def _write(self, reply: Answer, work: Work[None]) -> Answer:
        """Do what the call is then answered with `reply`; gives it."""

        async def both(tx: Transaction) -> None:
            await work(tx)
            tx.answers(reply)

        await self.sql.transact(both, synced=False)
        return reply

    async def _delete_ids(self, name: str, ids: list[str]) -> DeleteBatchReply:
        return await self._delete(name, lambda tx, table: writing.delete_all(tx, table, ids))

    async def _delete_matching(self, name: str, condition: Condition) -> DeleteBatchReply:
        # Found beside the writer, however long that takes; then looked at once more, and removed, in it.
        places = await read_places(self.sql, name, condition, limit=BATCH_MAX)

        return await self._delete(
            name, lambda tx, table: writing.delete_matching(tx, table, condition, places)
        )

    async def _delete(
        self, name: str, delete: Callable[[Transaction, Table], Awaitable[int]]
    ) -> DeleteBatchReply:
        async def work(tx: Transaction) -> DeleteBatchReply:
            table = await tables.find(tx, name)
            reply = DeleteBatchReply(deleted=0 if table is None else await delete(tx, table))
            tx.answers(reply)
            return reply

        return await self.sql.transact(work, synced=False)


def _new(record: dict[str, object], requested_id: str, pointer: str) -> NewRecord:
    row_id = id_of(record, requested_id)
    complete = with_id(record, row_id)
    return NewRecord(row_id, complete, encode(complete, pointer))


def _updated_id(request: UpdateRequest) -> str:
    own = request.record.get("id")
    row_id = request.id or own
    if not isinstance(row_id, str) or not row_id:
        raise BadRequest.at("/id", "Say which record to change: by `id`, or by a string `id` in `record`.")
    if not (request.record or request.set or request.unset):
        raise BadRequest("There is nothing to change: give `record`, `set` or `unset`.")
    return record_id(row_id)


def _reply(page: Page, selection: Selection, query_digest: bytes, request: ReadRequest) -> ReadReply:
    reply = _with_meta(page.rows) if request.with_meta else ReadReply(records=records_of(page.rows))
    if not page.more:
        return reply
    cursor = cursor_after(page.rows[-1], selection, query_digest)
    return ReadReply(records=reply.records, meta=reply.meta, next_cursor=cursor)


def _with_meta(rows: list[Row]) -> ReadReply:
    meta = [
        RecordMeta(id=row[2], version=row[3], created_at=timestamp(row[4]), updated_at=timestamp(row[5]))
        for row in rows
    ]
    return ReadReply(records=records_of(rows), meta=meta)
