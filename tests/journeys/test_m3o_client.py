"""The published M3O client, told only another address, calls every endpoint as M3O's examples do."""

from pathlib import Path
from typing import Any

import pytest

import m3o
from cloud import ProcessCloud
from outside import NEEDED_CREDENTIALS, Outside

Calls = list[dict[str, Any]]

# The order in which a service's examples make sense; before some of them, calls that make theirs true.
ORDER: dict[str, tuple[str, ...]] = {
    "helloworld": ("Call", "Stream"),
    "id": ("Generate", "Types"),
    "db": (
        "Create",
        "Update",
        "Read",
        "ListTables",
        "RenameTable",
        "Count",
        "Delete",
        "Truncate",
        "DropTable",
    ),
    "cache": ("Set", "Get", "Increment", "ListKeys", "Decrement", "Delete"),
    "event": ("Publish", "Read", "Consume"),
    "ai": ("Chat", "Stream", "Complete", "Edit", "Generate", "Moderate"),
    "email": ("Send", "Parse", "Validate"),
    "sms": ("Send",),
    "geocoding": ("Lookup", "Reverse"),
    "weather": ("Now", "Forecast"),
    "currency": ("Codes", "Rates", "Convert", "History"),
}
GIVEN: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {
    ("db", "ListTables"): [("Create", {"table": "example2", "record": {"name": "Joe"}})],
    ("db", "RenameTable"): [("Create", {"table": "examples2", "record": {"name": "Joe"}})],
    ("db", "Count"): [("Create", {"table": "example", "record": {"number": n}}) for n in range(30)],
}
# What cannot be as an example has it.
INSTEAD = {
    ("email", "Send"): {"to": "ada@example.com"},  # the example is for nobody
    ("sms", "Send"): {"to": "+447400123456"},  # the example's number has two digits too few
}
MEANWHILE = {("event", "Consume"): "Publish"}
WEATHER = (
    *("region", "country", "latitude", "longitude", "local_time", "forecast"),
    *("temp_c", "temp_f", "feels_like_c", "feels_like_f", "humidity", "icon_url"),
    *("wind_mph", "wind_kph", "wind_direction", "wind_degree"),
)
DIFFERENT_EACH_TIME = {
    ("ai", "Chat", "reply"),
    ("ai", "Stream", "words"),
    ("ai", "Complete", "text"),
    ("ai", "Edit", "text"),  # the example has a line feed behind it
    ("ai", "Generate", "images"),
    ("ai", "Moderate", "categories"),
    ("ai", "Moderate", "scores"),
    ("id", "Generate", "id"),
    ("event", "Read", "events"),  # the example lacks the time, and the id is random
    ("geocoding", "Lookup", "address"),  # the example leaves out what is empty
    ("geocoding", "Reverse", "address"),
    *(("weather", name, field) for name in ("Now", "Forecast") for field in WEATHER),
    *(("currency", name, "rates") for name in ("Rates", "History")),
    ("currency", "Codes", "codes"),
    ("currency", "Rates", "code"),  # the example answers in small letters
    ("currency", "History", "date"),  # the example answers with another year
    ("currency", "Convert", "rate"),
    ("currency", "Convert", "amount"),
    ("event", "Consume", "topic"),  # the example names another topic than it asks for
}


@pytest.mark.parametrize("service", m3o.CONTRACT)
def test_every_published_example_of_a_service_is_answered_as_published(
    service: str, tmp_path: Path, outside: Outside
):
    with ProcessCloud(tmp_path / "home", **outside.environment()) as cloud:
        if service in NEEDED_CREDENTIALS:
            cloud.call("provider/Set", NEEDED_CREDENTIALS[service])
        calls = [call for endpoint in ORDER[service] for call in _calls(service, endpoint, cloud.key)]
        answers = m3o.client(cloud.address, [call["made"] for call in calls])
    assert sorted(ORDER[service]) == sorted(m3o.EXAMPLES[service]) == sorted(m3o.CONTRACT[service].endpoints)
    faults = [
        f"{call['made']['method']} {call['made']['request']}: {fault}"
        for call, answer in zip(calls, answers, strict=True)
        for fault in _faults(service, call, answer)
    ]
    assert faults == []


def test_a_stream_of_the_published_client_gives_as_many_frames_as_asked_for_and_ends(
    shared_cloud: ProcessCloud,
):
    request = {"name": "John", "messages": 10}
    call = {"key": shared_cloud.key, "service": "helloworld", "method": "stream", "request": request}
    (answer,) = m3o.client(shared_cloud.address, [call | {"frames": 11}])
    assert answer == {"frames": [{"message": "Hello John"}] * 10, "closed": 1000}


