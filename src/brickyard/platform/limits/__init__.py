"""How fast, and how much at once, a caller may call."""

from brickyard.platform.limits.allotments import Allotment, Allotments
from brickyard.platform.limits.allowance import UNLIMITED, Allowance
from brickyard.platform.limits.bucket import Bucket
from brickyard.platform.limits.limits import Gauge, Limits

__all__ = ["UNLIMITED", "Allotment", "Allotments", "Allowance", "Bucket", "Gauge", "Limits"]
