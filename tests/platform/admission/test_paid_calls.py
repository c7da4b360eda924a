"""What a call costs, through the front door."""

import asyncio
from typing import Any

import httpx2 as httpx
import pytest

from brickyard.contract import usd
from brickyard.platform.billing.movements import Movement
from cloud import LocalCloud

PRICE = "0.0001"


class Customer:
    """A project of an account in the free tier, with some money."""

    def __init__(self, cloud: LocalCloud, key: str, project: str) -> None:
        self.cloud, self.key, self.project = cloud, key, project

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.cloud.post(path, body, headers={"Authorization": f"Bearer {self.key}", **headers})

    async def balance(self) -> dict[str, Any]:
        return (await self.post("billing/Balance")).json()


@pytest.fixture
async def customer(local_cloud: LocalCloud) -> Customer:
    return await customer_of(local_cloud, "prj_customer", "0.0003")


async def customer_of(cloud: LocalCloud, project: str, dollars: str) -> Customer:
    key, _ = await cloud.application.keyring.create(project, "", ("*", "billing", "usage"), None)
    await cloud.application.books.open(project, "free")
    await cloud.application.books.grant(
        project, Movement(amount=usd(dollars), reference=f"gift-{project}", reason="a test")
    )
    return Customer(cloud, key, project)


async def create(customer: Customer, **headers: str) -> httpx.Response:
    return await customer.post("db/Create", {"table": "t", "record": {"a": 1}}, **headers)


async def test_a_call_costs_its_price_and_says_so(customer: Customer):
    response = await create(customer)
    assert (response.status_code, response.headers["usage-cost"]) == (200, PRICE)
    assert await customer.balance() | {"credit_expires_at": None} == {
        "available": "0.0002",
        "balance": "0.0002",
        "held": "0",
        "credit": "0.0002",
        "credit_expires_at": None,
        "tier": "free",
    }


async def test_a_free_call_costs_nothing_and_says_so(customer: Customer):
    response = await customer.post("db/Count")
    assert (response.status_code, response.headers["usage-cost"]) == (200, "0")
    assert (await customer.balance())["available"] == "0.0003"


async def test_a_call_that_fails_costs_nothing(customer: Customer):
    await customer.post("db/Create", {"table": "t", "id": "1", "record": {}})
    again = await customer.post("db/Create", {"table": "t", "id": "1", "record": {}})
    assert (again.status_code, again.headers["usage-cost"]) == (409, "0")
    wrong = await customer.post("db/Create", {"x": 1})
    assert (wrong.status_code, wrong.headers["usage-cost"]) == (400, "0")
    assert (await customer.balance())["available"] == "0.0002"


async def test_without_money_it_is_refused_with_402_and_what_can_be_afforded(customer: Customer):
    for _ in range(3):
        assert (await create(customer)).status_code == 200
    refused = await create(customer)
    assert (refused.status_code, refused.json()["affordable"]) == (402, "0")
    assert "resets_at" in refused.json()
    assert (await customer.post("db/Count", {"table": "t"})).json()["count"] == 3


async def test_calls_at_once_do_not_spend_more_than_there_is(customer: Customer):
    responses = await asyncio.gather(*(create(customer) for _ in range(20)))
    assert sorted(each.status_code for each in responses) == [200] * 3 + [402] * 17
    assert (await customer.balance())["available"] == "0"


async def test_max_cost_bounds_a_call(customer: Customer):
    assert (await create(customer, **{"Max-Cost": PRICE})).status_code == 200
    refused = await create(customer, **{"Max-Cost": "0.00009"})
    assert refused.status_code == 402
    assert "Max-Cost" in refused.json()["detail"]


