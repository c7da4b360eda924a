"""Every field of M3O's contract is there, under its name, of its wire type, and nothing else is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

import m3o
from brickyard import services
from brickyard.contract.catalog import discover
from brickyard.contract.service import lower_camel
from brickyard.engines.clock import ManualClock
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database
from outside import NEEDED_CREDENTIALS, Outside
from tenant import Tenant

NANOS_PER_MICRO = 1_000


class Case(msgspec.Struct, frozen=True):
    """A call of an endpoint that sets each field M3O declared."""

    request: dict[str, Any]
    given: tuple[tuple[str, dict[str, Any]], ...] = ()
    """Calls of the same service to be made first, so that lists in the reply are not empty."""
    meanwhile: tuple[str, dict[str, Any]] | None = None
    """A call to be made while a stream is open, so that there is something in it."""


JANE = {"table": "people", "record": {"id": "1", "name": "Jane", "age": 42, "isActive": True}}
PUBLISH = {"topic": "user", "message": {"id": "1", "type": "signup"}}

CASES: dict[str, dict[str, Case]] = {
    "helloworld": {
        "Call": Case({"name": "John"}),
        "Stream": Case({"name": "John", "messages": 2}),
    },
    "id": {
        "Generate": Case({"type": "uuid"}),
        "Types": Case({}),
    },
    "db": {
        "Create": Case(JANE | {"id": "1"}),
        "Read": Case(
            {
                "table": "people",
                "id": "",
                "query": "age == 42",
                "offset": 0,
                "limit": 10,
                "orderBy": "name",
                "order": "desc",
            },
            given=(("Create", JANE),),
        ),
        "Update": Case(JANE | {"id": "1"}, given=(("Create", JANE), ("Create", JANE | {"table": "default"}))),
        "Delete": Case({"table": "people", "id": "1"}, given=(("Create", JANE),)),
        "Truncate": Case({"table": "people"}, given=(("Create", JANE),)),
        "Count": Case({"table": "people"}, given=(("Create", JANE),)),
        "RenameTable": Case({"from": "people", "to": "folk"}, given=(("Create", JANE),)),
        "ListTables": Case({}, given=(("Create", JANE),)),
        "DropTable": Case({"table": "people"}, given=(("Create", JANE),)),
    },
    "cache": {
        "Get": Case({"key": "foo"}, given=(("Set", {"key": "foo", "value": "bar"}),)),
        "Set": Case({"key": "foo", "value": "bar", "ttl": 60}),
        "Delete": Case({"key": "foo"}),
        "Increment": Case({"key": "counter", "value": 2}),
        "Decrement": Case({"key": "counter", "value": 2}),
        "ListKeys": Case({}, given=(("Set", {"key": "foo", "value": "bar"}),)),
    },
    "ai": {
        "Chat": Case(
            {
                "prompt": "when did he die?",
                "model": "gpt-3.5-turbo",
                "role": "user",
                "context": [{"prompt": "who is leonardo davinci", "reply": "A painter."}],
            }
        ),
        "Stream": Case({"prompt": "write helloworld in node.js", "model": "gpt-3.5-turbo"}),
        "Complete": Case({"text": "who is leonardo davinci"}),
        "Edit": Case({"text": "What day of the wek is it?", "instruction": "Correct it."}),
        "Moderate": Case({"text": "I want to kill him"}),
        "Generate": Case({"text": "a cat on a ball", "limit": 1, "size": "1024x1024"}),
    },
    "email": {
        "Send": Case(
            {
                "from": "Awesome Dot Com",
                "to": "ada@example.com",
                "reply_to": "shop@example.com",
                "subject": "Welcome",
                "text_body": "Hello.",
                "html_body": "<p>Hello.</p>",
            }
        ),
        "Parse": Case({"address": "Joe Blogs <joe@example.com>"}),
        "Validate": Case({"address": "joe@example.com"}),
    },
    "sms": {
        "Send": Case({"from": "Alice", "to": "+447400123456", "message": "Hi there!"}),
    },
    "geocoding": {
        "Lookup": Case(
            {"address": "10 russell st", "postcode": "wc2b", "city": "london", "country": "uk"},
        ),
        "Reverse": Case({"latitude": 51.5123064, "longitude": -0.1216235}),
    },
    "weather": {
        "Now": Case({"location": "London"}),
        "Forecast": Case({"location": "London", "days": 2}),
    },
    "currency": {
        "Codes": Case({}),
        "Rates": Case({"code": "USD"}),
        "Convert": Case({"from": "USD", "to": "GBP", "amount": 10.0}),
        "History": Case({"code": "USD", "date": "2021-05-30"}),
    },
    "event": {
        "Publish": Case(PUBLISH),
        "Consume": Case(
            {"topic": "user", "group": "readers", "offset": "2020-01-01T00:00:00Z"},
            given=(("Publish", PUBLISH),),
            meanwhile=("event/Publish", PUBLISH),
        ),
        "Read": Case({"topic": "user", "limit": 10, "offset": 0}, given=(("Publish", PUBLISH),)),
    },
}
# What M3O itself refused to do without.
NEEDED = {
    ("db", "Create"): {"record"},
    ("db", "Update"): {"record"},
    ("db", "Delete"): {"id"},
    ("db", "RenameTable"): {"from", "to"},
    ("db", "DropTable"): {"table"},
    ("cache", "Get"): {"key"},
    ("cache", "Set"): {"key"},
    ("cache", "Delete"): {"key"},
    ("cache", "Increment"): {"key"},
    ("cache", "Decrement"): {"key"},
    ("ai", "Chat"): {"prompt"},
    ("ai", "Stream"): {"prompt"},
    ("ai", "Complete"): {"text"},
    ("ai", "Edit"): {"text"},
    ("ai", "Moderate"): {"text"},
    ("ai", "Generate"): {"text"},
    ("email", "Send"): {"to", "subject"},
    ("email", "Parse"): {"address"},
    ("email", "Validate"): {"address"},
    ("sms", "Send"): {"to", "message"},
    ("geocoding", "Reverse"): {"latitude", "longitude"},
    ("weather", "Now"): {"location"},
    ("weather", "Forecast"): {"location"},
    ("currency", "Rates"): {"code"},
    ("currency", "Convert"): {"from", "to"},
    ("currency", "History"): {"code", "date"},
    ("event", "Publish"): {"topic"},
    ("event", "Consume"): {"topic"},
    ("event", "Read"): {"topic"},
}
CATALOG = discover(services)


@pytest.fixture
def settings(tmp_path: Path, outside: Outside) -> Settings:
    """A cloud that reaches providers."""
    home = tmp_path / "home"
    return outside.reached_by(Settings(home=home, port=0, database_url=database.url(home)))


ENDPOINTS = [(service, endpoint) for service, each in m3o.CONTRACT.items() for endpoint in each.endpoints]

each_endpoint = pytest.mark.parametrize(("service", "endpoint"), ENDPOINTS)


@each_endpoint
async def test_an_endpoint_answers_with_exactly_the_fields_and_types_of_m3o(
    service: str, endpoint: str, local_cloud: LocalCloud
):
    reply = await _answer(local_cloud, service, endpoint, CASES[service][endpoint].request)
    declared = m3o.CONTRACT[service]
    ours = m3o.without_more(service, endpoint, reply)
    assert list(m3o.faults(declared, declared.endpoints[endpoint].response, ours)) == []
    assert [name for name, value in ours.items() if value == []] == []  # an empty list shows no types


@each_endpoint
async def test_every_request_field_of_m3o_is_accepted_in_every_spelling(
    service: str, endpoint: str, local_cloud: LocalCloud
):
    for request in _spellings(service, endpoint):
        await _answer(local_cloud, service, endpoint, request)


@each_endpoint
async def test_any_field_that_m3o_did_not_need_may_be_null(
    service: str, endpoint: str, local_cloud: LocalCloud
):
    request = CASES[service][endpoint].request
    for name in request.keys() - NEEDED.get((service, endpoint), set()):
        await _answer(local_cloud, service, endpoint, request | {name: None})


@each_endpoint
def test_an_endpoint_costs_what_it_cost_at_m3o(service: str, endpoint: str):
    prices = {each.name: each.declaration.price for each in CATALOG[service].endpoints}
    if (service, endpoint) == ("sms", "Send"):
        return  # it costs its country's price for each segment
    assert prices[endpoint] == m3o.CONTRACT[service].endpoints[endpoint].price * NANOS_PER_MICRO


@each_endpoint
def test_a_stream_at_m3o_is_a_stream_here(service: str, endpoint: str):
    streams = {each.name: each.stream for each in CATALOG[service].endpoints}
    assert streams[endpoint] == (m3o.CONTRACT[service].endpoints[endpoint].stream == "server")


@each_endpoint
def test_a_case_sets_every_field_that_m3o_declared(service: str, endpoint: str):
    declared = {field.name for field in m3o.CONTRACT[service].endpoints[endpoint].request}
    assert CASES[service][endpoint].request.keys() == declared


async def _answer(cloud: LocalCloud, service: str, endpoint: str, request: dict[str, Any]) -> dict[str, Any]:
    tenant, case = await Tenant.of(cloud), CASES[service][endpoint]
    cast("ManualClock", cloud.application.clock).advance(2)  # some providers want to be asked no oftener
    if service in NEEDED_CREDENTIALS:
        await cloud.call("provider/Set", NEEDED_CREDENTIALS[service])
    for name, given in case.given:
        await tenant.reply(f"{service}/{name}", given)
    if m3o.CONTRACT[service].endpoints[endpoint].stream == "server":
        return await tenant.first_reply(f"{service}/{endpoint}", request, case.meanwhile)
    return await tenant.reply(f"{service}/{endpoint}", request)


def _spellings(service: str, endpoint: str) -> Iterator[dict[str, Any]]:
    """Give the endpoint's request with one field at a time as clients may also write it."""
    request = CASES[service][endpoint].request
    for field in m3o.CONTRACT[service].endpoints[endpoint].request:
        others = {name: value for name, value in request.items() if name != field.name}
        value = request[field.name]
        for name in {field.name, field.alias or lower_camel(field.name)}:
            yield others | {name: value}
        if field.wire == "string:int64":
            yield others | {field.name: str(value)}
