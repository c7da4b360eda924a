from collections.abc import Iterator

import httpx2 as httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect
from wire import exchange, head

from cloud import LocalCloud, ProcessCloud

Samples = dict[tuple[str, str, str, str], float]


def samples(text: str) -> Samples:
    """Read metrics by name, endpoint, status and bound."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = sample.labels
            where = labels["kind"] if "kind" in labels else f"{labels['service']}/{labels['endpoint']}"
            found[sample.name, where, labels.get("status", ""), labels.get("le", "")] = sample.value
    return found


def metrics(cloud: ProcessCloud) -> Samples:
    response = httpx.get(cloud.address + "/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    return samples(response.text)


def test_health_needs_no_key(probe_cloud: ProcessCloud):
    for path, said in (("/healthz", {"status": "ok"}), ("/readyz", {"status": "ready"})):
        response = httpx.get(probe_cloud.address + path)
        assert (response.status_code, response.json()) == (200, said)


async def test_a_cloud_that_is_stopping_is_not_ready_but_well(local_cloud: LocalCloud):
    local_cloud.application.streams.stop()
    assert (await local_cloud.client.get("/readyz")).status_code == 503
    assert (await local_cloud.client.get("/healthz")).status_code == 200
    refused = await local_cloud.post("helloworld/Stream")
    assert (refused.status_code, refused.json()["retryable"]) == (503, True)


def test_calls_are_counted_by_outcome(probe_cloud: ProcessCloud):
    before = metrics(probe_cloud)
    for body in ({}, {}, {"x": 1}):
        probe_cloud.post("helloworld/Call", body)
    after = metrics(probe_cloud)
    for status, count in (("200", 2), ("400", 1)):
        counted = ("brickyard_calls_total", "helloworld/Call", status, "")
        assert after[counted] - before.get(counted, 0) == count


def test_durations_add_up(probe_cloud: ProcessCloud):
    probe_cloud.post("probe/Wait", {"seconds": 0.02})
    found = metrics(probe_cloud)
    buckets = [
        value
        for (name, where, _, _), value in found.items()
        if (name, where) == ("brickyard_call_seconds_bucket", "probe/Wait")
    ]
    count = found["brickyard_call_seconds_count", "probe/Wait", "", ""]
    assert buckets == sorted(buckets)
    assert buckets[-1] == count
    assert found["brickyard_call_seconds_sum", "probe/Wait", "", ""] >= 0.015 * count
    assert found["brickyard_call_seconds_bucket", "probe/Wait", "", "0.01"] == 0


OTHERS = [
    ("GET", "/healthz", "page", 200),
    ("HEAD", "/v1", "page", 200),
    ("GET", "/none", "page", 404),
    ("GET", "/healthz?" + "&".join(f"a{n}=1" for n in range(200)), "page", 400),
    ("POST", "/v1/none/Echo", "unknown", 404),
    ("POST", "/v1/probe/None", "unknown", 404),
    ("PUT", "/v1/probe/Echo", "method", 405),
    ("POST", "/healthz", "method", 405),
]


@pytest.mark.parametrize(("method", "path", "kind", "status"), OTHERS)
async def test_what_is_no_call_is_counted(
    local_cloud: LocalCloud, method: str, path: str, kind: str, status: int
):
    counted = ("brickyard_other_requests_total", kind, str(status), "")
    for _ in range(2):
        assert (await local_cloud.client.request(method, path)).status_code == status
    assert samples((await local_cloud.client.get("/metrics")).text)[counted] == 2


async def test_a_socket_to_an_unknown_call_is_counted(local_cloud: LocalCloud):
    async with connect(f"{local_cloud.address.replace('http', 'ws')}/v1/none/None") as socket:
        await socket.send("{}")
        await socket.wait_closed()
    found = samples((await local_cloud.client.get("/metrics")).text)
    assert found["brickyard_other_requests_total", "unknown", "404", ""] == 1


def test_whatever_is_tried_the_metrics_stay_small(probe_cloud: ProcessCloud):
    before = len(metrics(probe_cloud))
    for number in range(50):
        probe_cloud.post(f"none{number}/Call")
        probe_cloud.client.get(f"/none{number}")
    assert len(metrics(probe_cloud)) <= before + 4


@pytest.fixture
def bad_queries() -> Iterator[str]:
    return iter(
        ("&".join(f"a{n}=1" for n in range(200)), "%ff=%ff", "a" * 50_000, "=&=&;", "search_term=%00")
    )


async def test_a_page_with_any_query_is_answered(probe_cloud: ProcessCloud, bad_queries: Iterator[str]):
    for query in bad_queries:
        for path in ("/healthz", "/v1", "/publicapi/explore/Search", "/docs", "/openapi.json"):
            answer = await exchange(probe_cloud, head(f"GET {path}?{query}"))
            assert answer.status in {200, 400}, path


def test_the_catalog_lists_every_service(probe_cloud: ProcessCloud):
    names = [service["name"] for service in httpx.get(probe_cloud.address + "/v1").json()["services"]]
    assert {"cache", "db", "event", "helloworld", "id", "key", "probe"} <= set(names)
    assert httpx.get(probe_cloud.address + "/v1/").json() == httpx.get(probe_cloud.address + "/v1").json()


def test_m3os_command_line_finds_its_index(probe_cloud: ProcessCloud):
    index = httpx.get(probe_cloud.address + "/publicapi/explore/index").json()
    assert "helloworld" in {each["name"] for each in index["apis"]}
    found = httpx.get(probe_cloud.address + "/publicapi/explore/Search?search_term=HELLO").json()
    assert "helloworld" in {each["name"] for each in found["apis"]}
