"""The OpenAPI document, driven against the application: what it says is what is answered."""

from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import derive_operation_seed
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.generation.meta import CoveragePhaseData
from schemathesis.specs.openapi import checks

from brickyard.app import catalog_of
from brickyard.faces.openapi import document
from brickyard.settings import Settings
from cloud import ProcessCloud
from outside import NEEDED_CREDENTIALS, Outside

LIMIT_S = 10
EXAMPLES = 10
"""Of each call, by chance, beside some sixty that are not: each bound, type and field of its schema in turn.

Those find what is wrong at a bound, with a type or with a field. Chance adds what no schema speaks of, such
as rare characters, which are in every second string: ten find it as sixty would, and making them is dear.
"""
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
DOCUMENT = document(catalog_of(Settings()))
schema = schemathesis.openapi.from_dict(DOCUMENT, config=config)
OPERATIONS = {path: methods["post"] for path, methods in DOCUMENT["paths"].items()}
DRIVEN = [path for path, operation in OPERATIONS.items() if operation["operationId"] not in STREAMS]


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


def of_its_body(case: Case) -> bool:
    """Whether a case is one of those that try the body: what they send besides is the same in each."""
    about = case.meta and case.meta.phase.data
    return isinstance(about, CoveragePhaseData) and about.parameter_location is ParameterLocation.BODY


@pytest.fixture
def line() -> Iterator[requests.Session]:
    """A connection for all cases of a call, which keeps nothing of one for the next."""
    with requests.Session() as session:
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield session


@pytest.mark.parametrize("path", DRIVEN)
def test_what_the_document_says_is_what_is_answered(
    path: str, fuzzed_cloud: ProcessCloud, line: requests.Session
):
    guarded = False

    def answered(case: Case) -> None:
        nonlocal guarded
        excluded = [checks.positive_data_acceptance]  # a query in its own language, a table that is not there
        if forgiven(case.body):
            excluded.append(checks.negative_data_rejection)
        if guarded:
            excluded.append(checks.ignored_auth)  # a call needs a key or not, whatever it is sent
        if of_its_body(case):
            case.headers.pop("Idempotency-Key", None)  # or all but the first would be refused for their key
        response = case.call_and_validate(
            base_url=fuzzed_cloud.address,
            session=line,
            headers={"Authorization": f"Bearer {fuzzed_cloud.key}"},
            excluded_checks=excluded,
            timeout=LIMIT_S,
        )
        guarded = guarded or response.status_code == 200
        assert "Traceback" not in response.text
        assert response.headers["request-id"][0].startswith("req_")

    driven_by(answered, path)()


def driven_by(answered: Callable[[Case], None], path: str) -> Callable[[], None]:
    """Give a test of all cases of a call: they are made where it is driven, not wherever tests are listed."""
    load_all_checks()
    operation = schema[path]["POST"]
    return create_test(
        operation=operation,
        test_func=answered,
        config=HypothesisTestConfig(
            project=schema.config,
            modes=list(HypothesisTestMode),
            seed=derive_operation_seed(schema.config.seed, operation.label),
            settings=settings(
                max_examples=EXAMPLES,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        ),
    )


def test_every_call_of_the_document_is_driven_but_the_streams():
    assert len(DRIVEN) == len(OPERATIONS) - len(STREAMS) > len(STREAMS)
    assert {each["operationId"] for each in OPERATIONS.values() if each.get("x-stream")} == set(STREAMS)
