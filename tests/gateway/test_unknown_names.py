from typing import Any

import pytest

from cloud import ProcessCloud


def refusal(cloud: ProcessCloud, body: Any, status: int = 400, path: str = "probe/Echo") -> dict[str, Any]:
    response = cloud.post(path, body)
    assert response.status_code == status, response.text
    return response.json()


@pytest.mark.parametrize(
    ("body", "pointer", "nearest"),
    [
        ({"nmae": "John"}, "/nmae", "name"),
        ({"Name": "John"}, "/Name", "name"),
        ({"usr_id": "1"}, "/usr_id", "user_id"),
        ({"userid": "1"}, "/userid", "user"),
        ({"name": "John", "flags": True}, "/flags", "flag"),
        ({"a/b~c": 1}, "/a~1b~0c", ""),
        ({"": 1}, "/", ""),
        ({"__class__": 1}, "/__class__", ""),
        ({"constructor": {"prototype": 1}}, "/constructor", ""),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest_known_one(
    probe_cloud: ProcessCloud, body: dict, pointer: str, nearest: str
):
    problem = refusal(probe_cloud, body)
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert "nknown field" in problem["detail"]
    assert nearest in problem["detail"]


def test_every_unknown_field_is_named(probe_cloud: ProcessCloud):
    problem = refusal(probe_cloud, {"one": 1, "two": 2, "name": "John"})
    assert [fault["pointer"] for fault in problem["errors"]] == ["/one", "/two"]


def test_an_unknown_field_of_great_length_is_cut_in_the_answer(probe_cloud: ProcessCloud):
    response = probe_cloud.post("probe/Echo", {"x" * 50_000: 1})
    assert response.status_code == 400
    assert len(response.content) < 2_000


def test_of_very_many_unknown_fields_the_first_are_named(probe_cloud: ProcessCloud):
    problem = refusal(probe_cloud, {f"f{number}": 1 for number in range(9_000)})
    assert [fault["pointer"] for fault in problem["errors"]] == [f"/f{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": 1}, "/name"),
        ({"name": ["a"]}, "/name"),
        ({"name": {"a": 1}}, "/name"),
        ({"count": "five"}, "/count"),
        ({"count": 1.5}, "/count"),
        ({"count": 2**31}, "/count"),
        ({"count": -(2**31) - 1}, "/count"),
        ({"count": True}, "/count"),
        ({"big": 1.5}, "/big"),
        ({"big": True}, "/big"),
        ({"big": "one"}, "/big"),
        ({"big": ""}, "/big"),
        ({"big": "1e3"}, "/big"),
        ({"big": "1_000"}, "/big"),
        ({"big": " 1"}, "/big"),
        ({"big": "\u0661"}, "/big"),
        ({"big": 2**63}, "/big"),
        ({"big": str(2**63)}, "/big"),
        ({"big": str(-(2**63) - 1)}, "/big"),
        ({"big": "9" * 10_000}, "/big"),
        ({"ratio": "half"}, "/ratio"),
        ({"flag": "yes"}, "/flag"),
        ({"flag": 1}, "/flag"),
        ({"tags": "a"}, "/tags"),
        ({"tags": ["a", 1]}, "/tags/1"),
        ({"tags": {"0": "a"}}, "/tags"),
        ({"record": [1]}, "/record"),
        ({"record": "{}"}, "/record"),
        ({"point": [1, 2]}, "/point"),
        ({"point": {"x": "one"}}, "/point/x"),
        ({"points": {"x": 1}}, "/points"),
        ({"points": [{"x": 1}, {"y": "2"}]}, "/points/1/y"),
        ({"points": [[]]}, "/points/0"),
    ],
)
def test_a_wrong_type_is_pointed_at(probe_cloud: ProcessCloud, body: dict, pointer: str):
    problem = refusal(probe_cloud, body)
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert problem["detail"]


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("helloword/Call", "helloworld"),
        ("cahce/Get", "cache"),
        ("helloworld/Cal", "Call"),
        ("helloworld/Steam", "Stream"),
        ("cache/ListKey", "ListKeys"),
        ("cache/list_keys", "ListKeys"),
        ("cache/constructor", ""),
        ("cache/__init__", ""),
        ("cache/get.", "Get"),
        ("helloworld", ""),
        ("helloworld/", ""),
        ("helloworld/Call/More/Still", ""),
        ("helloworld/other/Call", ""),
        ("..%2f..%2fetc/passwd", ""),
        ("%00/%00", ""),
        ("%ff%fe/Call", ""),
        ("%0d%0aX-Injected:%201/Call", ""),
        ("'%20OR%201=1--/Call", ""),
        ("<script>/Call", ""),
    ],
)
def test_an_unknown_service_or_endpoint_is_not_found(probe_cloud: ProcessCloud, path: str, nearest: str):
    response = probe_cloud.post(path, {})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert "x-injected" not in response.headers
    assert response.json()["id"] == "v1"
    assert nearest in response.json()["detail"]


def test_what_is_private_in_a_service_cannot_be_called(probe_cloud: ProcessCloud):
    for name in ("_moment", "clock", "migrations", "category", "__class__"):
        assert probe_cloud.post(f"probe/{name}").status_code == 404
