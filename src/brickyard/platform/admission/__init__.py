"""Whether a call may go ahead, and what it has cost: the one thing the gateway asks and tells about money."""

from brickyard.platform.admission.admission import Admission
from brickyard.platform.admission.terms import ONE, Asked, Terms, Visit

__all__ = ["ONE", "Admission", "Asked", "Terms", "Visit"]
