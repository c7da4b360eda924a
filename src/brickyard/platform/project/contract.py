"""What the `project` service promises."""

from collections.abc import AsyncIterator

from brickyard.contract import Conflict, Context, Example, NotFound, Service, TooManyRequests, endpoint
from brickyard.platform.project import messages as m

BOB = "acc_01jd3xb1r7w2e5t8y3u6i9o0pa"
WEB_SHOP = m.ProjectInfo(
    id="prj_01jd3x7m9q8w5e4r2t6y1v0nza",
    name="web shop",
    role="owner",
    owner="acc_01jd3x7m9q8w5e4r2t6y1v0nza",
    offered_to="",
    created_at="2026-11-24T08:00:00Z",
    deleted_at=None,
)
ADA = m.MemberInfo(account=WEB_SHOP.owner, name="Ada", role="owner", since="2026-11-24T08:00:00Z")
BOBS = m.InvitationInfo(
    id="inv_01jd3x7m9q8w5e4r2t6y1v0nza",
    email="bob@example.com",
    role="developer",
    invited_by=WEB_SHOP.owner,
    expires_at="2026-12-01T08:00:00Z",
)
LETTERS = "kN3k2JY0o9XyYbqPq7m2rO1n5b3gH8uVtS4wZ6xC1dE"
"""The token in a letter."""


class Project(Service):
    """Projects, and who works on them.

    Data and keys belong to a project, and each project is apart from all others. Its members have roles:
    `owner` (exactly one, who pays), `admin` (settings, members, keys, the bill), `developer` (keys),
    `billing` (the bill) and `viewer`. Nobody can give or take a role that is more than one's own.

    What is about members, and a project's end, is for people who are signed in; a key with the scope
    `project` can look, and rename.
    """

    category = "account"
    title = "Projects"
    control_plane = True

    @endpoint(
        price=0,
        errors=(Conflict,),
        examples=(
            Example(
                request=m.CreateRequest(name="web shop"),
                reply=m.CreateReply(info=WEB_SHOP),
                varying=("info",),
            ),
        ),
    )
    async def create(self, context: Context, request: m.CreateRequest) -> m.CreateReply:
        """Make a project, which you own and pay for."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(request=m.ListRequest(), reply=m.ListReply(projects=[WEB_SHOP]), varying=("projects",)),
        ),
    )
    async def list(self, context: Context, request: m.ListRequest) -> m.ListReply:
        """List your projects, with your role in each."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=m.GetRequest(project=WEB_SHOP.id), reply=m.GetReply(info=WEB_SHOP), varying=("info",)
            ),
        ),
    )
    async def get(self, context: Context, request: m.GetRequest) -> m.GetReply:
        """Give what is known of a project."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(Example(request=m.RenameRequest(name="shop", project=WEB_SHOP.id), reply=m.RenameReply()),),
    )
    async def rename(self, context: Context, request: m.RenameRequest) -> m.RenameReply:
        """Give a project another name."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(
                request=m.DeleteRequest(project=WEB_SHOP.id),
                reply=m.DeleteReply(erased_at="2026-12-01T08:00:00Z"),
                varying=("erased_at",),
            ),
        ),
    )
    async def delete(self, context: Context, request: m.DeleteRequest) -> m.DeleteReply:
        """Delete a project: its keys stop at once, and a week later all that it has is erased."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(Example(request=m.RestoreRequest(project=WEB_SHOP.id), reply=m.RestoreReply()),),
    )
    async def restore(self, context: Context, request: m.RestoreRequest) -> m.RestoreReply:
        """Undo a deletion before a week is over: all is as it was, keys too."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=m.ListMembersRequest(project=WEB_SHOP.id),
                reply=m.ListMembersReply(members=[ADA], invitations=[BOBS]),
                varying=("members", "invitations"),
            ),
        ),
    )
    async def list_members(self, context: Context, request: m.ListMembersRequest) -> m.ListMembersReply:
        """List who works on a project, and the invitations that are open."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound, Conflict, TooManyRequests),
        examples=(
            Example(
                request=m.InviteRequest(project=WEB_SHOP.id, email="bob@example.com", role="developer"),
                reply=m.InviteReply(invitation=BOBS),
                varying=("invitation",),
            ),
        ),
    )
    async def invite(self, context: Context, request: m.InviteRequest) -> m.InviteReply:
        """Invite someone by mail. Whoever has the letter and is signed in can accept."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound, Conflict),
        examples=(
            Example(
                request=m.AcceptRequest(token=LETTERS),
                reply=m.AcceptReply(project=WEB_SHOP.id, role="developer"),
                varying=("project",),
            ),
        ),
    )
    async def accept(self, context: Context, request: m.AcceptRequest) -> m.AcceptReply:
        """Accept an invitation."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(
                request=m.CancelInviteRequest(project=WEB_SHOP.id, id=BOBS.id), reply=m.CancelInviteReply()
            ),
        ),
    )
    async def cancel_invite(self, context: Context, request: m.CancelInviteRequest) -> m.CancelInviteReply:
        """Take an invitation back."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(
                request=m.SetRoleRequest(project=WEB_SHOP.id, account=BOB, role="viewer"),
                reply=m.SetRoleReply(),
            ),
        ),
    )
    async def set_role(self, context: Context, request: m.SetRoleRequest) -> m.SetRoleReply:
        """Give a member another role, at once."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(
                request=m.RemoveMemberRequest(project=WEB_SHOP.id, account=BOB), reply=m.RemoveMemberReply()
            ),
        ),
    )
    async def remove_member(self, context: Context, request: m.RemoveMemberRequest) -> m.RemoveMemberReply:
        """Remove a member, at once."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound, Conflict),
        examples=(Example(request=m.LeaveRequest(project=WEB_SHOP.id), reply=m.LeaveReply()),),
    )
    async def leave(self, context: Context, request: m.LeaveRequest) -> m.LeaveReply:
        """Leave a project. Its owner cannot."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(
                request=m.TransferOwnershipRequest(project=WEB_SHOP.id, account=BOB),
                reply=m.TransferOwnershipReply(expires_at="2026-12-01T08:00:00Z"),
                varying=("expires_at",),
            ),
        ),
    )
    async def transfer_ownership(
        self, context: Context, request: m.TransferOwnershipRequest
    ) -> m.TransferOwnershipReply:
        """Offer a project to another member, who pays for it once they accept."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound, Conflict),
        examples=(
            Example(request=m.AcceptOwnershipRequest(project=WEB_SHOP.id), reply=m.AcceptOwnershipReply()),
        ),
    )
    async def accept_ownership(
        self, context: Context, request: m.AcceptOwnershipRequest
    ) -> m.AcceptOwnershipReply:
        """Take over a project that is offered to you. Its former owner stays as an admin."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=m.ExportRequest(project=WEB_SHOP.id),
                reply=m.ExportReply(
                    environment="",
                    table="projects",
                    row={
                        "id": WEB_SHOP.id,
                        "account": WEB_SHOP.owner,
                        "name": "web shop",
                        "created_at": WEB_SHOP.created_at,
                        "deleted_at": None,
                    },
                    cursor="WzAsMCxbInByal8wMWpkM3g3bTlxOHc1ZTRyMnQ2eTF2MG56YSJdLDBd",
                ),
                varying=("row", "cursor"),
            ),
        ),
    )
    def export(self, context: Context, request: m.ExportRequest) -> AsyncIterator[m.ExportReply]:
        """Take along all that your project has, row by row: settings, members, keys, data, usage, audit log.

        Secrets are left out. What changes meanwhile is given as it was before or after.
        """
        ...
