"""The calls of all projects, added up over the counts that `usage` answers each project from."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from brickyard.contract import BadRequest, Money, NotFound
from brickyard.contract.rfc3339 import SECOND_NS, timestamp
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql
from brickyard.platform.admin import calls as m
from brickyard.platform.caller import TEST
from brickyard.platform.usage.counts import Count
from brickyard.platform.usage.span import counted_by, span_s
from brickyard.platform.usage.store import UsageStore
from brickyard.platform.usage.summary import Group, summarise

AT_ONCE = 16
"""Projects whose counts are read at the same time."""
ROWS_MAX = 10_000
REFUSED_FROM, ERRORS_FROM = 400, 500
PROJECTS = (
    "SELECT id, account FROM projects WHERE project = ?1 AND id > ?2"
    " AND (?3 = '' OR account = ?3) AND (?4 = '' OR id = ?4) ORDER BY id LIMIT ?5"
)
FIND = {
    "account": "SELECT 1 FROM accounts WHERE project = ?1 AND id = ?2",
    "project": "SELECT 1 FROM projects WHERE project = ?1 AND id = ?2",
}


@dataclass
class Tally:
    """What calls add up to, and how many of them went wrong."""

    count: Count = field(default_factory=Count)
    refused: int = 0
    errors: int = 0

    def add(self, status: int, count: Count) -> None:
        """Count calls that were answered with one status."""
        self.count.merge(count)
        self.errors += count.calls if status >= ERRORS_FROM else 0
        self.refused += count.calls if REFUSED_FROM <= status < ERRORS_FROM else 0


class Traffic:
    """Reads the counts of one project after another. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, store: UsageStore, clock: Clock) -> None:
        """Find projects in `sql`, and what they called in `store`."""
        self._sql, self._store, self._clock = sql, store, clock

    async def usage(self, request: m.UsageRequest) -> m.UsageReply:
        """Add calls up.

        `NotFound` if there is no such account or project, `BadRequest` if it would be too many rows.
        """
        await self._check("account", request.account)
        await self._check("project", request.project)
        step, span = counted_by(request.step, span_s(self._clock, request.from_, request.to))
        asked = list(dict.fromkeys(request.by))
        columns = asked if request.step == "total" else ["start", *asked]
        tallies: defaultdict[Group, Tally] = defaultdict(Tally)
        own = [each for each in columns if each not in {"account", "project"}]
        async for project, account, sums in self._sums(request, step, span, [*own, "service", "status"]):
            for group, count in sums.items():
                *told, service, status = group
                if request.service.lower() not in {"", service}:
                    continue
                known = {"account": account, "project": project, **dict(zip(own, told, strict=True))}
                tallies[tuple(known[each] for each in columns)].add(int(status), count)
            if len(tallies) > ROWS_MAX:
                raise BadRequest.at("/by", f"That is more than {ROWS_MAX} rows: ask for less at a time.")
        return m.UsageReply(
            rows=[_row(dict(zip(columns, group, strict=True)), tallies[group]) for group in sorted(tallies)]
        )

    async def since(self, *starts_s: int) -> list[Tally]:
        """Add up the calls of all live keys since each of some midnights, the earliest first."""
        tallies = [Tally() for _ in starts_s]
        span = (starts_s[0], self._clock.now_ns() // SECOND_NS + 1)
        async for _, _, sums in self._sums(m.UsageRequest(), "day", span, ["start", "status"]):
            for (start_s, status), count in sums.items():
                for begins_s, tally in zip(starts_s, tallies, strict=True):
                    if int(start_s) >= begins_s:
                        tally.add(int(status), count)
        return tallies

    async def _sums(
        self, request: m.UsageRequest, step: str, span: tuple[int, int], by: list[str]
    ) -> AsyncIterator[tuple[str, str, dict[Group, Count]]]:
        """Give each project, its owner, and its counts."""

        async def read(project: str) -> dict[Group, Count]:
            tenant = project + TEST if request.environment == "test" else project
            await self._store.catch_up(tenant)
            return await summarise(self._store.sql_for(tenant), step, span, by)

        async for page in self._projects(request.account, request.project):
            found = await asyncio.gather(*[read(project) for project, _ in page])
            for (project, account), sums in zip(page, found, strict=True):
                yield project, account, sums

    async def _projects(self, account: str, project: str) -> AsyncIterator[list[tuple[str, str]]]:
        last = ""
        while rows := await self._sql.rows(PROJECTS, last, account, project, AT_ONCE):
            yield [(id_, owner) for id_, owner in rows]
            last = rows[-1][0]

    async def _check(self, kind: str, subject: str) -> None:
        if subject and await self._sql.point(FIND[kind], subject) is None:
            raise NotFound(f"There is no {kind} {subject!r}.")


def _row(group: dict[str, str | int], tally: Tally) -> m.UsageRow:
    count = tally.count
    p50_ms, p95_ms, p99_ms = count.durations.percentiles(0.5, 0.95, 0.99)
    return m.UsageRow(
        start=timestamp(int(group["start"]) * SECOND_NS) if "start" in group else None,
        account=str(group.get("account", "")),
        project=str(group.get("project", "")),
        service=str(group.get("service", "")),
        endpoint=str(group.get("endpoint", "")),
        key=str(group.get("key", "")),
        status=int(group.get("status", 0)),
        provider=str(group.get("provider", "")),
        calls=count.calls,
        refused=tally.refused,
        errors=tally.errors,
        bytes_in=count.bytes_in,
        bytes_out=count.bytes_out,
        cost=str(Money(count.cost)),
        p50_ms=p50_ms,
        p95_ms=p95_ms,
        p99_ms=p99_ms,
    )
