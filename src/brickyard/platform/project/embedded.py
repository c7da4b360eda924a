"""The `project` service, over projects, members and invitations."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from brickyard.contract import Context
from brickyard.platform.access import Access, Right, Role
from brickyard.platform.caller import TEST
from brickyard.platform.export import Export, Part
from brickyard.platform.moment import timestamp, timestamp_or_none
from brickyard.platform.project import messages as m
from brickyard.platform.project.contract import Project
from brickyard.platform.project.invitations import Invitation, Invitations
from brickyard.platform.project.members import Members
from brickyard.platform.project.projects import ProjectRecord, Projects
from brickyard.platform.project.schema import EXPORTS, MIGRATIONS
from brickyard.platform.usage.store import UsageStore

ENVIRONMENTS: tuple[Literal["", "live", "test"], ...] = ("", "live", "test")
"""What an export is of, part by part."""


@dataclass(frozen=True)
class EmbeddedProject(Project):
    """An account's projects, or a key's own."""

    migrations = MIGRATIONS
    exports = EXPORTS

    projects: Projects
    members: Members
    invitations: Invitations
    access: Access
    export_of: Export
    usage: UsageStore

    async def create(self, context: Context, request: m.CreateRequest) -> m.CreateReply:
        """Make a project of the account that is signed in."""
        account = self.access.account(context)
        return await self.projects.create(
            context, account, request.name, lambda record: m.CreateReply(info=_info(record, Role.OWNER))
        )

    async def list(self, context: Context, request: m.ListRequest) -> m.ListReply:
        """List the account's projects; the key's own, if a key asks."""
        if context.project:
            project, role = await self.access.standing(context, "", Right.SEE)
            return m.ListReply(projects=[_info(await self.projects.get(project), role)])
        found = await self.projects.of(self.access.account(context))
        return m.ListReply(projects=[_info(record, role) for record, role in found])

    async def get(self, context: Context, request: m.GetRequest) -> m.GetReply:
        """Give a project."""
        project, role = await self.access.standing(context, request.project, Right.SEE)
        offered_to = await self.members.offered_to(project)
        return m.GetReply(info=_info(await self.projects.get(project), role, offered_to))

    async def rename(self, context: Context, request: m.RenameRequest) -> m.RenameReply:
        """Rename a project."""
        project = await self.access.project(context, request.project, Right.MANAGE)
        await self.projects.rename(context, project, request.name)
        return m.RenameReply()

    async def delete(self, context: Context, request: m.DeleteRequest) -> m.DeleteReply:
        """Delete a project."""
        project, _ = await self.access.member(context, request.project, Right.OWN)
        return await self.projects.delete(context, project)

    async def restore(self, context: Context, request: m.RestoreRequest) -> m.RestoreReply:
        """Restore a project of the account's own."""
        await self.projects.restore(context, request.project, self.access.account(context))
        return m.RestoreReply()

    async def list_members(self, context: Context, request: m.ListMembersRequest) -> m.ListMembersReply:
        """List members and invitations."""
        project = await self.access.project(context, request.project, Right.SEE)
        return m.ListMembersReply(
            members=[
                m.MemberInfo(
                    account=each.account, name=each.name, role=each.role, since=timestamp(each.since_ns)
                )
                for each in await self.members.of(project)
            ],
            invitations=[_invitation(each) for each in await self.invitations.open(project)],
        )

    async def invite(self, context: Context, request: m.InviteRequest) -> m.InviteReply:
        """Invite someone."""
        project, _ = await self.access.member(context, request.project, Right.MANAGE)
        return await self.invitations.invite(
            context,
            project,
            request.email,
            Role(request.role),
            lambda made: m.InviteReply(invitation=_invitation(made)),
        )

    async def accept(self, context: Context, request: m.AcceptRequest) -> m.AcceptReply:
        """Accept an invitation."""
        self.access.account(context)
        project, role = await self.invitations.accept(context, request.token)
        return m.AcceptReply(project=project, role=role)

    async def cancel_invite(self, context: Context, request: m.CancelInviteRequest) -> m.CancelInviteReply:
        """Take an invitation back."""
        project, _ = await self.access.member(context, request.project, Right.MANAGE)
        await self.invitations.cancel(context, project, request.id)
        return m.CancelInviteReply()

    async def set_role(self, context: Context, request: m.SetRoleRequest) -> m.SetRoleReply:
        """Give a member another role."""
        project, _ = await self.access.member(context, request.project, Right.MANAGE)
        await self.members.set_role(context, project, request.account, Role(request.role))
        return m.SetRoleReply()

    async def remove_member(self, context: Context, request: m.RemoveMemberRequest) -> m.RemoveMemberReply:
        """Remove a member."""
        project, _ = await self.access.member(context, request.project, Right.MANAGE)
        await self.members.remove(context, project, request.account)
        return m.RemoveMemberReply()

    async def leave(self, context: Context, request: m.LeaveRequest) -> m.LeaveReply:
        """Leave a project."""
        project, _ = await self.access.member(context, request.project, Right.SEE)
        await self.members.leave(context, project)
        return m.LeaveReply()

    async def transfer_ownership(
        self, context: Context, request: m.TransferOwnershipRequest
    ) -> m.TransferOwnershipReply:
        """Offer a project to another member."""
        project, _ = await self.access.member(context, request.project, Right.OWN)
        expires_ns = await self.members.offer(context, project, request.account)
        return m.TransferOwnershipReply(expires_at=timestamp(expires_ns))

    async def accept_ownership(
        self, context: Context, request: m.AcceptOwnershipRequest
    ) -> m.AcceptOwnershipReply:
        """Become the owner."""
        project, _ = await self.access.member(context, request.project, Right.SEE)
        await self.members.accept(context, project)
        return m.AcceptOwnershipReply()

    async def export(self, context: Context, request: m.ExportRequest) -> AsyncIterator[m.ExportReply]:
        """Give every row of a project."""
        project, _ = await self.access.member(context, request.project, Right.OWN)
        if not request.cursor:
            for tenant in (project, project + TEST):
                await self.usage.catch_up(tenant)
        parts = (Part("project", project), Part("tenant", project), Part("tenant", project + TEST))
        async for line in self.export_of.lines(parts, request.cursor):
            yield m.ExportReply(
                environment=ENVIRONMENTS[line.part], table=line.table, row=line.row, cursor=line.cursor
            )


def _info(record: ProjectRecord, role: Role, offered_to: str = "") -> m.ProjectInfo:
    return m.ProjectInfo(
        id=record.id,
        name=record.name,
        role=role,
        owner=record.owner,
        offered_to=offered_to,
        created_at=timestamp(record.created_ns),
        deleted_at=timestamp_or_none(record.deleted_ns),
    )


def _invitation(invitation: Invitation) -> m.InvitationInfo:
    return m.InvitationInfo(
        id=invitation.id,
        email=invitation.email,
        role=invitation.role,
        invited_by=invitation.invited_by,
        expires_at=timestamp(invitation.expires_ns),
    )
