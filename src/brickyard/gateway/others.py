"""Requests that are no calls: pages, and what is refused before it is known which call was meant."""

import re
from collections import Counter

from brickyard.contract import MethodNotAllowed, Problem
from brickyard.gateway.access import AccessLog

PATH_LENGTH_MAX = 100
"""How much of a path is logged."""
_KEY = re.compile(r"bk_\w+")


class Others:
    """Counts them, few to a label: whatever paths are tried, the metrics stay small."""

    def __init__(self, log: AccessLog) -> None:
        """Have refusals written to `log`."""
        self._log = log
        self.counts: Counter[tuple[str, int]] = Counter()
        """How many there were of each kind (`page`, `hook`, `unknown`, `method`, `unread`) and status."""

    def page(self, status: int) -> None:
        """Count a page that was found."""
        self.counts["page", status] += 1

    def hook(self) -> None:
        """Count what was taken in by a hook."""
        self.counts["hook", 200] += 1

    def refused(self, path: str, problem: Problem, request_id: str) -> None:
        """Count and log what was refused."""
        self.counts[_kind(path, problem), int(problem.status)] += 1
        self._log.refused(shown_path(path), int(problem.status), request_id)


def shown_path(path: str) -> str:
    """Give a path as it may be logged: short, and without a key that someone put there."""
    return _KEY.sub("bk_…", path)[:PATH_LENGTH_MAX]


def _kind(path: str, problem: Problem) -> str:
    if isinstance(problem, MethodNotAllowed):
        return "method"
    if not path:
        return "unread"
    return "unknown" if path.startswith("/v1/") and path != "/v1/" else "page"
