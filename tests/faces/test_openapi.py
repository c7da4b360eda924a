from typing import Any

import msgspec
import pytest
from document import CATALOG, DOCUMENT, ENDPOINTS, name_of, operation_of, schema_of, validator
from openapi_spec_validator import validate

from brickyard.contract import Contract, Endpoint, Example, Problem
from brickyard.contract.wire_form import wire_form
from brickyard.faces.openapi import document
from brickyard.faces.problems import ALWAYS, UNDER_A_KEY, error_schema, example, problem_schema, problems
from cloud import ProcessCloud

EXAMPLES = [(each, shown) for each in ENDPOINTS for shown in each.declaration.examples]


def names(value: object) -> str:
    return value.id if isinstance(value, Endpoint) else ""


def test_the_document_is_valid_openapi(shared_cloud: ProcessCloud):
    validate(shared_cloud.client.get("/openapi.json").json())


@pytest.mark.parametrize("contract", list(CATALOG), ids=name_of)
def test_a_service_has_a_valid_document_of_its_own(contract: Contract, shared_cloud: ProcessCloud):
    alone = shared_cloud.client.get(f"/openapi/{contract.name}.json").json()
    validate(alone)
    assert list(alone["paths"]) == [f"/v1/{contract.name}/{each.name}" for each in contract.endpoints]


def test_the_document_has_every_endpoint_and_nothing_else():
    assert set(DOCUMENT["paths"]) == {f"/v1/{each.service}/{each.name}" for each in ENDPOINTS}
    ids = [path["post"]["operationId"] for path in DOCUMENT["paths"].values()]
    assert len(set(ids)) == len(ENDPOINTS)


def test_services_are_grouped_under_headings_as_people_write_them():
    groups = {each["name"]: each["tags"] for each in DOCUMENT["x-tagGroups"]}
    assert groups["AI"] == ["ai"]
    assert groups["Storage"] == ["cache", "db"]
    assert list(groups) == sorted(groups, key=str.casefold)
    assert sorted(name for group in groups.values() for name in group) == [each.name for each in CATALOG]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_an_operation_says_what_its_endpoint_is_for_and_costs(endpoint: Endpoint):
    operation = operation_of(endpoint)
    assert endpoint.doc in operation["description"]
    assert operation["summary"]
    assert "\n" not in operation["summary"]
    assert operation["tags"] == [endpoint.service]
    assert operation["x-price"] == {
        "amount": str(endpoint.declaration.price),
        "currency": "USD",
        "per": "call",
        **({"metered": True} if endpoint.declaration.metered else {}),
    }
    assert operation.get("x-stream", False) == endpoint.stream


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_every_field_is_there_with_its_description(endpoint: Endpoint):
    for struct in (endpoint.request, endpoint.reply):
        fields = msgspec.structs.fields(struct)
        properties = schema_of(struct, endpoint.service)["properties"]
        assert list(properties) == [field.encode_name for field in fields]
        undescribed = [name for name, schema in properties.items() if not schema.get("description")]
        assert undescribed == []


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_a_request_takes_no_other_fields_and_may_be_left_out_if_it_needs_none(endpoint: Endpoint):
    schema = schema_of(endpoint.request, endpoint.service)
    assert schema["additionalProperties"] is False
    assert operation_of(endpoint)["requestBody"]["required"] == bool(schema.get("required"))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_every_error_is_there(endpoint: Endpoint):
    under_a_key = () if endpoint.stream else UNDER_A_KEY
    expected = {str(int(each.status)) for each in (*ALWAYS, *under_a_key, *endpoint.declaration.errors)}
    assert set(operation_of(endpoint)["responses"]) == {"200", *expected}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_a_call_takes_a_key_of_its_callers_own_and_a_stream_takes_none(endpoint: Endpoint):
    operation, key = operation_of(endpoint), {"$ref": "#/components/parameters/idempotency-key"}
    assert operation.get("parameters", []) == ([] if endpoint.stream else [key])
    assert ("idempotent-replayed" in operation["responses"]["200"]["headers"]) is not endpoint.stream


