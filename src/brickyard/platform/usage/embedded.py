"""The `usage` service, over what the meter kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from brickyard.contract import Context, Money
from brickyard.engines.clock import Clock
from brickyard.platform.access import Access, Right
from brickyard.platform.billing.tier_finder import TierFinder
from brickyard.platform.caller import tenant_of
from brickyard.platform.moment import SECOND_NS, timestamp_or_none
from brickyard.platform.usage import bodies
from brickyard.platform.usage.bodies import Keeping
from brickyard.platform.usage.contract import (
    BodiesReply,
    BodiesRequest,
    KeepBodiesReply,
    KeepBodiesRequest,
    LoggedCall,
    LogReply,
    LogRequest,
    StorageReply,
    StorageRequest,
    StoredKind,
    SummaryReply,
    SummaryRequest,
    Usage,
    UsageRequest,
    UsageRow,
)
from brickyard.platform.usage.counts import Count
from brickyard.platform.usage.exports import EXPORTS
from brickyard.platform.usage.record import CallRecord
from brickyard.platform.usage.schema import MIGRATIONS
from brickyard.platform.usage.search import search
from brickyard.platform.usage.span import counted_by, span_s
from brickyard.platform.usage.store import UsageStore
from brickyard.platform.usage.summary import summarise

STORED = "SELECT kind, records, bytes FROM stored WHERE project = ?1 AND records > 0 ORDER BY kind"


@dataclass(frozen=True)
class EmbeddedUsage(Usage):
    """Counts and calls of the calling project, or of one that the caller is a member of."""

    migrations = MIGRATIONS
    exports = EXPORTS

    store: UsageStore
    keeping: Keeping
    access: Access
    tiers: TierFinder
    clock: Clock

    async def summary(self, context: Context, request: SummaryRequest) -> SummaryReply:
        """Add usage up."""
        tenant = await self._tenant(context, request)
        step, span = counted_by(request.step, self._span_s(request))
        by = list(dict.fromkeys(request.by))
        columns = by if request.step == "total" else ["start", *by]
        sums = await summarise(self.store.sql_for(tenant), step, span, columns)
        return SummaryReply(rows=[_row(dict(zip(columns, each, strict=True)), sums[each]) for each in sums])

    async def log(self, context: Context, request: LogRequest) -> LogReply:
        """Look for calls."""
        tenant = await self._tenant(context, request)
        from_s, to_s = self._span_s(request)
        found = await search(
            self.store.sql_for(tenant),
            (int(from_s * 1000), int(to_s * 1000) + 1),
            _wanted(request),
            cursor=request.cursor,
            limit=request.limit,
        )
        return LogReply(calls=[_call(each) for each in found.records], next_cursor=found.cursor)

    async def storage(self, context: Context, request: StorageRequest) -> StorageReply:
        """Say what is kept."""
        project = await self.access.project(context, request.project, Right.SEE)
        tenant = tenant_of(context, project, request.environment)
        tier = await self.tiers.tier_of(project)
        rows = await self.store.sql_for(tenant).rows(STORED)
        kinds = [StoredKind(service=kind, records=records, bytes=size) for kind, records, size in rows]
        return StorageReply(
            records=sum(each.records for each in kinds),
            records_max=tier.stored_records,
            bytes=sum(each.bytes for each in kinds),
            bytes_max=tier.stored_bytes,
            services=kinds,
        )

    async def keep_bodies(self, context: Context, request: KeepBodiesRequest) -> KeepBodiesReply:
        """Keep bodies for a while."""
        project, _ = await self.access.member(context, request.project, Right.MANAGE)
        until_ns = self.clock.now_ns() + request.hours * 3600 * SECOND_NS if request.hours else 0
        reply = KeepBodiesReply(until=timestamp_or_none(until_ns or None))
        await self.keeping.keep_until(context, project, until_ns, reply)
        return reply

    async def bodies(self, context: Context, request: BodiesRequest) -> BodiesReply:
        """Read bodies."""
        project = await self.access.project(context, request.project, Right.DEVELOP)
        tenant = tenant_of(context, project, request.environment)
        said = await bodies.read(self.store.sql_for(tenant), request.request_id)
        return BodiesReply(request=said[0], reply=said[1])

    async def _tenant(self, context: Context, request: UsageRequest) -> str:
        project = await self.access.project(context, request.project, Right.SEE)
        tenant = tenant_of(context, project, request.environment)
        await self.store.catch_up(tenant)
        return tenant

    def _span_s(self, request: UsageRequest) -> tuple[float, float]:
        return span_s(self.clock, request.from_, request.to)


def _wanted(request: LogRequest) -> Callable[[CallRecord], bool]:
    endpoint, problem = request.endpoint.lower().replace("/", "."), request.problem.lower()
    lowest, highest = (request.status, request.status) if request.status > 5 else (0, 999)  # noqa: PLR2004 - classes are 1 to 5
    if 0 < request.status <= 5:  # noqa: PLR2004
        lowest, highest = request.status * 100, request.status * 100 + 99

    def wanted(record: CallRecord) -> bool:
        return (
            (not endpoint or record.call == endpoint or record.call.startswith(endpoint + "."))
            and (not request.key or record.key == request.key)
            and (not request.request_id or record.request_id == request.request_id)
            and lowest <= record.status <= highest
            and record.duration_ms >= request.slower_than_ms
            and (not request.provider or record.provider == request.provider)
            and (not problem or problem in f"{record.problem}\n{record.detail}".lower())
        )

    return wanted


def _row(group: dict[str, str | int], count: Count) -> UsageRow:
    p50_ms, p95_ms, p99_ms = count.durations.percentiles(0.5, 0.95, 0.99)
    return UsageRow(
        start=_timestamp(float(group["start"])) if "start" in group else None,
        service=str(group.get("service", "")),
        endpoint=str(group.get("endpoint", "")),
        key=str(group.get("key", "")),
        status=int(group.get("status", 0)),
        provider=str(group.get("provider", "")),
        calls=count.calls,
        bytes_in=count.bytes_in,
        bytes_out=count.bytes_out,
        cost=str(Money(count.cost)),
        p50_ms=p50_ms,
        p95_ms=p95_ms,
        p99_ms=p99_ms,
    )


def _call(record: CallRecord) -> LoggedCall:
    return LoggedCall(
        request_id=record.request_id,
        time=_timestamp(record.time, "milliseconds"),
        endpoint=record.call,
        status=record.status,
        duration_ms=round(record.duration_ms, 3),
        key=record.key,
        bytes_in=record.bytes_in,
        bytes_out=record.bytes_out,
        cost=str(Money(record.cost)),
        provider=record.provider,
        trace_id=record.trace_id,
        replay_of=record.replay_of,
        problem=record.problem,
        detail=record.detail,
    )


def _timestamp(moment_s: float, precision: str = "seconds") -> str:
    return datetime.fromtimestamp(moment_s, UTC).isoformat(timespec=precision).replace("+00:00", "Z")
