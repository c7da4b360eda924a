"""Export: all that is kept of a project or an account, row by row, for its owner to take along."""

from brickyard.platform.export.cursor import CURSOR_MAX
from brickyard.platform.export.export import Export, Part

__all__ = ["CURSOR_MAX", "Export", "Part"]
