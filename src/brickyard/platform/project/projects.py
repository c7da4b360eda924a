"""Projects as they are kept: made, renamed, deleted, and restored while there is time."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from ulid import ULID

from brickyard.contract import BadRequest, Conflict, Context, NotFound, Reply
from brickyard.engines.clock import Clock
from brickyard.engines.mail.line import one_line
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.access import Role, absent
from brickyard.platform.audit import Audit
from brickyard.platform.caller import EPOCH
from brickyard.platform.moment import DAY_NS, timestamp
from brickyard.platform.project.messages import NAME_MAX, DeleteReply, RenameReply, RestoreReply

Answer = TypeVar("Answer", bound=Reply)

PROJECTS_MAX = 20
"""How many projects an account may own, deleted ones that can still be restored among them."""
GRACE_NS = 7 * DAY_NS
"""How long a deleted project can be restored."""

RECORD = "p.id, p.name, p.account, p.created_ns, p.deleted_ns"
OF_ACCOUNT = (
    f"SELECT {RECORD}, m.role FROM members m JOIN projects p ON p.project = ?1 AND p.id = m.project_id"  # noqa: S608 - our own columns
    " WHERE m.project = ?1 AND m.account = ?2"
    " AND (p.deleted_ns IS NULL OR (m.role = 'owner' AND p.purged_ns IS NULL)) ORDER BY p.id"
)
GET = f"SELECT {RECORD} FROM projects p WHERE p.project = ?1 AND p.id = ?2"  # noqa: S608 - as above
OWNED = "SELECT count(*) FROM projects WHERE project = ?1 AND account = ?2"
ADD = "INSERT INTO projects (project, id, account, name, created_ns) VALUES (?1, ?2, ?3, ?4, ?5)"
ADD_MEMBER = (
    "INSERT INTO members (project, project_id, account, role, created_ns) VALUES (?1, ?2, ?3, ?4, ?5)"
)
DELETE = (
    "UPDATE projects SET deleted_ns = ?3"
    " WHERE project = ?1 AND id = ?2 AND account = ?4 AND deleted_ns IS NULL"
)
RESTORE = (
    "UPDATE projects SET deleted_ns = NULL"
    " WHERE project = ?1 AND id = ?2 AND account = ?3 AND deleted_ns > ?4 AND purged_ns IS NULL"
)


class ProjectRecord(msgspec.Struct, frozen=True):
    """What is known of a project."""

    id: str
    name: str
    owner: str
    """The account that pays for it."""
    created_ns: int
    deleted_ns: int | None
    """When it was deleted; it can be restored for `GRACE_NS`."""


class Projects:
    """Every project. `sql` is bound to the platform's own."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs, audit: Audit) -> None:
        """Keep projects in `sql`, and end their keys everywhere by `epochs`."""
        self._sql, self._clock, self._epochs, self._audit = sql, clock, epochs, audit

    async def create(
        self, context: Context, account: str, name: str, answer: Callable[[ProjectRecord], Answer]
    ) -> Answer:
        """Make a project that `account` owns, and say `answer` of it.

        `Conflict` if the account has too many; `BadRequest` if the name is none.
        """
        _check_name(name)
        record = ProjectRecord(f"prj_{ULID()}".lower(), name, account, self._clock.now_ns(), None)

        async def work(transaction: Transaction) -> Answer:
            await check_room(transaction, account)
            await transaction.changed(ADD, record.id, account, name, record.created_ns)
            await transaction.changed(ADD_MEMBER, record.id, account, Role.OWNER, record.created_ns)
            await self._audit.note(transaction, context, project=record.id, after={"name": name})
            reply = answer(record)
            transaction.answers(reply)
            return reply

        return await self._sql.transact(work)

    async def of(self, account: str) -> list[tuple[ProjectRecord, Role]]:
        """Give an account's projects, oldest first, with its role in each; deleted ones if it owns them."""
        rows = await self._sql.rows(OF_ACCOUNT, account)
        return [(ProjectRecord(*row[:-1]), Role(row[-1])) for row in rows]

    async def get(self, project: str) -> ProjectRecord:
        """Give a project that is there."""
        row = await self._sql.point(GET, project)
        if row is None:
            raise NotFound(f"There is no project {project!r}.")
        return ProjectRecord(*row)

    async def rename(self, context: Context, project: str, name: str) -> None:
        """Give a project another name; `BadRequest` if it is none."""
        _check_name(name)

        async def work(transaction: Transaction) -> None:
            rows = await transaction.rows(GET, project)
            await transaction.changed(
                "UPDATE projects SET name = ?3 WHERE project = ?1 AND id = ?2", project, name
            )
            for row in rows:
                await self._audit.note(
                    transaction, context, project=project, before={"name": row[1]}, after={"name": name}
                )
            transaction.answers(RenameReply())

        await self._sql.transact(work)

    async def delete(self, context: Context, project: str) -> DeleteReply:
        """Stop all keys of a project of the caller's at once; says when it will be erased."""
        now_ns = self._clock.now_ns()
        reply = DeleteReply(erased_at=timestamp(now_ns + GRACE_NS))

        async def work(transaction: Transaction) -> None:
            if not await transaction.changed(DELETE, project, now_ns, context.account):
                raise absent(project)
            await self._epochs.raise_(transaction, EPOCH)
            after = {"erased_at": reply.erased_at}
            await self._audit.note(transaction, context, project=project, after=after)
            transaction.answers(reply)

        await self._sql.transact(work)
        await self._epochs.known()
        return reply

    async def restore(self, context: Context, project: str, account: str) -> None:
        """Undo a deletion; `NotFound` if `account` owns no deleted project of that id, or it is too late."""
        oldest_ns = self._clock.now_ns() - GRACE_NS

        async def work(transaction: Transaction) -> None:
            if not await transaction.changed(RESTORE, project, account, oldest_ns):
                raise NotFound(f"You own no deleted project {project[:100]!r} that can be restored.")
            await self._epochs.raise_(transaction, EPOCH)
            await self._audit.note(transaction, context, project=project, after={"restored": True})
            transaction.answers(RestoreReply())

        await self._sql.transact(work)
        await self._epochs.known()


def _check_name(name: str) -> None:
    """Keep a name on one line: it is told in letters, to people who do not know the project."""
    try:
        one_line(name, "name", NAME_MAX)
    except ValueError as error:
        raise BadRequest.at("/name", str(error)) from error
    if not name.strip():
        raise BadRequest.at("/name", "The name is blank: give one that says what the project is for.")


async def check_room(transaction: Transaction, account: str) -> None:
    """Raise `Conflict` if an account owns as many projects as one may."""
    ((owned,),) = await transaction.rows(OWNED, account)
    if owned >= PROJECTS_MAX:
        raise Conflict(
            f"An account may own {PROJECTS_MAX} projects, deleted ones that can be restored among them."
        )
