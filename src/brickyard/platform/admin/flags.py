"""Feature flags: what is switched on for all, or for some projects first."""

import json

import msgspec

from brickyard.contract import Context, JsonObject
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.admin.contract import SetFeatureFlagReply
from brickyard.platform.audit import Audit

LIST = "SELECT name, description, everywhere, projects FROM flags WHERE project = ?1 ORDER BY name"
GET = "SELECT name, description, everywhere, projects FROM flags WHERE project = ?1 AND name = ?2"
SET = (
    "INSERT INTO flags (project, name, description, everywhere, projects, changed_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (project, name) DO UPDATE SET"
    " description = excluded.description, everywhere = excluded.everywhere, projects = excluded.projects,"
    " changed_ns = excluded.changed_ns"
)


class Flag(msgspec.Struct, frozen=True):
    """Something that can be switched on."""

    name: str
    description: str
    everywhere: bool
    """Whether it is on for all projects."""
    projects: tuple[str, ...]
    """For which it is on otherwise."""

    def shown(self) -> JsonObject:
        """Give what an entry of the audit log shows of it."""
        return {"everywhere": self.everywhere, "projects": self.projects}


class Flags:
    """All flags. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit) -> None:
        """Keep flags in `sql`."""
        self._sql, self._clock, self._audit = sql, clock, audit

    async def flags(self) -> list[Flag]:
        """Give the flags that were ever set, by name."""
        return [_flag(*row) for row in await self._sql.rows(LIST)]

    async def is_on(self, name: str, project: str) -> bool:
        """Say whether a flag is on for a project; one that was never set is off."""
        row = await self._sql.point(GET, name)
        if row is None:
            return False
        flag = _flag(*row)
        return flag.everywhere or project in flag.projects

    async def set(self, context: Context, flag: Flag) -> None:
        """Switch a flag on or off."""

        async def work(transaction: Transaction) -> None:
            rows = await transaction.rows(GET, flag.name)
            await transaction.changed(
                SET,
                flag.name,
                flag.description,
                int(flag.everywhere),
                json.dumps(flag.projects),
                self._clock.now_ns(),
            )
            before = _flag(*rows[0]).shown() if rows else None
            await self._audit.note(transaction, context, subject=flag.name, before=before, after=flag.shown())
            transaction.answers(SetFeatureFlagReply())

        await self._sql.transact(work)


def _flag(name: str, description: str, everywhere: int, projects: str) -> Flag:
    return Flag(name, description, bool(everywhere), tuple(json.loads(projects)))
