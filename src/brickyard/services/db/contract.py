"""What the `db` service promises."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from brickyard.contract import (
    Conflict,
    Context,
    Example,
    Int32,
    JsonObject,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    Timestamp,
    endpoint,
    usd,
)

BATCH_MAX = 1_000
"""Records that one call reads or writes, at most."""
INDEX_FIELDS_MAX = 4
INDEX_FIELD_MAX_CHARACTERS = 256
QUERY_MAX_CHARACTERS = 4_096

TableName = Annotated[str, Meta(max_length=63)]
RecordId = Annotated[str, Meta(max_length=256)]
Query = Annotated[str, Meta(max_length=QUERY_MAX_CHARACTERS)]
IndexField = Annotated[str, Meta(max_length=INDEX_FIELD_MAX_CHARACTERS)]
Version = Annotated[int, Meta(ge=0)]
Limit = Annotated[int, Meta(ge=0, le=BATCH_MAX)]
Many = Annotated[int, Meta(ge=0, le=2**31 - 1)]

JANE: JsonObject = {"id": "1", "name": "Jane", "age": 42, "isActive": True}
JANE_OLDER: JsonObject = {"id": "1", "name": "Jane", "age": 43, "isActive": True}


class CreateRequest(Request, kw_only=True):
    """A record to keep."""

    table: TableName = ""
    """The table to keep it in, made when it is first written to; `default` if empty."""
    record: JsonObject
    """The record: any JSON object of at most 1 MiB."""
    id: RecordId = ""
    """Its id. If empty, the string `id` in the record; if there is none either, a new UUID."""


class CreateReply(Reply):
    """The record is kept."""

    id: str
    """The id it can be read by."""


class ReadRequest(Request):
    """Which records, in which order, and how many."""

    table: TableName = ""
    """The table; `default` if empty. A table that was never written to has no records."""
    id: RecordId = ""
    """The id of the one record wanted; then `query` and all below are not looked at, but `with_meta`."""
    query: Query = ""
    """What must be true of a record, such as `age >= 21 and name startswith "J"`; all records if empty."""
    offset: Many = 0
    """How many of the records that match to leave out; with `cursor`, how many of those after it. To walk
    many pages, `cursor` is faster."""
    limit: Limit = 0
    """How many records to give at most; 0 means 100. It may be fewer, with more to come: a page ends once
    it has 8 MiB of them. Whether it is the last, only `next_cursor` tells."""
    order_by: Annotated[str, Meta(max_length=512)] = msgspec.field(name="orderBy", default="")
    """The fields to order by, such as `age, name desc`; if empty, the order in which records were made."""
    order: Literal["", "asc", "desc"] = ""
    """The direction where `orderBy` gives none; empty means `asc`."""
    cursor: Annotated[str, Meta(max_length=8_192)] = ""
    """The `next_cursor` of the page before, with the same table, query and order."""
    with_meta: bool = False
    """Whether to give each record's version and times too."""


class RecordMeta(Struct):
    """What is known of a record apart from its content."""

    id: str
    """The record's id."""
    version: int
    """1 when it was made, and one more with each update."""
    created_at: Timestamp
    """When it was made."""
    updated_at: Timestamp
    """When it was last written."""


class ReadReply(Reply):
    """The records found."""

    records: list[JsonObject]
    """The records. Each has its id as `id`, or as `_id` where the record has another `id` of its own."""
    next_cursor: str | msgspec.UnsetType = msgspec.UNSET
    """There only if there are more, whatever ended the page: what to send as `cursor` to read on."""
    meta: list[RecordMeta] | msgspec.UnsetType = msgspec.UNSET
    """There only if asked for by `with_meta`: about each of the records, in the same order."""


class UpdateRequest(Request):
    """A record to change: `record` first, then `set`, then `unset`."""

    table: TableName = ""
    """The table; `default` if empty."""
    id: RecordId = ""
    """The record's id; if empty, the string `id` in `record`."""
    record: JsonObject = msgspec.field(default_factory=JsonObject)
    """Top-level fields to put in place of those of the same name; the others stay as they are."""
    set: JsonObject = msgspec.field(default_factory=JsonObject)
    """Values by path, such as `{"address.city": "Oslo", "tags[0]": "x"}`; missing objects are made."""
    unset: Annotated[list[str], Meta(max_length=BATCH_MAX)] = msgspec.field(default_factory=list[str])
    """Paths to remove, such as `["address.zip"]`; those that are not there are passed over."""
    if_version: Version = 0
    """Change it only if this is its version; 0 for whatever version."""


