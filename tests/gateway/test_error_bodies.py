from typing import Any

import httpx2 as httpx
import msgspec
import pytest

from cloud import ProcessCloud

FOUR = ["id", "code", "detail", "status"]
MEMBERS = [*FOUR, "type", "title", "request_id", "retryable", "errors"]
STANDARD = "application/problem+json"
REFUSED = {
    "400": ("POST", "/v1/probe/Echo", {"count": "x"}, "probe.echo", 400, "Bad Request"),
    "400 as no JSON": ("POST", "/v1/probe/Echo", b"{", "probe.echo", 400, "Bad Request"),
    "401": ("POST", "/v1/probe/Echo", None, "v1", 401, "Unauthorized"),
    "404 service": ("POST", "/v1/none/Echo", {}, "v1", 404, "Not Found"),
    "404 endpoint": ("POST", "/v1/probe/None", {}, "v1", 404, "Not Found"),
    "404 page": ("GET", "/none", {}, "v1", 404, "Not Found"),
    "404 of a service": ("POST", "/v1/key/Revoke", {"id": "key_none"}, "key.revoke", 404, "Not Found"),
    "404 post": ("POST", "/nope", {}, "v1", 404, "Not Found"),
    "404 capital": ("POST", "/V1/helloworld/call", {}, "v1", 404, "Not Found"),
    "405": ("PUT", "/v1/probe/Echo", {}, "v1", 405, "Method Not Allowed"),
    "413": ("POST", "/v1/probe/Echo", b" " * 100_001, "probe.echo", 413, "Content Too Large"),
    "500": ("POST", "/v1/probe/Crash", {}, "probe.crash", 500, "Internal Server Error"),
}


def refused(cloud: ProcessCloud, case: str, **headers: str) -> httpx.Response:
    method, path, body, _, status, _ = REFUSED[case]
    content = body if isinstance(body, bytes) else msgspec.json.encode(body or {})
    if status == 401:
        headers["authorization"] = "Bearer none"
    return cloud.client.request(method, path, content=content, headers=headers)


@pytest.mark.parametrize("case", REFUSED)
def test_an_error_has_m3os_four_members_first_and_then_ours(probe_cloud: ProcessCloud, case: str):
    response = refused(probe_cloud, case)
    *_, where, status, phrase = REFUSED[case]
    problem = response.json()
    assert list(problem) == MEMBERS
    assert (problem["id"], problem["code"], problem["status"]) == (where, status, phrase)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert problem["title"] == phrase
    assert problem["detail"]
    assert isinstance(problem["detail"], str)
    assert problem["retryable"] is (status >= 500)
    assert problem["type"].startswith("/docs/errors#")
    assert problem["request_id"] == response.headers["request-id"]


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize(
    "accept", [STANDARD, f"application/json;q=0.5, {STANDARD}", "Application/Problem+JSON;q=0.1"]
)
def test_an_error_is_rfc_9457s_for_who_accepts_that(probe_cloud: ProcessCloud, case: str, accept: str):
    response = refused(probe_cloud, case, accept=accept)
    *_, where, status, phrase = REFUSED[case]
    problem = response.json()
    assert response.headers["content-type"] == STANDARD
    assert response.status_code == status
    assert problem["status"] == status
    assert (problem["title"], problem["id"], problem["code"]) == (phrase, where, status)
    assert problem["instance"].endswith(response.headers["request-id"])
    assert set(MEMBERS) <= set(problem)


@pytest.mark.parametrize("accept", [f"{STANDARD};q=0", f"{STANDARD}-seq", f"text/x; a={STANDARD}", "*/*"])
def test_an_error_is_m3os_for_who_does_not_accept_rfc_9457s(probe_cloud: ProcessCloud, accept: str):
    response = refused(probe_cloud, "404 page", accept=accept)
    assert response.headers["content-type"] == "application/json"
    assert response.json()["status"] == "Not Found"


@pytest.mark.parametrize(
    ("method", "path", "hint"),
    [
        ("POST", "/nope", "/docs"),
        ("POST", "/V1/helloworld/call", "small letters"),
        ("GET", "/v1/db", "/docs/services/db"),
        ("POST", "/v1/DB/", "/v1/db/Create"),
    ],
)
def test_a_path_that_leads_nowhere_is_answered_with_where_to_go(
    probe_cloud: ProcessCloud, method: str, path: str, hint: str
):
    response = probe_cloud.client.request(method, path)
    assert response.status_code == 404
    assert hint in response.json()["detail"]


def test_a_success_is_json_for_who_accepts_problems(probe_cloud: ProcessCloud):
    response = probe_cloud.post("helloworld/Call", headers={"accept": STANDARD})
    assert (response.headers["content-type"], response.json()) == ("application/json", {"message": "Hello"})


def test_an_error_points_at_what_is_wrong(probe_cloud: ProcessCloud):
    problem: dict[str, Any] = refused(probe_cloud, "400").json()
    (fault,) = problem["errors"]
    assert fault["pointer"] == "/count"
    assert fault["detail"] == problem["detail"]


@pytest.mark.parametrize("accept", [STANDARD, "*/*"])
def test_what_breaks_inside_stays_inside(probe_cloud: ProcessCloud, accept: str):
    response = refused(probe_cloud, "500", accept=accept)
    for secret in ("open-sesame", "RuntimeError", "Traceback", "probe.py", "File "):
        assert secret not in response.text


def test_the_page_that_explains_an_error_is_there(probe_cloud: ProcessCloud):
    page = probe_cloud.client.get("/docs/errors")
    assert page.status_code == 200
    for case in REFUSED:
        anchor = refused(probe_cloud, case).json()["type"].partition("#")[2]
        assert f'id="{anchor}"' in page.text
