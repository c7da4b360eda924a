import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from document import CATALOG, name_of

from brickyard.contract import Contract
from brickyard.faces import reference_page
from brickyard.faces.problems import problems, remedy
from cloud import LocalCloud, ProcessCloud

CONSOLE = [
    "/console",
    *(f"/console/{each}" for each in ("login", "sign-up", "magic-link", "reset", "email", "invitation")),
]
PAGES = [
    "/",
    "/docs",
    "/docs/errors",
    "/docs/services",
    *(f"/docs/services/{each.name}" for each in CATALOG),
    *CONSOLE,
]
LOADING = {"src", "data", "poster", "srcset", "action"}


class Links(HTMLParser):
    """What a page links to, what it loads, and which places it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.loads, self.places = set[str](), set[str](), set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.places.add(value)
            if name == "href" and value:
                (self.loads if tag == "link" else self.links).add(value)
            if name in LOADING and value:
                self.loads.add(value)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_to_a_page_of_this_server(path: str, shared_cloud: ProcessCloud):
    for link in Links(shared_cloud.client.get(path).text).links:
        target, _, place = link.partition("#")
        page = shared_cloud.client.get(target or path)
        assert page.status_code == 200, link
        if place and target != "/docs":  # the places of the interactive reference are made by its script
            assert place in Links(page.text).places, link


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_may_not(path: str, shared_cloud: ProcessCloud):
    page = shared_cloud.client.get(path)
    loads = {each for each in Links(page.text).loads if not each.startswith(("/", "data:"))}
    assert loads == set()
    assert not re.search(r"url\(|@import", page.text)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"https?:|\*|'unsafe-eval'", policy)
    assert "unsafe-inline" not in re.search(r"script-src [^;]*", policy)[0]


@pytest.mark.parametrize("contract", list(CATALOG), ids=name_of)
def test_the_page_of_a_service_shows_every_endpoint_and_field(contract: Contract, shared_cloud: ProcessCloud):
    text = shared_cloud.client.get(f"/docs/services/{contract.name}").text
    for endpoint in contract.endpoints:
        assert f"POST /v1/{contract.name}/{endpoint.name}" in text
        for field in (*endpoint.request.__struct_encode_fields__, *endpoint.reply.__struct_encode_fields__):
            assert f"<code>{field}</code>" in text


def test_every_error_leads_to_its_place_on_the_errors_page(shared_cloud: ProcessCloud):
    places = Links(shared_cloud.client.get("/docs/errors").text).places
    path, _, place = shared_cloud.post("db/Reed").json()["type"].partition("#")
    assert (path, place) == ("/docs/errors", "not-found")
    assert place in places
    assert len(places) == len(problems())


def test_every_problem_says_what_to_do():
    assert [each.__name__ for each in problems() if not remedy(each)] == []


def test_the_front_page_names_every_service(shared_cloud: ProcessCloud):
    text = shared_cloud.client.get("/").text
    assert [each.title for each in CATALOG if f"<b>{each.title}</b>" not in text] == []
    assert "<h2>AI</h2>" in text


@pytest.mark.parametrize("path", ["/", "/docs/errors", "/docs/services/db", *CONSOLE])
def test_a_page_runs_only_scripts_and_styles_that_its_policy_names(path: str, shared_cloud: ProcessCloud):
    page = shared_cloud.client.get(path)
    inline = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page.text, re.DOTALL)
    hashes = re.findall(r"'sha256-[^']+'", page.headers["content-security-policy"])
    assert len(inline) == len(hashes) == 2
    assert " style=" not in page.text
    assert " onclick=" not in page.text


def test_a_page_that_is_not_there_is_json(shared_cloud: ProcessCloud):
    page = shared_cloud.client.get("/docs/nowhere")
    assert page.status_code == 404
    assert page.json()["code"] == 404


async def test_the_reference_and_its_script_come_from_this_server(
    local_cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    script = tmp_path / "reference.js"
    script.write_text("// a reference UI")
    monkeypatch.setattr(reference_page, "_SCRIPT", script)
    page = await local_cloud.client.get("/docs")
    (address,) = (each for each in Links(page.text).loads if each.startswith("/docs/static/"))
    served = await local_cloud.client.get(address)
    assert served.text == "// a reference UI"
    assert "immutable" in served.headers["cache-control"]
    assert "cache-control" not in (await local_cloud.client.get(address.partition("?")[0])).headers


async def test_without_the_script_the_reference_can_still_be_read(
    local_cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reference_page, "_SCRIPT", tmp_path / "not built")
    page = await local_cloud.client.get("/docs")
    assert page.status_code == 200
    assert "npm ci" in page.text
    assert "/docs/services/db" in Links(page.text).links
    assert (await local_cloud.client.get("/docs/static/reference.js")).status_code == 404