class UpdateReply(Reply):
    """The record is changed."""

    version: int | msgspec.UnsetType = msgspec.UNSET
    """There only if `if_version` was sent: the record's new version."""


class DeleteRequest(Request, kw_only=True):
    """A record to remove."""

    table: TableName = ""
    """The table; `default` if empty."""
    id: Annotated[str, Meta(min_length=1, max_length=256)]
    """The record's id. If there is no such record, nothing happens."""
    if_version: Version = 0
    """Remove it only if this is its version; 0 for whatever version."""


class DeleteReply(Reply):
    """The record is not there, or no longer."""


class TruncateRequest(Request):
    """A table to empty."""

    table: TableName = ""
    """The table; `default` if empty. Its indexes stay."""


class TruncateReply(Reply):
    """The table is empty."""


class CountRequest(Request):
    """What to count."""

    table: TableName = ""
    """The table; `default` if empty."""
    query: Query = ""
    """What must be true of a record to be counted; all records if empty."""


class CountReply(Reply):
    """How many there are."""

    count: Int32
    """The number of records."""


class RenameTableRequest(Request, kw_only=True):
    """A table and its new name."""

    from_: Annotated[str, Meta(min_length=1, max_length=63)] = msgspec.field(name="from")
    """The table's present name."""
    to: Annotated[str, Meta(min_length=1, max_length=63)]
    """Its new name, which no table may have yet."""


class RenameTableReply(Reply):
    """The table has its new name."""


class ListTablesRequest(Request):
    """Nothing to choose."""


class ListTablesReply(Reply):
    """The project's tables."""

    tables: list[str]
    """Their names, in alphabetical order."""


class DropTableRequest(Request):
    """A table to remove."""

    table: Annotated[str, Meta(min_length=1, max_length=63)]
    """The table; its records and indexes go with it."""


class DropTableReply(Reply):
    """The table is gone."""


class CreateBatchRequest(Request, kw_only=True):
    """Records to keep, all of them or none."""

    table: TableName = ""
    """The table; `default` if empty."""
    records: Annotated[list[JsonObject], Meta(min_length=1, max_length=BATCH_MAX)]
    """At most 1000 records. Each gets the string `id` in it as its id, or a new UUID."""


class CreateBatchReply(Reply):
    """The records are kept."""

    ids: list[str]
    """Their ids, in the order of the records."""


class DeleteBatchRequest(Request):
    """Records to remove: either those with given ids, or those that match a query."""

    table: TableName = ""
    """The table; `default` if empty."""
    ids: Annotated[list[RecordId], Meta(max_length=BATCH_MAX)] = msgspec.field(default_factory=list[str])
    """At most 1000 ids; those that are not there are passed over."""
    query: Query = ""
    """What must be true of a record to be removed: at most 1000 a call, the oldest first."""


class DeleteBatchReply(Reply):
    """The records are gone."""

    deleted: int
    """How many were removed. With a query: if it is 1000, there may be more; call again."""


class CreateIndexRequest(Request, kw_only=True):
    """An index to make."""

    table: TableName = ""
    """The table; `default` if empty."""
    fields: Annotated[list[IndexField], Meta(min_length=1, max_length=INDEX_FIELDS_MAX)]
    """The fields to find and order records by, such as `["age", "name desc"]`, each of at most 256
    characters."""
    unique: bool = False
    """Whether no two records may have the same values there (those lacking one of them are exempt)."""
    name: Annotated[str, Meta(max_length=63)] = ""
    """Its name, unique in the table; made of the fields if empty."""


class CreateIndexReply(Reply):
    """The index is complete and in use."""

    name: str
    """Its name."""


class DropIndexRequest(Request, kw_only=True):
    """An index to remove."""

    table: TableName = ""
    """The table; `default` if empty."""
    name: Annotated[str, Meta(min_length=1, max_length=63)]
    """The index's name."""


