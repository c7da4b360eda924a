"""The log of every change in the control plane: who, what, where from, before and after."""

from brickyard.platform.audit.audit import ITSELF, Audit, first_id

__all__ = ["ITSELF", "Audit", "first_id"]
