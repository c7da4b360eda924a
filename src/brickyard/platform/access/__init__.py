"""Who may do what to a project: the one place where it is decided."""

from brickyard.platform.access.access import Access, Standing, absent, blocked
from brickyard.platform.access.roles import RIGHTS, Right, Role, outranks

__all__ = ["RIGHTS", "Access", "Right", "Role", "Standing", "absent", "blocked", "outranks"]
