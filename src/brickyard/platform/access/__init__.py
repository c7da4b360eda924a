"""Who may do what to a project: the one place where it is decided."""

from brickyard.platform.access.access import Access
from brickyard.platform.access.roles import Right, Role

__all__ = ["Access", "Right", "Role"]
