"""Every example of the catalog is made against the real cloud, and answered as the documentation shows it."""

from typing import Any, get_args

import msgspec
import pytest

from account_examples import alice
from brickyard import platform, services
from brickyard.contract import Contract, Endpoint, Example, Problem
from brickyard.contract.catalog import discover
from brickyard.contract.prose import field_prose
from brickyard.settings import Settings
from cloud import LocalCloud
from example_calls import BY_A_PERSON, CALLERS, WITH_A_REAL_ID, plain, settled
from outside import NEEDED_CREDENTIALS, Outside
from signed_in import Person
from tenant import Tenant

CATALOG = discover(services, platform)
ENDPOINTS = {each.id: each for each in CATALOG.endpoints()}
EXAMPLES = {
    f"{each.id}-{number}": (each, example)
    for each in CATALOG.endpoints()
    for number, example in enumerate(each.declaration.examples, start=1)
}


@pytest.fixture
def settings(paying_settings: Settings, outside: Outside) -> Settings:
    """A cloud in which every example can be made: one that takes payments, and reaches providers."""
    return outside.reached_by(paying_settings)


each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=list(ENDPOINTS))


@pytest.mark.parametrize(("endpoint", "example"), EXAMPLES.values(), ids=list(EXAMPLES))
async def test_an_example_is_answered_as_it_is_shown(
    endpoint: Endpoint, example: Example, local_cloud: LocalCloud
):
    tenant, known = await _caller(local_cloud, endpoint)
    if endpoint.service in NEEDED_CREDENTIALS:
        await local_cloud.call("provider/Set", NEEDED_CREDENTIALS[endpoint.service])
    for name, given in example.given if endpoint.id not in BY_A_PERSON else ():
        await tenant.reply(f"{endpoint.service}/{name}", plain(given))
    path, request = f"{endpoint.service}/{endpoint.name}", plain(example.request) | known
    if endpoint.id in WITH_A_REAL_ID:
        request |= await WITH_A_REAL_ID[endpoint.id](tenant)
    if endpoint.id in BY_A_PERSON:
        ada = await Person.of(local_cloud, "ada")
        person, given = Tenant(local_cloud, ada.token), await BY_A_PERSON[endpoint.id](ada)
        reply = await (person.first_reply if endpoint.stream else person.reply)(path, request | given)
    else:
        reply = await (tenant.first_reply if endpoint.stream else tenant.reply)(path, request)
    shown = plain(example.reply)
    assert settled(reply, example.varying) == settled(shown, example.varying)


@each_endpoint
def test_every_endpoint_has_an_example(endpoint: Endpoint):
    assert endpoint.declaration.examples


@each_endpoint
def test_every_example_shows_a_request_and_a_reply_of_its_endpoint(endpoint: Endpoint):
    for example in endpoint.declaration.examples:
        assert isinstance(example.request, endpoint.request)
        assert isinstance(example.reply, endpoint.reply)


@each_endpoint
def test_every_field_is_described_in_a_sentence(endpoint: Endpoint):
    lacking = [
        f"{struct.__name__}.{field.name}"
        for struct in _structs(endpoint)
        for field in msgspec.structs.fields(struct)
        if not field_prose(struct).get(field.name, "").rstrip('"').endswith((".", "!", ")"))
    ]
    assert lacking == []


@each_endpoint
def test_every_endpoint_and_its_request_and_reply_are_described(endpoint: Endpoint):
    assert endpoint.doc.endswith(".")
    assert [struct.__name__ for struct in _structs(endpoint) if not struct.__doc__] == []


@each_endpoint
def test_every_error_that_an_endpoint_declares_is_explained(endpoint: Endpoint):
    assert [each for each in endpoint.declaration.errors if not issubclass(each, Problem)] == []
    assert [each.__name__ for each in endpoint.declaration.errors if not each.__doc__] == []


@pytest.mark.parametrize("contract", list(CATALOG), ids=lambda contract: contract.name)
def test_every_service_is_described_and_has_a_category(contract: Contract):
    assert contract.doc.endswith(".")
    assert contract.category != "other"


async def _caller(cloud: LocalCloud, endpoint: Endpoint) -> tuple[Tenant, dict[str, Any]]:
    """Give who makes an example's calls, and what of its request only they can know."""
    if endpoint.service == "account":
        return await alice(cloud, endpoint.id)
    return await CALLERS.get(endpoint.service, Tenant.of)(cloud), {}


def _structs(endpoint: Endpoint) -> list[type[msgspec.Struct]]:
    """Give the request, the reply, and the structs inside them."""
    found: list[type[msgspec.Struct]] = [endpoint.request, endpoint.reply]
    for struct in found:
        found += [
            each
            for field in msgspec.structs.fields(struct)
            for each in _structs_in(field.type)
            if each not in found
        ]
    return found


def _structs_in(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [each for argument in get_args(kind) for each in _structs_in(argument)]
