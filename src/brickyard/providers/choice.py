"""Which providers are asked for a call, in which order, and by whose credentials."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

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
    spare: bool = False
    """Whether it is asked only if those before it do not do such a thing at all."""


class Choice(msgspec.Struct, frozen=True):
    """Who is asked, and why others are not."""

    candidates: tuple[Candidate, ...]
    passed_over: tuple[Attempt, ...]


class Circumstances(msgspec.Struct, frozen=True):
    """What decides with a project's settings."""

    environment: str
    """`live` or `test`."""
    offline: bool = False
    """Whether nobody outside is asked."""


OWN_ALONE = (
    "the project has credentials of its own here, and none for this one: provider/Set takes them, and"
    " provider/Choose has it asked by the cloud's"
)


def choose(
    providers: Sequence[Provider], task: Task, holdings: Holdings, circumstances: Circumstances
) -> Choice:
    """Choose for a call.

    An order that was set is kept to. Without one, a project that has credentials of its own has only those
    used: it is never charged for another's in silence. Else come the equals, those with the cloud's
    credentials first, then those that give less; and who stands alone, only if there is nobody else: of what
    only reads, nobody who could do it. In the
    environment `test`, what is done once is done by nobody outside, unless the project set credentials there.
    """
    passed_over: list[Attempt] = []
    named = {each.name: each for each in providers}
    asked = [named[name] for name in holdings.order if name in named] if holdings.order else list(providers)
    candidates: list[Candidate] = []
    for each in asked:
        candidate = candidate_of(each, holdings)
        why_not = _why_not(each, candidate, task, circumstances)
        if why_not is None and candidate is not None and _is_anothers(candidate, holdings):
            why_not = Attempt(each.name, "not set up", OWN_ALONE)
        if candidate is None or why_not is not None:
            if why_not is not None and (holdings.order or why_not.kind != "unsupported"):
                passed_over.append(why_not)
            continue
        candidates.append(candidate)
    ordered = candidates if holdings.order else _by_rank(candidates, task)
    return Choice(tuple(ordered), tuple(passed_over))


def candidate_of(provider: Provider, holdings: Holdings) -> Candidate | None:
    """Say by whose credentials a provider would be asked; None if it needs some, and there are none."""
    own = holdings.own.get(provider.name)
    if own is not None:
        return Candidate(provider, own, own=True)
    credential = holdings.platform.get(provider.name)
    if credential is None and not provider.is_keyless:
        return None
    return Candidate(provider, credential, own=False)


def _is_anothers(candidate: Candidate, holdings: Holdings) -> bool:
    """Say whether a provider would be asked at the cloud's charge, by a project that has credentials."""
    is_spare = candidate.provider.about.place == "alone"
    return bool(holdings.own) and not holdings.order and not candidate.own and not is_spare


def _why_not(
    provider: Provider, candidate: Candidate | None, task: Task, circumstances: Circumstances
) -> Attempt | None:
    """Say why a provider is not asked; None if it is."""
    if task not in provider.tasks:
        return Attempt(provider.name, "unsupported", f"it does not do this ({task.name})")
    if provider.is_remote and circumstances.offline:
        return Attempt(provider.name, "not set up", "this cloud asks nobody outside (BRICKYARD_OFFLINE)")
    if candidate is None:
        return Attempt(provider.name, "not set up", "it needs credentials: provider/Set takes them")
    does_it_for_real = task.repeat == "once" and provider.is_remote and not candidate.own
    if does_it_for_real and circumstances.environment == "test":
        return Attempt(provider.name, "not set up", "for test keys it needs credentials set for `test`")
    return None


def _by_rank(candidates: list[Candidate], task: Task) -> list[Candidate]:
    own = [each for each in candidates if each.own]
    alone = [each for each in candidates if each.provider.about.place == "alone" and not each.own]
    spare = [replace(each, spare=True) for each in alone] if task.repeat == "safe" else []
    if own:
        return [*own, *spare]
    equal = [each for each in candidates if each.provider.about.place == "equal"]
    equal.sort(key=lambda each: each.credential is None)
    last = [each for each in candidates if each.provider.about.place == "last"]
    return [*equal, *last, *spare] if equal or last else alone
