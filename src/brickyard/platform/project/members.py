"""Who works on a project, and as what. There is always exactly one owner."""

import msgspec

from brickyard.contract import Conflict, Context, Forbidden, NotFound
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.access import Role, outranks
from brickyard.platform.audit import Audit
from brickyard.platform.billing.handover import Handover
from brickyard.platform.caller import EPOCH
from brickyard.platform.moment import DAY_NS, timestamp
from brickyard.platform.project.messages import (
    AcceptOwnershipReply,
    LeaveReply,
    RemoveMemberReply,
    SetRoleReply,
    TransferOwnershipReply,
)
from brickyard.platform.project.projects import check_room

OFFER_NS = 7 * DAY_NS
"""How long a project's ownership can be accepted."""

LIST = (
    "SELECT m.account, coalesce(a.name, ''), m.role, m.created_ns FROM members m"
    " LEFT JOIN accounts a ON a.project = ?1 AND a.id = m.account"
    " WHERE m.project = ?1 AND m.project_id = ?2 ORDER BY m.created_ns, m.account"
)
ROLE = "SELECT role FROM members WHERE project = ?1 AND project_id = ?2 AND account = ?3"
OWNER = "SELECT account FROM members WHERE project = ?1 AND project_id = ?2 AND role = 'owner'"
SET_ROLE = "UPDATE members SET role = ?4 WHERE project = ?1 AND project_id = ?2 AND account = ?3"
REMOVE = "DELETE FROM members WHERE project = ?1 AND project_id = ?2 AND account = ?3"
OFFER = (
    "INSERT INTO offers (project, project_id, account, expires_ns) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (project, project_id) DO UPDATE SET account = excluded.account,"
    " expires_ns = excluded.expires_ns"
)
OFFERED = "SELECT account FROM offers WHERE project = ?1 AND project_id = ?2 AND expires_ns > ?3"
END_OFFER = "DELETE FROM offers WHERE project = ?1 AND project_id = ?2"


class Member(msgspec.Struct, frozen=True):
    """Someone who works on a project."""

    account: str
    name: str
    role: Role
    since_ns: int


