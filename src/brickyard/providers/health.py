"""How a provider is under one set of credentials: circuit breaker, bulkhead, what is shown of it."""

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal

import msgspec

from brickyard.providers.failure import Failure

WINDOW_S = 10.0
SAMPLES_MIN = 5
"""Calls in the window that are enough to judge by."""
RATIO = 0.5
"""Share of failures from which it is not asked for a while."""
IN_A_ROW = 3
"""So many failures one after another are enough, however long ago they began."""
REST_S, REST_MAX_S = 30.0, 300.0
"""How long it rests: twice as long each time the one call that is tried after a rest fails."""
UNDER_WAY_MAX = 256
SHARE_MAX = 64
"""Calls of one project that may be under way with a provider: others ask it by the same credentials."""
SEEN = 200
"""Calls whose times are remembered."""


State = Literal["unknown", "up", "resting", "trying"]


class Shown(msgspec.Struct, frozen=True):
    """What people are shown."""

    state: State
    """`unknown` (not asked yet), `up`, `resting` or `trying`."""
    answered: int
    failed: int
    last_failure: str
    median_ms: float | None


class Share:
    """One project's part of what is under way with a provider."""

    def __init__(self) -> None:
        self._taken = 0

    @contextmanager
    def place(self) -> Generator[None]:
        """Take a place for what is done within; a `Failure` if there is none."""
        if self._taken >= SHARE_MAX:
            raise Failure("busy", f"As many as {SHARE_MAX} calls of yours are under way with it.")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


class Health:
    """Decides whether a provider is asked, by how it did lately. All of it runs on the event loop."""

    def __init__(self, now: Callable[[], float] = time.monotonic, *, shared: bool = False) -> None:
        """Begin in good health; of one that is `shared`, nobody is told what others were told."""
        self._now, self._shared = now, shared
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._took_ms: deque[float] = deque(maxlen=SEEN)
        self._row = self._under_way = self._answered = self._failed = 0
        self._rests_until = self._rest_s = 0.0
        self._trying = False
        self._last = ""

    def enter(self) -> bool:
        """Begin a call; says whether it is the one that is tried after a rest. A `Failure` if it may not."""
        now = self._now()
        if now < self._rests_until:
            raise Failure(
                "busy",
                f"It is not asked for another {self._rests_until - now:.0f} s: {self._last}",
                retry_after_s=self._rests_until - now,
            )
        if self._trying or self._under_way >= UNDER_WAY_MAX:
            raise Failure("busy", "As much as it is given at once is under way.")
        is_trial = self._trying = self._rests_until > 0
        self._under_way += 1
        return is_trial

    def leave(self, *, was_trial: bool = True) -> None:
        """End a call that says nothing of the provider: it was given up, or was the caller's fault."""
        self._under_way -= 1
        self._trying = self._trying and not was_trial

    def answered(self, seconds: float, *, was_trial: bool = True) -> None:
        """End a call that it answered."""
        self.leave(was_trial=was_trial)
        self._answered += 1
        self._took_ms.append(seconds * 1000)
        self._row, self._rests_until, self._rest_s = 0, 0.0, 0.0
        self._note(ok=True)

    def recovered(self) -> None:
        """Rest no more: it was seen to be well."""
        self._row, self._rests_until, self._rest_s = 0, 0.0, 0.0
        self._outcomes.clear()

    def failed(self, failure: Failure, *, was_trial: bool = True) -> None:
        """End a call that failed by its fault."""
        was_trying = self._trying and was_trial
        self.leave(was_trial=was_trial)
        self._failed += 1
        self._row += 1
        self._last = failure.kind if self._shared else str(failure)
        self._note(ok=False)
        if self._now() < self._rests_until:
            return  # it was under way when the rest began
        if failure.retry_after_s:
            self._rests_until = self._now() + failure.retry_after_s
        elif was_trying or self._row >= IN_A_ROW or self._too_many():
            self._rest_s = min(REST_MAX_S, 2 * self._rest_s) if self._rest_s else REST_S
            self._rests_until = self._now() + self._rest_s

    def usual_s(self) -> float | None:
        """Give the time in which it answers 95 of 100 calls; None if that is not known."""
        if len(self._took_ms) < SAMPLES_MIN:
            return None
        return sorted(self._took_ms)[int(0.95 * len(self._took_ms))] / 1000

    def shown(self) -> Shown:
        """Give what people are shown."""
        ordered = sorted(self._took_ms)
        return Shown(
            state=self._state(),
            answered=self._answered,
            failed=self._failed,
            last_failure=self._last,
            median_ms=round(ordered[len(ordered) // 2], 1) if ordered else None,
        )

    def _state(self) -> State:
        if self._now() < self._rests_until:
            return "resting"
        if self._rests_until > 0:
            return "trying"
        return "up" if self._answered or self._failed else "unknown"

    def _note(self, *, ok: bool) -> None:
        now = self._now()
        self._outcomes.append((now, ok))
        while self._outcomes and (self._outcomes[0][0] < now - WINDOW_S or len(self._outcomes) > SEEN):
            self._outcomes.popleft()

    def _too_many(self) -> bool:
        failed = sum(not ok for _, ok in self._outcomes)
        return len(self._outcomes) >= SAMPLES_MIN and failed >= RATIO * len(self._outcomes)