class DropIndexReply(Reply):
    """The index is gone."""


class ListIndexesRequest(Request):
    """Which table's."""

    table: TableName = ""
    """The table; `default` if empty."""


class Index(Struct):
    """An index of a table."""

    name: str
    """Its name."""
    fields: list[str]
    """Its fields, in order."""
    unique: bool
    """Whether no two records may have the same values there."""
    state: Literal["building", "ready"]
    """`building` until the records that were there before it are all in it: it is kept up, and not yet
    used. If it stays so, the call that made it was interrupted; the same call made again completes it."""


class ListIndexesReply(Reply):
    """The table's indexes."""

    indexes: list[Index]
    """In the order in which they were made."""


class Db(Service):
    """Keep JSON records in tables, and find them again by id or by what is in them.

    There is nothing to set up: a table is made when it is first written to, and a record may have any
    fields. Queries compare typed values, reach into nested objects and lists, and use indexes where
    there are some. Table names are lower-cased, with dashes as underscores.
    """

    category = "storage"
    title = "Database"

    @endpoint(
        price=usd("0.0001"),
        errors=(Conflict,),
        examples=(
            Example(request=CreateRequest(table="example", record=JANE), reply=CreateReply(id="1")),
            Example(
                request=CreateRequest(table="notes", record={"text": "An id is made up"}),
                reply=CreateReply(id="9f1c0f0e-6f0b-4b0e-9d55-5d7d3f6c2a11"),
                varying=("id",),
            ),
        ),
    )
    async def create(self, context: Context, request: CreateRequest) -> CreateReply:
        """Keep a record. If its id, or what an index wants unique, is taken: 409."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=ReadRequest(table="example", query="age == 43"),
                reply=ReadReply(records=[JANE_OLDER]),
                given=(("Create", CreateRequest(table="example", record=JANE_OLDER)),),
            ),
            Example(
                request=ReadRequest(
                    table="people",
                    query='address.city == "Oslo" and (age >= 18 or tags contains "vip")',
                    order_by="age desc, name",
                    limit=1,
                ),
                reply=ReadReply(
                    records=[{"id": "2", "name": "Kari", "age": 51, "address": {"city": "Oslo"}}]
                ),
                given=(
                    (
                        "Create",
                        CreateRequest(
                            table="people",
                            record={"id": "2", "name": "Kari", "age": 51, "address": {"city": "Oslo"}},
                        ),
                    ),
                ),
            ),
        ),
    )
    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read one record by its id, or a page of those that match a query.

        A query compares fields with values: `== != < <= > >=`, `in (…)`, `contains`, `startswith`,
        `is null`, joined by `and`, `or`, `not` and parentheses. A value compares only with values of its
        own type, and a field that is missing matches nothing but `is null`. An id that is not there
        gives no records.
        """
        ...

    @endpoint(
        price=usd("0.0001"),
        errors=(Conflict, NotFound),
        examples=(
            Example(
                request=UpdateRequest(table="example", record={"id": "1", "age": 43}),
                reply=UpdateReply(),
                given=(("Create", CreateRequest(table="example", record=JANE)),),
            ),
            Example(
                request=UpdateRequest(
                    table="example", id="1", set={"address.city": "Oslo"}, unset=["isActive"], if_version=1
                ),
                reply=UpdateReply(version=2),
                given=(("Create", CreateRequest(table="example", record=JANE)),),
            ),
        ),
    )
    async def update(self, context: Context, request: UpdateRequest) -> UpdateReply:
        """Change a record. 404 if there is none of that id, 409 if it is not at the version asked for."""
        ...

    @endpoint(
        price=0,
        errors=(Conflict,),
        examples=(
            Example(
                request=DeleteRequest(table="example", id="1"),
                reply=DeleteReply(),
                given=(("Create", CreateRequest(table="example", record=JANE)),),
            ),
        ),
    )
    async def delete(self, context: Context, request: DeleteRequest) -> DeleteReply:
        """Remove a record. That it is not there is no error, unless a version was asked for."""
        ...

    @endpoint(
        price=0,
        examples=(Example(request=TruncateRequest(table="example"), reply=TruncateReply()),),
    )
    async def truncate(self, context: Context, request: TruncateRequest) -> TruncateReply:
        """Empty a table at once, however large it is."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=CountRequest(table="example"),
                reply=CountReply(count=1),
                given=(("Create", CreateRequest(table="example", record=JANE)),),
            ),
            Example(
                request=CountRequest(table="example", query="age > 42"),
                reply=CountReply(count=0),
                given=(("Create", CreateRequest(table="example", record=JANE)),),
            ),
        ),
    )
    async def count(self, context: Context, request: CountRequest) -> CountReply:
        """Count the records of a table, or those that match a query."""
        ...

    @endpoint(
        price=0,
        errors=(Conflict, NotFound),
        examples=(
            Example(
                request=RenameTableRequest(from_="examples2", to="examples3"),
                reply=RenameTableReply(),
                given=(("Create", CreateRequest(table="examples2", record=JANE)),),
            ),
        ),
    )
    async def rename_table(self, context: Context, request: RenameTableRequest) -> RenameTableReply:
        """Give a table another name. 404 if it does not exist, 409 if the name is taken."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=ListTablesRequest(),
                reply=ListTablesReply(tables=["example", "example2"]),
                given=(
                    ("Create", CreateRequest(table="example", record=JANE)),
                    ("Create", CreateRequest(table="example2", record=JANE)),
                ),
            ),
        ),
    )
    async def list_tables(self, context: Context, request: ListTablesRequest) -> ListTablesReply:
        """List the project's tables."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(
                request=DropTableRequest(table="example"),
                reply=DropTableReply(),
                given=(("Create", CreateRequest(table="example", record=JANE)),),
            ),
        ),
    )
    async def drop_table(self, context: Context, request: DropTableRequest) -> DropTableReply:
        """Remove a table with all that is in it, at once. 404 if it does not exist."""
        ...

    @endpoint(
        price=usd("0.0001"),
        errors=(Conflict,),
        examples=(
            Example(
                request=CreateBatchRequest(
                    table="example", records=[{"id": "1", "name": "Jane"}, {"id": "2", "name": "John"}]
                ),
                reply=CreateBatchReply(ids=["1", "2"]),
            ),
        ),
    )
    async def create_batch(self, context: Context, request: CreateBatchRequest) -> CreateBatchReply:
        """Keep many records, all of them or none. If one id or unique value is taken: 409."""
        ...

    @endpoint(
        price=0,
        examples=(
            Example(
                request=DeleteBatchRequest(table="example", query="age < 50"),
                reply=DeleteBatchReply(deleted=1),
                given=(("Create", CreateRequest(table="example", record=JANE)),),
            ),
        ),
    )
    async def delete_batch(self, context: Context, request: DeleteBatchRequest) -> DeleteBatchReply:
        """Remove many records: those with given ids, or those that match a query."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(Conflict,),
        examples=(
            Example(
                request=CreateIndexRequest(table="example", fields=["age", "name"]),
                reply=CreateIndexReply(name="age_name"),
            ),
        ),
    )
    async def create_index(self, context: Context, request: CreateIndexRequest) -> CreateIndexReply:
        """Make an index, and return when it is complete; other calls go on meanwhile.

        Queries use it by themselves. A table has at most 16. If it is to be unique and the records
        there are not: 409, and there is no index. To ask for one that is there already changes nothing.
        """
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(
                request=DropIndexRequest(table="example", name="age"),
                reply=DropIndexReply(),
                given=(("CreateIndex", CreateIndexRequest(table="example", fields=["age"])),),
            ),
        ),
    )
    async def drop_index(self, context: Context, request: DropIndexRequest) -> DropIndexReply:
        """Remove an index. 404 if it does not exist."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=ListIndexesRequest(table="example"),
                reply=ListIndexesReply(
                    indexes=[Index(name="age", fields=["age"], unique=False, state="ready")]
                ),
                given=(("CreateIndex", CreateIndexRequest(table="example", fields=["age"])),),
            ),
        ),
    )
    async def list_indexes(self, context: Context, request: ListIndexesRequest) -> ListIndexesReply:
        """List a table's indexes."""
        ...
