"""What the members of a project may do, by their roles."""

from enum import StrEnum


class Role(StrEnum):
    """A member's part in a project."""

    OWNER = "owner"
    ADMIN = "admin"
    DEVELOPER = "developer"
    BILLING = "billing"
    VIEWER = "viewer"


class Right(StrEnum):
    """Something that not every member may do."""

    SEE = "see"
    """Look: settings, members, usage; keys without their secrets."""
    DEVELOP = "develop"
    """Make, change and end keys."""
    PAY = "pay"
    """Look at the bill, and set caps."""
    MANAGE = "manage"
    """Change settings, invite and remove members."""
    OWN = "own"
    """Delete the project, or hand it to another owner."""


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMIN: frozenset((Right.SEE, Right.DEVELOP, Right.PAY, Right.MANAGE)),
    Role.DEVELOPER: frozenset((Right.SEE, Right.DEVELOP)),
    Role.BILLING: frozenset((Right.SEE, Right.PAY)),
    Role.VIEWER: frozenset((Right.SEE,)),
}


def outranks(role: Role, other: Role) -> bool:
    """Say whether one of `role` may do all that one of `other` may: only then may one give or take it."""
    return RIGHTS[other] <= RIGHTS[role]