def test_every_declared_default_fits_its_own_schema():
    defaults = [
        (f"{name}/{field}", schema)
        for name, struct in DOCUMENT["components"]["schemas"].items()
        for field, schema in struct["properties"].items()
        if "default" in schema
    ]
    assert [where for where, schema in defaults if not validator(schema).is_valid(schema["default"])] == []


@pytest.mark.parametrize(("endpoint", "shown"), EXAMPLES, ids=names)
def test_an_example_is_there_and_fits_its_schemas(endpoint: Endpoint, shown: Example):
    operation = operation_of(endpoint)
    content = operation["requestBody"]["content"]["application/json"]
    assert wire_form(shown.request) in [each["value"] for each in content["examples"].values()]
    validator(content["schema"]).validate(wire_form(shown.request))
    if shown.reply is not None:
        content = operation["responses"]["200"]["content"]["application/json"]
        assert wire_form(shown.reply) in [each["value"] for each in content["examples"].values()]
        validator(content["schema"]).validate(wire_form(shown.reply))


def test_every_reference_leads_somewhere():
    found = set(references(DOCUMENT))
    assert found
    assert [each for each in found if not leads_somewhere(each)] == []


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [each for item in value for each in references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [each for item in value.values() for each in references(item)]


def leads_somewhere(reference: str) -> bool:
    _, _, kind, name = reference.split("/")
    return name in DOCUMENT["components"][kind]


def test_services_may_name_their_structs_alike():
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["db.DeleteRequest"] != schemas["cache.DeleteRequest"]


@pytest.mark.parametrize("problem", problems(), ids=lambda each: each.__name__)
def test_the_example_of_an_error_fits_its_schema(problem: type[Problem]):
    validator(error_schema()).validate(example(problem))


def test_a_real_error_fits_its_schema_in_both_forms(shared_cloud: ProcessCloud):
    plain = shared_cloud.post("db/Read", {"tabel": "x"})
    validator(error_schema()).validate(plain.json())
    standard = shared_cloud.post("db/Read", {"tabel": "x"}, headers={"Accept": "application/problem+json"})
    validator(problem_schema()).validate(standard.json())
    assert plain.json()["errors"][0]["pointer"] == "/tabel"


@pytest.mark.parametrize("value", ["9223372036854775807", "-9223372036854775808", "12"])
def test_a_64_bit_integer_of_a_reply_is_text(value: str):
    schema = DOCUMENT["components"]["schemas"]["cache.IncrementReply"]["properties"]["value"]
    assert validator(schema).is_valid(value)
    assert not validator(schema).is_valid(int(value))


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), str(8 * 10**18), "-1", 0])
def test_a_64_bit_integer_is_taken_as_text_and_as_a_number(value: object, shared_cloud: ProcessCloud):
    schema = DOCUMENT["components"]["schemas"]["cache.IncrementRequest"]["properties"]["value"]
    assert validator(schema).is_valid(value)
    reply = shared_cloud.post("cache/Increment", {"key": f"int64 {value!r}", "value": value})
    assert reply.json()["value"] == str(value)


@pytest.mark.parametrize("value", [2**63, "9223372036854775808", "1e3", "", 1.5, True])
def test_what_is_no_64_bit_integer_fits_neither_the_schema_nor_the_call(
    value: object, shared_cloud: ProcessCloud
):
    schema = DOCUMENT["components"]["schemas"]["cache.IncrementRequest"]["properties"]["value"]
    assert not validator(schema).is_valid(value)
    assert shared_cloud.post("cache/Increment", {"key": "x", "value": value}).status_code == 400


def test_two_structs_of_one_service_that_are_named_alike_are_refused():
    first, second = CATALOG["id"].endpoints
    twin = type("GenerateRequest", (second.request,), {})
    twins = msgspec.structs.replace(
        CATALOG["id"], endpoints=(first, msgspec.structs.replace(second, request=twin))
    )
    with pytest.raises(ValueError, match="GenerateRequest"):
        document([twins])