def test_the_published_client_sees_an_event_published_while_it_consumes(shared_cloud: ProcessCloud):
    event = {"topic": "journey", "message": {"camelCase": {"snake_case": [1.5, None, "ü"]}}}
    (answer,) = m3o.client(
        shared_cloud.address,
        [
            {
                "key": shared_cloud.key,
                "service": "event",
                "method": "consume",
                "request": {"topic": "journey"},
                "frames": 1,
                "meanwhile": {"service": "event", "method": "publish", "request": event},
            }
        ],
    )
    assert answer["frames"][0]["message"] == event["message"]
    assert answer["frames"][0]["topic"] == "journey"


def test_the_published_client_rejects_its_promise_with_the_error_body(shared_cloud: ProcessCloud):
    narrow = shared_cloud.call("key/Create", {"scopes": ["cache"]})["key"]
    good = {"key": shared_cloud.key, "service": "helloworld", "method": "call", "request": {"name": "John"}}
    absent = {
        "service": "db",
        "method": "update",
        "request": {"table": "absent", "id": "1", "record": {"a": 1}},
    }
    answers = m3o.client(
        shared_cloud.address,
        [
            good | {"key": "not-a-key"},
            good | {"key": narrow},
            absent | {"key": shared_cloud.key},
            good | {"request": {"name": 5}},
            good,
        ],
    )
    assert [_essence(answer) for answer in answers] == [
        ("v1", 401, "Unauthorized"),
        ("helloworld.call", 403, "Forbidden"),
        ("db.update", 404, "Not Found"),
        ("helloworld.call", 400, "Bad Request"),
        None,
    ]


def test_the_published_clients_process_survives_a_stream_that_is_refused(shared_cloud: ProcessCloud):
    narrow = shared_cloud.call("key/Create", {"scopes": ["cache"]})["key"]
    stream = {"service": "helloworld", "method": "stream", "request": {"name": "John"}, "frames": 2}
    answers = m3o.client(
        shared_cloud.address,
        [
            stream | {"key": "not-a-key"},
            stream | {"key": narrow},
            stream | {"key": shared_cloud.key, "request": {"messages": -1}},
            stream | {"key": shared_cloud.key, "service": "nosuch", "endpoint": "Stream"},
            stream | {"key": shared_cloud.key, "frames": 1},
        ],
    )
    assert [(frame["code"], answer["closed"]) for answer in answers[:4] for frame in answer["frames"]] == [
        (401, 1008),
        (403, 1008),
        (400, 1008),
        (404, 1008),
    ]
    assert answers[4]["frames"] == [{"message": "Hello John"}]


def _calls(service: str, endpoint: str, key: str) -> Calls:
    given = [
        {"made": _call(service, name, key, request), "example": None}
        for name, request in GIVEN.get((service, endpoint), [])
    ]
    shown = [
        {
            "made": _call(service, endpoint, key, example.request | INSTEAD.get((service, endpoint), {})),
            "example": example,
            "endpoint": endpoint,
        }
        for example in m3o.EXAMPLES[service][endpoint]
    ]
    return given + shown


def _call(service: str, endpoint: str, key: str, request: dict[str, Any]) -> dict[str, Any]:
    call = {"key": key, "service": service, "method": m3o.lower_camel(endpoint), "request": request}
    if m3o.CONTRACT[service].endpoints[endpoint].stream == "server":
        call["frames"] = 1
    if published := MEANWHILE.get((service, endpoint)):
        example = m3o.EXAMPLES[service][published][0].request
        call["meanwhile"] = {"service": service, "method": m3o.lower_camel(published), "request": example}
    return call


def _faults(service: str, call: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    if "refusal" in answer:
        return [f"refused: {answer['refusal']}"]
    if call["example"] is None:
        return []
    name, declared = call["endpoint"], m3o.CONTRACT[service].endpoints[call["endpoint"]]
    reply = answer["reply"] if "reply" in answer else answer["frames"][0]
    shown = m3o.on_the_wire(declared, call["example"].response)
    return [
        *m3o.faults(m3o.CONTRACT[service], declared.response, m3o.without_more(service, name, reply)),
        *(
            f"/{field}: {reply.get(field)!r} instead of {value!r}"
            for field, value in shown.items()
            if (service, name, field) not in DIFFERENT_EACH_TIME and reply.get(field) != value
        ),
    ]


def _essence(answer: dict[str, Any]) -> tuple[str, int, str] | None:
    refusal = answer.get("refusal")
    return refusal and (refusal["id"], refusal["code"], refusal["status"])