class Members:
    """The members of every project. `sql` is bound to the platform's own."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs, audit: Audit, handover: Handover) -> None:
        """Keep them in `sql`; `epochs` tell every gateway that somebody else pays.

        By `handover` go a project's caps to whoever does.
        """
        self._sql, self._clock, self._epochs, self._audit = sql, clock, epochs, audit
        self._handover = handover

    async def of(self, project: str) -> list[Member]:
        """Give a project's members, those who came first at the beginning."""
        rows = await self._sql.rows(LIST, project)
        return [Member(account, name, Role(role), since_ns) for account, name, role, since_ns in rows]

    async def offered_to(self, project: str) -> str:
        """Give the account that a project is offered to; empty if none."""
        row = await self._sql.point(OFFERED, project, self._clock.now_ns())
        return "" if row is None else row[0]

    async def set_role(self, context: Context, project: str, account: str, role: Role) -> None:
        """Make a member something else: nothing that the caller is not, and never the owner."""

        async def work(transaction: Transaction) -> None:
            theirs = await self._lesser(transaction, context, project, account)
            await check_outranks(transaction, context, project, role)
            await transaction.changed(SET_ROLE, project, account, role)
            await self._note(transaction, context, project, account, {"role": theirs}, {"role": role})
            transaction.answers(SetRoleReply())

        await self._sql.transact(work)

    async def remove(self, context: Context, project: str, account: str) -> None:
        """Take a member's part away at once. Keys that it made stay: they are the project's."""

        async def work(transaction: Transaction) -> None:
            theirs = await self._lesser(transaction, context, project, account)
            await self._take_out(transaction, context, project, account, theirs)
            transaction.answers(RemoveMemberReply())

        await self._sql.transact(work)

    async def leave(self, context: Context, project: str) -> None:
        """Give one's own part up; `Conflict` for the owner."""

        async def work(transaction: Transaction) -> None:
            role = await role_of(transaction, project, context.account)
            if role is Role.OWNER:
                raise Conflict(
                    "The owner cannot leave: hand the project over (`TransferOwnership`), or delete it."
                )
            await self._take_out(transaction, context, project, context.account, role)
            transaction.answers(LeaveReply())

        await self._sql.transact(work)

    async def offer(self, context: Context, project: str, account: str) -> int:
        """Offer a project to a member, instead of whom it was offered to; gives when the offer ends.

        One who offers it to oneself takes the offer back. `Forbidden` if it is another's by now.
        """
        expires_ns = self._clock.now_ns() + OFFER_NS

        async def work(transaction: Transaction) -> None:
            if await role_of(transaction, project, context.account) is not Role.OWNER:
                raise Forbidden("The project belongs to another by now, who alone can offer it.")
            await role_of(transaction, project, account)
            await transaction.changed(END_OFFER, project)
            if account != context.account:
                await transaction.changed(OFFER, project, account, expires_ns)
            offer = {"offered_to": account, "until": timestamp(expires_ns)}
            await self._note(transaction, context, project, account, None, offer)
            transaction.answers(TransferOwnershipReply(expires_at=timestamp(expires_ns)))

        await self._sql.transact(work)
        return expires_ns

    async def accept(self, context: Context, project: str) -> None:
        """Become the owner of a project that was offered; the former owner stays as an admin."""
        await self._handover.prepare(context.account)

        async def work(transaction: Transaction) -> None:
            offered = await transaction.rows(OFFERED, project, self._clock.now_ns())
            if offered != [(context.account,)]:
                raise NotFound(f"The project {project!r} is not offered to you.")
            await check_room(transaction, context.account)
            ((former,),) = await transaction.rows(OWNER, project)
            await transaction.changed(SET_ROLE, project, former, Role.ADMIN)
            await transaction.changed(SET_ROLE, project, context.account, Role.OWNER)
            await transaction.changed(
                "UPDATE projects SET account = ?3 WHERE project = ?1 AND id = ?2", project, context.account
            )
            await transaction.changed(END_OFFER, project)
            await self._handover.carry(transaction, project, former, context.account)
            await self._epochs.raise_(transaction, EPOCH)
            await self._note(
                transaction, context, project, project, {"owner": former}, {"owner": context.account}
            )
            transaction.answers(AcceptOwnershipReply())

        await self._sql.transact(work)
        await self._epochs.known()

    async def _lesser(self, transaction: Transaction, context: Context, project: str, account: str) -> Role:
        """Give the role of a member whom the caller may change."""
        theirs = await role_of(transaction, project, account)
        if theirs is Role.OWNER:
            raise Forbidden("The owner changes only by `TransferOwnership`, which the owner begins.")
        await check_outranks(transaction, context, project, theirs)
        return theirs

    async def _take_out(
        self, transaction: Transaction, context: Context, project: str, account: str, role: Role
    ) -> None:
        await transaction.changed(REMOVE, project, account)
        await transaction.changed(f"{END_OFFER} AND account = ?3", project, account)
        await self._note(transaction, context, project, account, {"role": role}, None)

    async def _note(
        self,
        transaction: Transaction,
        context: Context,
        project: str,
        subject: str,
        before: dict[str, str] | None,
        after: dict[str, str] | None,
    ) -> None:
        await self._audit.note(
            transaction, context, project=project, subject=subject, before=before, after=after
        )


async def role_of(transaction: Transaction, project: str, account: str) -> Role:
    """Give a member's role; `NotFound` if the account is none."""
    rows = await transaction.rows(ROLE, project, account)
    if not rows:
        raise NotFound(f"{account[:100]!r} is no member of this project. `ListMembers` shows who is.")
    return Role(rows[0][0])


async def check_outranks(transaction: Transaction, context: Context, project: str, role: Role) -> None:
    """Raise `Forbidden` unless the caller is, just now, all that `role` is."""
    mine = await role_of(transaction, project, context.account)
    if not outranks(mine, role):
        raise Forbidden(f"Your role is {mine}: you can neither give nor take that of {role}.")
