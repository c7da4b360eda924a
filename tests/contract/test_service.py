from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest

from brickyard import platform, services
from brickyard.contract import Context, Contract, Reply, Request, Service, endpoint, usd
from brickyard.contract.catalog import Catalog, Entry, ServiceFileError, discover, implementation
from brickyard.contract.service import lower_camel, wire_name


class RollRequest(Request):
    """How many sides."""

    sides: int = 6
    """Sides of the die."""


class RollReply(Reply):
    """What came up."""

    value: int
    """From 1 on."""


class Dice(Service):
    """Roll dice."""

    category = "fun"

    @endpoint(price=usd("0.0001"))
    async def roll_once(self, context: Context, request: RollRequest) -> RollReply:
        """Roll a die."""
        return RollReply(value=request.sides)

    @endpoint(price=0)
    async def roll(self, context: Context, request: RollRequest) -> AsyncIterator[RollReply]:
        """Roll for ever."""
        while True:
            yield RollReply(value=request.sides)


def test_a_class_is_read_as_a_contract():
    contract = Contract.of(Dice)
    assert (contract.name, contract.title, contract.category, contract.doc) == (
        "dice",
        "Dice",
        "fun",
        "Roll dice.",
    )
    once, roll = contract.endpoints
    assert (once.name, once.id, once.stream, once.request, once.reply) == (
        "RollOnce",
        "dice.rollonce",
        False,
        RollRequest,
        RollReply,
    )
    assert str(once.declaration.price) == "0.0001"
    assert (roll.name, roll.stream, roll.reply) == ("Roll", True, RollReply)


def no_context(self: Service, request: RollRequest) -> RollReply: ...
def no_request(self: Service, context: Context, request: int) -> RollReply: ...
def no_reply(self: Service, context: Context, request: RollRequest) -> int: ...
def no_prose(self: Service, context: Context, request: RollRequest) -> RollReply: ...


@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        (no_context, "must take"),
        (no_request, "subclass of Request"),
        (no_reply, "subclass of Reply"),
        (no_prose, "needs a docstring"),
    ],
)
def test_what_is_not_written_as_an_endpoint_is_refused_with_the_way_to_write_it(method: object, wrong: str):
    if method is not no_prose:
        method.__doc__ = "Do it."
    kind = type("Bad", (Service,), {"__doc__": "A service.", "bad": endpoint(price=0)(method)})
    with pytest.raises(TypeError, match=f"bad.bad .*{wrong}"):
        Contract.of(kind)


def test_a_service_without_prose_or_endpoints_is_none():
    with pytest.raises(TypeError, match="docstring and an endpoint"):
        Contract.of(type("Bare", (Service,), {}))


def test_two_services_cannot_share_a_name():
    entry = Entry(Contract.of(Dice), Dice)
    with pytest.raises(ServiceFileError, match="two services are named 'dice'"):
        Catalog([entry, entry])


def test_a_module_must_define_one_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "emptyservice.py").write_text('"""Nothing."""\n')
    monkeypatch.syspath_prepend(tmp_path)
    package = ModuleType("nowhere")
    package.__path__ = [str(tmp_path)]
    package.__name__ = "emptypackage"
    monkeypatch.setitem(__import__("sys").modules, "emptypackage", package)
    with pytest.raises(ServiceFileError, match="must define one service, and defines 0"):
        discover(package)


def test_every_service_of_the_house_is_found_and_can_be_done_here():
    catalog = discover(services, platform)
    assert {"helloworld", "id", "cache", "key"} <= {contract.name for contract in catalog}
    for promise in catalog.promises():
        doer = implementation(promise)
        assert issubclass(doer, promise)
        for each in catalog[promise.__name__.lower()].endpoints:
            own = doer is not promise
            assert (each.method in vars(doer)) or not own, f"{doer.__name__} does not do {each.method}"


def test_only_the_control_plane_is_left_out_of_the_scope_for_everything():
    assert [contract.name for contract in discover(services) if contract.control_plane] == []
    assert all(contract.control_plane for contract in discover(platform))


def test_names_on_the_wire():
    assert wire_name("list_tables") == "ListTables"
    assert lower_camel("next_page_cursor") == "nextPageCursor"
    assert lower_camel("orderBy") == "orderBy"
