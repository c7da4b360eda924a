"""Which providers are asked for a call, in which order, and by whose credentials."""

from collections.abc import Sequence

import msgspec

from brickyard.contract import Attempt
from brickyard.providers.folder import Provider
from brickyard.providers.port import Task
from brickyard.providers.vault import Credential, Holdings


class Candidate(msgspec.Struct, frozen=True):
    """A provider that may be asked."""

    provider: Provider
    credential: Credential | None
    own: bool
    """Whether the credential is the project's own."""


class Choice(msgspec.Struct, frozen=True):
    """Who is asked, and why others are not."""

    candidates: tuple[Candidate, ...]
    passed_over: tuple[Attempt, ...]


def choose(providers: Sequence[Provider], task: Task, holdings: Holdings, environment: str) -> Choice:
    """Choose for a call.

    An order that was set is kept to. Without one, a project that has credentials of its own has only those
    used: it is never charged for another's in silence. Else come the equals, those with the cloud's
    credentials first, then those that give less; and who stands alone, only if there is nobody else. In the
    environment `test`, what is done once is done by nobody outside, unless the project set credentials there.
    """
    passed_over: list[Attempt] = []
    able = {each.name: each for each in providers if task in each.tasks}
    asked = [able[name] for name in holdings.order if name in able] or list(able.values())
    candidates = [
        candidate
        for each in asked
        if (candidate := _candidate(each, task, holdings, environment, passed_over))
    ]
    if not holdings.order:
        candidates = _by_rank(candidates)
    return Choice(tuple(candidates), tuple(passed_over))


def candidate_of(provider: Provider, holdings: Holdings) -> Candidate | None:
    """Say by whose credentials a provider would be asked; None if it needs some, and there are none."""
    own = holdings.own.get(provider.name)
    if own is not None:
        return Candidate(provider, own, own=True)
    credential = holdings.platform.get(provider.name)
    if credential is None and not provider.is_keyless:
        return None
    return Candidate(provider, credential, own=False)


def _candidate(
    provider: Provider, task: Task, holdings: Holdings, environment: str, passed_over: list[Attempt]
) -> Candidate | None:
    candidate = candidate_of(provider, holdings)
    if (
        environment == "test"
        and task.repeat == "once"
        and provider.is_remote
        and not (candidate and candidate.own)
    ):
        passed_over.append(
            Attempt(
                provider.name,
                "not set up",
                "a test key does nothing outside without credentials set for test",
            )
        )
        return None
    if candidate is None:
        passed_over.append(Attempt(provider.name, "not set up", "it needs credentials"))
    return candidate


def _by_rank(candidates: list[Candidate]) -> list[Candidate]:
    own = [each for each in candidates if each.own]
    if own:
        return own
    equal = [each for each in candidates if each.provider.about.place == "equal"]
    equal.sort(key=lambda each: each.credential is None)
    last = [each for each in candidates if each.provider.about.place == "last"]
    alone = [each for each in candidates if each.provider.about.place == "alone"]
    return [*equal, *last] or alone
