"""The log of every change in the control plane: who, what, where from, before and after."""

from brickyard.platform.audit.audit import ITSELF, Audit

__all__ = ["ITSELF", "Audit"]