@pytest.mark.parametrize("given", ["x", "-1", "1e3", "", ".", "٣", "0.0000000001", "9" * 30])
async def test_a_max_cost_that_is_none_is_refused(customer: Customer, given: str):
    response = await create(customer, **{"Max-Cost": given.encode()})  # type: ignore[arg-type]  # as sent
    assert response.status_code == 400
    assert (await customer.balance())["available"] == "0.0003"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_max_cost_that_is_none_is_refused_where_nothing_costs_too(
    local_cloud: LocalCloud, accept: str
):
    path = "helloworld/Call" if accept == "application/json" else "helloworld/Stream"
    headers = {"Max-Cost": "a lot", "Accept": accept}
    response = await local_cloud.post(path, {"name": "Ada"}, headers=headers)
    assert (response.status_code, "Max-Cost" in response.text) == (400, True)


async def test_what_a_call_has_cost_is_in_its_record(customer: Customer):
    response = await create(customer)
    log = await customer.post("usage/Log", {"request_id": response.headers["request-id"]})
    assert log.json()["calls"][0]["cost"] == PRICE


async def test_who_runs_the_cloud_pays_nothing(local_cloud: LocalCloud):
    response = await local_cloud.post("db/Create", {"record": {}})
    assert (response.status_code, response.headers["usage-cost"]) == (200, "0")
    assert "ratelimit" not in response.headers


def once(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_a_repeat_costs_nothing_and_says_so(customer: Customer):
    first, again = [await create(customer, **once("a")) for _ in range(2)]
    assert [each.headers["usage-cost"] for each in (first, again)] == [PRICE, "0"]
    assert again.content == first.content
    assert "ratelimit" in again.headers
    assert (await customer.balance())["available"] == "0.0002"
    calls = (await customer.post("usage/Log", {"endpoint": "db/Create"})).json()["calls"]
    assert {(each["replay_of"], each["cost"]) for each in calls} == {
        ("", PRICE),
        (first.headers["request-id"], "0"),
    }


async def test_a_repeat_needs_no_money(customer: Customer):
    first = await create(customer, **once("a"))
    for _ in range(2):
        await create(customer)
    assert (await customer.balance())["available"] == "0"
    again = await create(customer, **once("a"), **{"Max-Cost": "0"})
    assert (again.status_code, again.content) == (200, first.content)


async def test_repeats_at_once_pay_once(customer: Customer):
    responses = await asyncio.gather(*(create(customer, **once("a")) for _ in range(20)))
    assert sorted(each.headers["usage-cost"] for each in responses) == ["0"] * 19 + [PRICE]
    assert (await customer.balance())["available"] == "0.0002"


async def test_calls_under_keys_of_their_own_do_not_spend_more_than_there_is(customer: Customer):
    responses = await asyncio.gather(*(create(customer, **once(f"{number}")) for number in range(20)))
    assert sorted(each.status_code for each in responses) == [200] * 3 + [402] * 17
    assert (await customer.balance())["available"] == "0"


async def test_what_was_refused_for_want_of_money_is_done_once_there_is_some(customer: Customer):
    for _ in range(3):
        await create(customer)
    assert (await create(customer, **once("a"))).status_code == 402
    more = Movement(amount=usd(PRICE), reference="more", reason="a test")
    await customer.cloud.application.books.grant(customer.project, more)
    paid, again = [await create(customer, **once("a")) for _ in range(2)]
    assert [each.headers["usage-cost"] for each in (paid, again)] == [PRICE, "0"]
    assert (await customer.post("db/Count", {"table": "t"})).json()["count"] == 4


@pytest.mark.parametrize(("given", "status"), [("x", 400), ("0.00009", 402)])
async def test_what_a_call_may_cost_is_no_part_of_what_is_kept(customer: Customer, given: str, status: int):
    assert (await create(customer, **once("a"), **{"Max-Cost": given})).status_code == status
    assert (await create(customer, **once("a"))).status_code == 200


async def test_a_refusal_that_is_kept_costs_nothing(customer: Customer):
    await customer.post("db/Create", {"table": "t", "id": "1", "record": {}})
    for _ in range(2):
        again = await customer.post("db/Create", {"table": "t", "id": "1", "record": {}}, **once("a"))
        assert (again.status_code, again.headers["usage-cost"]) == (409, "0")
    assert again.headers["idempotent-replayed"] == "true"
    assert (await customer.balance())["available"] == "0.0002"
