"""Feature flags: what is switched on for all, or for some projects first."""

import json
from collections.abc import Mapping, Sequence

import msgspec

from brickyard.contract import BadRequest, Context, JsonObject
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.admin.switching import SetFeatureFlagReply
from brickyard.platform.audit import Audit
from brickyard.platform.caller import TEST
from brickyard.platform.project.known import check_known

EPOCH = "flags"
"""Another one begins whenever a flag is switched: what was remembered is forgotten."""
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

    def is_on(self, project: str) -> bool:
        """Say whether it is on for a project."""
        return self.everywhere or project in self.projects

    def shown(self) -> JsonObject:
        """Give what an entry of the audit log shows of it."""
        return {"everywhere": self.everywhere, "projects": self.projects}


class Flags:
    """All flags. `sql` is bound to the platform's own project.

    They are remembered until one of them is switched, at whichever gateway.
    """

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs, audit: Audit) -> None:
        """Keep flags in `sql`, and make changes known everywhere by `epochs`."""
        self._sql, self._clock, self._epochs, self._audit = sql, clock, epochs, audit
        self._known: Mapping[str, Flag] = {}
        self._epoch: int | None = None
        """In which epoch that was read; None before the first time."""

    def bound(self, tenant: str) -> "BoundFlags":
        """Give what a service sees of them: whether they are on for its project, in either environment."""
        return BoundFlags(self, tenant.removesuffix(TEST))

    async def flags(self) -> list[Flag]:
        """Give the flags that were ever set, by name."""
        return [_flag(*row) for row in await self._sql.rows(LIST)]

    async def is_on(self, name: str, project: str) -> bool:
        """Say whether a flag is on for a project; one that was never set is off."""
        flag = (await self._all()).get(name)
        return flag is not None and flag.is_on(project)

    async def on(self, project: str) -> list[str]:
        """Give the names of those that are on for a project, in alphabetical order."""
        return [name for name, flag in (await self._all()).items() if flag.is_on(project)]

    async def set(self, context: Context, flag: Flag) -> None:
        """Switch a flag on or off.

        `BadRequest` if its name is none, or if it is to be on for a project that is not there.
        """
        if not flag.name.isidentifier():  # the schema's `$` lets a line break through
            raise BadRequest.at("/name", f"{flag.name!r} is no name in code, such as faster_search.")
        await check_known(self._sql, flag.projects)

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
            await self._epochs.raise_(transaction, EPOCH)
            before = _flag(*rows[0]).shown() if rows else None
            await self._audit.note(transaction, context, subject=flag.name, before=before, after=flag.shown())
            transaction.answers(SetFeatureFlagReply())

        await self._sql.transact(work)
        await self._epochs.known()

    async def _all(self) -> Mapping[str, Flag]:
        epoch = self._epochs.current(EPOCH)  # before it is read: what changes meanwhile is read again
        if epoch != self._epoch:
            self._known, self._epoch = {each.name: each for each in await self.flags()}, epoch
        return self._known


class BoundFlags:
    """The flags as they are for one project: the port `Features`."""

    def __init__(self, flags: Flags, project: str) -> None:
        """Ask `flags` for `project`."""
        self._flags, self._project = flags, project

    async def is_on(self, name: str) -> bool:
        """Say whether a flag is on."""
        return await self._flags.is_on(name, self._project)

    async def on(self) -> Sequence[str]:
        """Give the names of those that are on."""
        return await self._flags.on(self._project)


def _flag(name: str, description: str, everywhere: int, projects: str) -> Flag:
    return Flag(name, description, bool(everywhere), tuple(json.loads(projects)))
