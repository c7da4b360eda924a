"""Switching services and endpoints off, and on again, at all gateways at once.

It is looked at when a caller is let in to an endpoint, and not again while that is remembered: a switch has
callers forgotten, as a block does. So calls pay nothing for it.
"""

import json
from collections.abc import Iterable, Mapping

import msgspec

from brickyard.contract import BadRequest, Context, Contract, JsonObject, SwitchedOff
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.audit import Audit
from brickyard.platform.caller import EPOCH
from brickyard.platform.project.known import check_known

ALWAYS_ON = frozenset(("account", "admin", "billing", "key"))
"""With these an operator signs in, and switches on again."""
LIST = "SELECT target, reason, everywhere, projects, changed_ns FROM switches WHERE project = ?1"
SET = (
    "INSERT INTO switches (project, target, reason, everywhere, projects, changed_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (project, target) DO UPDATE SET reason = excluded.reason,"
    " everywhere = excluded.everywhere, projects = excluded.projects, changed_ns = excluded.changed_ns"
)
DELETE = "DELETE FROM switches WHERE project = ?1 AND target = ?2"


class Switch(msgspec.Struct, frozen=True):
    """Something that is switched off."""

    target: str
    """A service (`db`), or the id of an endpoint (`db.create`)."""
    reason: str
    """Why, as who is refused is told; empty to say nothing."""
    everywhere: bool
    """Whether it is off for all."""
    projects: tuple[str, ...]
    """For which projects it is off otherwise."""
    changed_ns: int

    def is_off(self, project: str) -> bool:
        """Say whether it is off for a project; none (an empty one) calls with a session, or without a key."""
        return self.everywhere or project in self.projects

    def shown(self) -> JsonObject:
        """Give what an entry of the audit log shows of it."""
        return {"everywhere": self.everywhere, "projects": self.projects, "reason": self.reason}


class Switches:
    """All that is switched off. `sql` is bound to the platform's own project.

    It is remembered until callers are forgotten, with whom the ways in of those already let in are too.
    """

    def __init__(
        self, sql: Sql, catalog: Iterable[Contract], clock: Clock, epochs: Epochs, audit: Audit
    ) -> None:
        """Switch what is in `catalog`, and make it known everywhere by `epochs`."""
        self._sql, self._clock, self._epochs, self._audit = sql, clock, epochs, audit
        self._names = {_target(name): name for name in _names(catalog)}
        self._known: Mapping[str, Switch] = {}
        self._epoch: int | None = None
        """In which epoch that was read; None before the first time."""

    async def check(self, endpoint: str, project: str) -> None:
        """Raise `SwitchedOff` if an endpoint, or its service, is off for a project."""
        known = await self._all()
        if not known:
            return
        for target in (endpoint.partition(".")[0], endpoint):
            switch = known.get(target)
            if switch is not None and switch.is_off(project):
                raise SwitchedOff(self._refusal(switch))

    async def everywhere(self) -> frozenset[str]:
        """Give what is off for all: services, and ids of endpoints."""
        return frozenset(each.target for each in (await self._all()).values() if each.everywhere)

    async def switches(self) -> list[Switch]:
        """Give all that is off, for whomever, by name."""
        rows = await self._sql.rows(f"{LIST} ORDER BY target")
        return [_switch(*row) for row in rows]

    def name_of(self, switch: Switch) -> str:
        """Give what people call what a switch is for: `db`, `db/Create`."""
        return self._names.get(switch.target, switch.target)

    async def off(self, context: Context, what: str, reason: str, projects: tuple[str, ...]) -> None:
        """Switch something off for all, or for `projects` only; what was off of it before is on again.

        `BadRequest` if there is no such service or endpoint, if it is one that is always on, or for a project
        that is not there.
        """
        target = self._known_target(what)
        if target.partition(".")[0] in ALWAYS_ON:
            stay = ", ".join(sorted(ALWAYS_ON))
            raise BadRequest.at(
                "/what", f"{what!r} stays on, or nobody could switch it on again; so do {stay}."
            )
        await check_known(self._sql, projects)
        await self._change(context, Switch(target, reason, not projects, projects, self._clock.now_ns()))

    async def on(self, context: Context, what: str) -> None:
        """Switch something on again for all; `BadRequest` if there is no such service or endpoint."""
        await self._change(context, _on(self._known_target(what)))

    async def _change(self, context: Context, switch: Switch) -> None:
        async def work(transaction: Transaction) -> None:
            rows = await transaction.rows(f"{LIST} AND target = ?2", switch.target)
            if switch.everywhere or switch.projects:
                await transaction.changed(
                    SET,
                    switch.target,
                    switch.reason,
                    int(switch.everywhere),
                    json.dumps(switch.projects),
                    switch.changed_ns,
                )
            else:
                await transaction.changed(DELETE, switch.target)
            await self._epochs.raise_(transaction, EPOCH)
            before = _switch(*rows[0]).shown() if rows else _on(switch.target).shown()
            if before != switch.shown():
                await self._audit.note(
                    transaction, context, subject=switch.target, before=before, after=switch.shown()
                )

        await self._sql.transact(work)
        await self._epochs.known()

    async def _all(self) -> Mapping[str, Switch]:
        epoch = self._epochs.current(EPOCH)  # before it is read: what changes meanwhile is read again
        if epoch != self._epoch:
            self._known, self._epoch = {each.target: each for each in await self.switches()}, epoch
        return self._known

    def _known_target(self, what: str) -> str:
        target = _target(what)
        if target not in self._names:
            raise BadRequest.at(
                "/what", f"{what!r} is neither a service nor an endpoint. The catalog at /v1 lists them."
            )
        return target

    def _refusal(self, switch: Switch) -> str:
        refusal = f"The operator of this cloud has switched {self.name_of(switch)} off"
        return f"{refusal}: {switch.reason}" if switch.reason else f"{refusal}."


def _names(catalog: Iterable[Contract]) -> Iterable[str]:
    for contract in catalog:
        yield contract.name
        for endpoint in contract.endpoints:
            yield f"{contract.name}/{endpoint.name}"


def _target(name: str) -> str:
    return name.lower().replace("/", ".")


def _on(target: str) -> Switch:
    return Switch(target, reason="", everywhere=False, projects=(), changed_ns=0)


def _switch(target: str, reason: str, everywhere: int, projects: str, changed_ns: int) -> Switch:
    return Switch(target, reason, bool(everywhere), tuple(json.loads(projects)), changed_ns)
