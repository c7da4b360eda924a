"""What the endpoints of the `project` service take and give."""

from typing import Annotated, Literal

from msgspec import Meta

from brickyard.contract import JsonObject, Reply, Request, Struct, Timestamp
from brickyard.platform.export import CURSOR_MAX

Id = Annotated[str, Meta(min_length=1, max_length=64)]
OptionalId = Annotated[str, Meta(max_length=64)]
NAME_MAX = 100
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX)]
GivenRole = Literal["admin", "developer", "billing", "viewer"]


class ProjectInfo(Struct):
    """A project, as the caller sees it."""

    id: str
    """The project's name in calls."""
    name: str
    """Its name for people."""
    role: str
    """What the caller is to it: `owner`, `admin`, `developer`, `billing` or `viewer`."""
    owner: str
    """The account that pays for it."""
    offered_to: str
    """The member to whom its ownership is offered; empty if to none, and in lists."""
    created_at: Timestamp
    """When it was made."""
    deleted_at: Timestamp | None
    """When it was deleted; null if it was not."""


class MemberInfo(Struct):
    """Someone who works on a project."""

    account: str
    """The account's id."""
    name: str
    """The account's name for people; empty if it has none."""
    role: str
    """What it is to the project."""
    since: Timestamp
    """Since when it has been a member."""


class InvitationInfo(Struct):
    """An invitation that is open."""

    id: str
    """Its name for `CancelInvite`."""
    email: str
    """To whom it was sent."""
    role: str
    """What who accepts it will be."""
    invited_by: str
    """Whose invitation it is: an account's id."""
    expires_at: Timestamp
    """Until when it can be accepted."""


class CreateRequest(Request):
    """A project to make."""

    name: Name
    """Its name for people."""


class CreateReply(Reply):
    """The project made."""

    info: ProjectInfo
    """What is known of it."""


class ListRequest(Request):
    """Nothing to say."""


class ListReply(Reply):
    """Projects."""

    projects: list[ProjectInfo]
    """Oldest first; those of one's own that were deleted and can be restored, too."""


class GetRequest(Request):
    """Which project."""

    project: OptionalId = ""
    """The project's id. Only a session has to say it; a key asks about its own."""


class GetReply(Reply):
    """A project."""

    info: ProjectInfo
    """What is known of it."""


class RenameRequest(Request):
    """Another name."""

    name: Name
    """Its name for people from now on."""
    project: OptionalId = ""
    """Which project; as for `Get`."""


class RenameReply(Reply):
    """Nothing to tell."""


class DeleteRequest(Request):
    """Which project to delete."""

    project: Id
    """The project's id."""


class DeleteReply(Reply):
    """What will happen."""

    erased_at: Timestamp
    """When all that it has will be erased; until then it can be restored."""


class RestoreRequest(Request):
    """Which project to restore."""

    project: Id
    """The id of a project that you deleted."""


class RestoreReply(Reply):
    """Nothing to tell."""


class ListMembersRequest(Request):
    """Whose members to list."""

    project: OptionalId = ""
    """Which project's; as for `Get`."""


class ListMembersReply(Reply):
    """Who works on a project, and who may soon."""

    members: list[MemberInfo]
    """Who came first is first."""
    invitations: list[InvitationInfo]
    """Those that are open, oldest first."""


class InviteRequest(Request):
    """Whom to invite."""

    project: Id
    """To which project."""
    email: Annotated[str, Meta(max_length=254)]
    """Where to send the invitation. An earlier one to the same address ends."""
    role: GivenRole = "developer"
    """What they will be: nothing more than you are."""


class InviteReply(Reply):
    """The invitation sent."""

    invitation: InvitationInfo
    """What is known of it. Its token is in the letter only."""


class AcceptRequest(Request):
    """An invitation to accept."""

    token: Annotated[str, Meta(min_length=1, max_length=100)]
    """The token in the letter."""


class AcceptReply(Reply):
    """What you are now."""

    project: str
    """The id of the project that you are a member of."""
    role: str
    """What you are to it."""


class CancelInviteRequest(Request):
    """An invitation to take back."""

    project: Id
    """To which project."""
    id: Id
    """The invitation's id."""


class CancelInviteReply(Reply):
    """Nothing to tell."""


class SetRoleRequest(Request):
    """Another role for a member."""

    project: Id
    """In which project."""
    account: Id
    """Whose role."""
    role: GivenRole
    """What they are from now on: nothing more than you are."""


class SetRoleReply(Reply):
    """Nothing to tell."""


class RemoveMemberRequest(Request):
    """A member to remove."""

    project: Id
    """From which project."""
    account: Id
    """Whom. Keys that they made stay, since they are the project's."""


class RemoveMemberReply(Reply):
    """Nothing to tell."""


class LeaveRequest(Request):
    """A project to leave."""

    project: Id
    """Which one."""


class LeaveReply(Reply):
    """Nothing to tell."""


class TransferOwnershipRequest(Request):
    """To whom a project is to belong."""

    project: Id
    """Which project."""
    account: Id
    """A member of it, who has to accept. Give your own account to take the offer back."""


class TransferOwnershipReply(Reply):
    """An offer, in place of any earlier one."""

    expires_at: Timestamp
    """Until when it can be accepted."""


class AcceptOwnershipRequest(Request):
    """A project to take over."""

    project: Id
    """A project whose ownership is offered to you."""


class AcceptOwnershipReply(Reply):
    """Nothing to tell."""


class ExportRequest(Request):
    """What to export."""

    project: Id
    """Which project: one of your own."""
    cursor: Annotated[str, Meta(max_length=CURSOR_MAX)] = ""
    """The `cursor` of the last row that you have, to go on after it."""


class ExportReply(Reply):
    """One row."""

    environment: Literal["", "live", "test"]
    """Whose data it is; empty for what both have in common, such as members."""
    table: str
    """What it is a row of, such as `db_records`, `email_messages` or `keys`."""
    row: JsonObject
    """What it says. Moments are RFC 3339, amounts decimal strings in US dollars, bytes base64."""
    cursor: str
    """Where to go on after it."""
