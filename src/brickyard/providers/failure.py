"""How a provider can fail, in the same few kinds whoever it is, and what may be done then.

What matters of a failure is whether another provider may be asked. That depends on what the first has done
meanwhile: of what is done once, nobody may be asked again unless it is certain that nothing was done.
"""

from typing import Literal

from brickyard.contract import Repeat

Kind = Literal[
    "auth",  # the credentials are wrong, or not enough
    "quota",  # what the credentials allow is used up
    "rate",  # too many requests for now
    "bad input",  # the caller's fault: every provider would refuse it
    "not found",  # it does not exist
    "unsupported",  # this provider cannot express it
    "not set up",  # something that it needs is not there
    "unreachable",  # no connection could be made
    "down",  # it answered that it is broken
    "timeout",  # it did not answer in time
    "garbage",  # it answered what cannot be right
    "busy",  # it is not asked now: too much is under way, or it failed a moment ago
]
FINAL = frozenset({"bad input", "not found"})
"""What another provider would say too."""
HARMLESS = frozenset({"unsupported", "not set up", "bad input", "not found", "busy"})
"""What says nothing against the provider's health."""
NOTHING_DONE = frozenset(
    {
        *("auth", "quota", "rate", "bad input", "not found"),
        *("unsupported", "not set up", "unreachable", "busy"),
    }
)
"""What leaves no doubt that nothing was done, unless an adapter knows better."""
DETAIL_MAX = 500


class Failure(Exception):  # noqa: N818 - the field's word
    """A provider did not do what it was asked."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        done: bool | None = None,
        retry_after_s: float | None = None,
        pointer: str = "",
    ) -> None:
        """Say what happened, in words that a caller may read: never with a secret.

        `done` says whether it may nevertheless have been done; by default, what the kind tells. After
        `retry_after_s` the provider may be asked again, if it said so. Of `bad input`, `pointer` names the
        part of the call's request that is at fault.
        """
        super().__init__(f"{kind}: {detail}")
        self.kind: Kind = kind
        self.detail = detail[: 4 * DETAIL_MAX]  # it is cut again when nothing in it has to be hidden any more
        self.retry_after_s = retry_after_s
        self.pointer = pointer
        self._done = done

    @property
    def may_be_done(self) -> bool:
        """Whether what was asked may have been done nevertheless."""
        return self.kind not in NOTHING_DONE if self._done is None else self._done

    @property
    def is_final(self) -> bool:
        """Whether to ask another is in vain."""
        return self.kind in FINAL

    @property
    def is_its_fault(self) -> bool:
        """Whether it counts against the provider's health."""
        return self.kind not in HARMLESS


def may_ask_another(failure: Failure, repeat: Repeat) -> bool:
    """Say whether another provider may be asked after a failure of this one."""
    return not failure.is_final and (repeat == "safe" or not failure.may_be_done)
