"""The OpenAPI document, driven against the application: what it says is what is answered."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from brickyard.app import catalog_of
from brickyard.faces.openapi import document
from brickyard.settings import Settings
from cloud import ProcessCloud
from outside import NEEDED_CREDENTIALS, Outside

LIMIT_S = 10
EXAMPLES = 60
"""Of each call."""
STREAMS = ["ai.stream", "event.consume", "helloworld.stream", "project.export"]
"""Streams answer with many replies, or with none for a long time: they have tests of their own."""
OTHER_METHODS = ["PUT", "DELETE", "PATCH", "TRACE"]
"""GET is taken too, though the document names POST only."""
REFUSALS = [400, 401, 402, 403, 404, 409, 413, 415, 429, 503]
"""How a wrong request is refused: a value longer than its schema allows may be larger than any body."""

config = SchemathesisConfig.from_dict(
    {
        "seed": 1,
        "generation": {"deterministic": True},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
        "phases": {"coverage": {"unexpected-methods": OTHER_METHODS}},
    }
)
schema = schemathesis.openapi.from_dict(document(catalog_of(Settings())), config=config)


@pytest.fixture(scope="module")
def fuzzed_cloud(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[ProcessCloud]:
    """A cloud as anyone would start it, with doubles in place of providers."""
    with ProcessCloud(tmp_path_factory.mktemp("fuzzed"), **outside.environment()) as cloud:
        for each in NEEDED_CREDENTIALS.values():
            cloud.call("provider/Set", each)
        yield cloud


def forgiven(body: Any) -> bool:
    """Whether a body is taken whatever its schema says: white space is {}, and null a field's default."""
    if isinstance(body, bytes):
        return not body.strip()
    if isinstance(body, dict):
        return any(each is None or forgiven(each) for each in body.values())
    return isinstance(body, list) and any(map(forgiven, body))


@schema.exclude(operation_id=STREAMS).parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_what_the_document_says_is_what_is_answered(fuzzed_cloud: ProcessCloud, case: Case):
    excluded = [checks.positive_data_acceptance]  # a query in its own language, a table that is not there
    if forgiven(case.body):
        excluded.append(checks.negative_data_rejection)
    response = case.call_and_validate(
        base_url=fuzzed_cloud.address,
        headers={"Authorization": f"Bearer {fuzzed_cloud.key}"},
        excluded_checks=excluded,
        timeout=LIMIT_S,
    )
    assert "Traceback" not in response.text
    assert response.headers["request-id"][0].startswith("req_")


def test_every_call_of_the_document_is_driven_but_the_streams():
    operations = [each.ok().definition.raw for each in schema.get_all_operations()]
    assert len(operations) > len(STREAMS)
    assert {each["operationId"] for each in operations if each.get("x-stream")} == set(STREAMS)
