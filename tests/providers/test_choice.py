"""Who is asked: who was chosen; else one's own, else the equals, who gives less, who stands alone."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from brickyard.contract import Request, Struct
from brickyard.providers import About, Adapter, Credentials, Port, Secret, task
from brickyard.providers.about import Place
from brickyard.providers.choice import Circumstances, choose
from brickyard.providers.folder import Provider
from brickyard.providers.port import can_do, tasks_of
from brickyard.providers.vault import Credential, Holdings


class Ask(Request):
    """What to say."""


class Answer(Struct):
    """What was said."""


class Voice(Port):
    """Says something."""

    service: ClassVar[str] = "voice"

    @task(repeat="safe")
    async def say(self, ask: Ask) -> Answer:
        """Say it."""
        ...

    @task(repeat="once")
    async def shout(self, ask: Ask) -> Answer:
        """Say it so that everybody hears."""
        ...


class Key(Credentials):
    """A key."""

    key: Secret
    """It."""


@dataclass(frozen=True)
class Here(Voice):
    async def say(self, ask: Ask) -> Answer:
        return Answer()

    async def shout(self, ask: Ask) -> Answer:
        return Answer()


@dataclass(frozen=True)
class Outside(Adapter, Voice):
    async def say(self, ask: Ask) -> Answer:
        return Answer()

    async def shout(self, ask: Ask) -> Answer:
        return Answer()


@dataclass(frozen=True)
class Whisperer(Adapter, Voice):
    async def say(self, ask: Ask) -> Answer:
        return Answer()


SAY, SHOUT = tasks_of(Voice)
LIVE, TEST, OFFLINE = Circumstances("live"), Circumstances("test"), Circumstances("live", offline=True)
MINE, THEIRS = Credential("mine", {"key": "a"}), Credential("theirs", {"key": "b"})


def provider(name: str, kind: type[Voice], place: Place = "equal", *, keyed: bool = False) -> Provider:
    about = About(title=name, docs="", source="", licence="", place=place)
    tasks = tuple(each for each in (SAY, SHOUT) if can_do(kind, each))
    return Provider("voice", name, kind, about, Key if keyed else Credentials, tasks)


PROVIDERS = [
    provider("alone", Here, "alone"),
    provider("free", Outside),
    provider("keyed", Outside, keyed=True),
    provider("less", Here, "last"),
    provider("whisperer", Whisperer, keyed=True),
]


def asked(
    holdings: Holdings, circumstances: Circumstances = LIVE, of: list[Provider] = PROVIDERS
) -> list[str]:
    return [each.provider.name for each in choose(of, SHOUT, holdings, circumstances).candidates]


def test_without_settings_those_are_asked_that_need_nothing():
    assert asked(Holdings()) == ["free", "less"]


def test_those_with_the_clouds_credentials_come_first():
    assert asked(Holdings(platform={"keyed": THEIRS})) == ["keyed", "free", "less"]


def test_one_with_credentials_of_ones_own_is_asked_alone():
    choice = choose(PROVIDERS, SHOUT, Holdings(own={"keyed": MINE}, platform={"keyed": THEIRS}), LIVE)
    assert [(each.provider.name, each.own, each.credential) for each in choice.candidates] == [
        ("keyed", True, MINE)
    ]


def test_with_credentials_of_ones_own_nobody_is_asked_at_the_clouds_charge():
    holdings = Holdings(own={"whisperer": MINE}, platform={"keyed": THEIRS})
    choice = choose(PROVIDERS, SHOUT, holdings, LIVE)  # which its own does not do
    assert [each.provider.name for each in choice.candidates] == ["alone"]
    assert {each.provider for each in choice.passed_over} >= {"free", "keyed", "less"}
    assert all("provider/Choose" in each.detail for each in choice.passed_over if each.provider == "keyed")


def test_an_order_is_kept_to():
    holdings = Holdings(order=("less", "keyed", "free"), platform={"keyed": THEIRS})
    assert asked(holdings) == ["less", "keyed", "free"]
    assert asked(Holdings(order=("keyed",))) == []


def test_who_stands_alone_is_asked_when_there_is_nobody_else():
    of = [each for each in PROVIDERS if each.name in {"alone", "keyed"}]
    assert asked(Holdings(), of=of) == ["alone"]
    assert asked(Holdings(platform={"keyed": THEIRS}), of=of) == ["keyed"]


def test_who_cannot_do_it_is_not_asked():
    credentials = {"whisperer": THEIRS}
    assert "whisperer" not in asked(Holdings(platform=credentials))
    choice = choose(PROVIDERS, SAY, Holdings(platform=credentials), LIVE)
    assert choice.candidates[0].provider.name == "whisperer"
    choice = choose(PROVIDERS, SHOUT, Holdings(order=("whisperer",), platform=credentials), LIVE)
    assert choice.candidates == ()
    assert [(each.provider, each.kind) for each in choice.passed_over] == [("whisperer", "unsupported")]


def test_a_test_key_does_nothing_outside_that_is_done_once():
    assert asked(Holdings(platform={"keyed": THEIRS}), TEST) == ["less"]
    assert asked(Holdings(own={"keyed": MINE}), TEST) == ["keyed"]
    choice = choose(PROVIDERS, SAY, Holdings(), TEST)
    assert choice.candidates[0].provider.name == "free"


@pytest.mark.parametrize(
    "holdings", [Holdings(), Holdings(own={"keyed": MINE}), Holdings(order=("free", "less"))]
)
def test_a_cloud_that_is_offline_asks_nobody_outside(holdings: Holdings):
    assert set(asked(holdings, OFFLINE)) <= {"less", "alone"}
