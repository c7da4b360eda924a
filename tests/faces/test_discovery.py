import re

from document import CATALOG

from cloud import ProcessCloud


def test_the_index_for_language_models_names_every_endpoint_and_its_links_work(shared_cloud: ProcessCloud):
    text = shared_cloud.client.get("/llms.txt").text
    assert text.startswith("# ")
    for endpoint in CATALOG.endpoints():
        assert re.search(rf"\[{endpoint.service}\].*\b{endpoint.name}\b", text)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert shared_cloud.client.get(link).status_code == 200, link


def test_the_api_catalog_links_to_descriptions_that_are_there(shared_cloud: ProcessCloud):
    page = shared_cloud.client.get("/.well-known/api-catalog")
    assert page.headers["content-type"].startswith("application/linkset+json")
    linkset = page.json()["linkset"]
    anchors = {each["anchor"] for each in linkset}
    assert {f"/v1/{each.name}" for each in CATALOG} < anchors
    for each in linkset:
        for relation in each.keys() & {"service-desc", "service-doc", "service-meta", "status"}:
            for link in each[relation]:
                found = shared_cloud.client.get(link["href"])
                assert found.status_code == 200
                assert found.headers["content-type"].split(";")[0] in {
                    link["type"].split(";")[0],
                    "application/json",
                }


def test_the_api_catalog_answers_head(shared_cloud: ProcessCloud):
    page = shared_cloud.client.head("/.well-known/api-catalog")
    assert (page.status_code, page.content) == (200, b"")


def test_the_catalog_has_the_prices_and_schemas_of_every_endpoint(shared_cloud: ProcessCloud):
    services = shared_cloud.client.get("/v1").json()["services"]
    listed = {each["path"]: each for service in services for each in service["endpoints"]}
    assert len(listed) == len(list(CATALOG.endpoints()))
    for endpoint in CATALOG.endpoints():
        entry = listed[f"/v1/{endpoint.service}/{endpoint.name}"]
        assert entry["price"] == str(endpoint.declaration.price)
        assert list(entry["request"]["properties"]) == list(endpoint.request.__struct_encode_fields__)
        assert len(entry["examples"]) == len(endpoint.declaration.examples)


def test_the_old_command_line_finds_the_services(shared_cloud: ProcessCloud):
    every = shared_cloud.client.get("/publicapi/explore/index").json()["apis"]
    assert {each["name"] for each in every} == {each.name for each in CATALOG}
    found = shared_cloud.client.get("/publicapi/explore/Search?search_term=records").json()["apis"]
    assert "db" in {each["name"] for each in found}
    assert len(found) < len(every)
