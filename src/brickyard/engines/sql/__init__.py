"""The SQL port: tables of one project, read without waiting, written in shared commits.

Statements are SQL that SQLite and PostgreSQL both take, with numbered parameters. `?1` is always the
project, put there by the handle, and a statement that does not mention it is refused: a handle cannot
reach another project's rows by forgetting a condition.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from brickyard.contract import Reply

Value = str | int | float | bytes | None
Row = tuple[Any, ...]
Result = TypeVar("Result")
Dialect = Literal["sqlite", "postgresql"]
"""Whose SQL a database speaks, for the little that the two say differently: JSON above all."""


class Page(NamedTuple):
    """The first rows of a result."""

    rows: list[Row]
    more: bool
    """Whether there are more after them."""


class Transaction(Protocol):
    """One unit of work: all of it is committed, or none.

    A statement that fails ends it: where a row may be there already, say `ON CONFLICT`.
    """

    @property
    def dialect(self) -> Dialect:
        """Whose SQL it speaks."""
        ...

    async def rows(self, statement: str, *values: Value) -> list[Row]:
        """Run a statement and give its rows; `values` are `?2`, `?3` …."""
        ...

    async def page(self, statement: str, *values: Value, size_bytes: int) -> Page:
        """Run a statement and give its first rows, as `Sql.page` does."""
        ...

    async def run_many(self, statement: str, values: Sequence[Sequence[Value]]) -> None:
        """Run a statement once for each of `values`."""
        ...

    async def changed(self, statement: str, *values: Value) -> int:
        """Run a statement and count the rows it changed."""
        ...

    def keeps(self, kind: str, records: int, size_bytes: int) -> None:
        """Say how much more of a kind (`db`, `cache`) its project keeps by what is done here, or less.

        If that is more than the project may keep, `StorageFull` undoes the transaction.
        """
        ...

    def answers(self, reply: Reply) -> None:
        """Say what the call is answered with once this unit of work, its last, is committed.

        The reply of a call under an `Idempotency-Key` is then committed together with its effect: however
        the process ends, who repeats the call gets it, and nothing is done twice.
        """
        ...


class UniqueViolation(Exception):  # noqa: N818 - SQL's term
    """A row with that key is there already."""


class DatabaseUnusable(Exception):  # noqa: N818 - what is wrong is the database, not the program
    """The database that the settings name cannot be used; the text says why, and never with a password."""


Work = Callable[[Transaction], Awaitable[Result]]
"""What is done in a transaction. It awaits nothing but the transaction, and may be run again."""


class Sql(Protocol):
    """A database, bound to one project."""

    @property
    def dialect(self) -> Dialect:
        """Whose SQL it speaks."""
        ...

    async def point(self, statement: str, *values: Value) -> Row | None:
        """Give one row, found by a key or an index. It may run on the event loop: keep it small."""
        ...

    async def rows(self, statement: str, *values: Value) -> list[Row]:
        """Give the rows of any query. It blocks neither the event loop nor the writer.

        Projects take turns in it; the query ends with the task that waits for it. Raises `Unavailable` if
        it takes longer than the engine's limit, or if too many of the project's wait for their turn.
        """
        ...

    async def page(self, statement: str, *values: Value, size_bytes: int) -> Page:
        """Give the first rows of any query, until their texts and blobs take `size_bytes`; one at least.

        The rows after them are not read. Otherwise like `rows`.
        """
        ...

    async def run(self, statement: str, *values: Value) -> list[Row]:
        """Run one writing statement; returns what it `RETURNING`s, after the commit."""
        ...

    async def transact(self, work: Work[Result], *, synced: bool = True) -> Result:
        """Run `work` in a transaction; returns its result after the commit.

        What `work` raises undoes it, and is raised here.

        If it need not be `synced`, a machine that fails (not a process) may lose it until the next commit
        that is. That will do for calls that do nothing but write here: the record of each is kept, synced,
        before its answer goes out. So it is one wait for the disk instead of two.
        """
        ...
