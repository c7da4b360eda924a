"""Operators and other people's money."""

import json
from typing import Any

import httpx2 as httpx
import pytest

from brickyard.platform.audit.trail import Trail, Wanted
from cloud import LocalCloud
from signed_in import PLATFORM, Person, with_key


async def paying(cloud: LocalCloud) -> tuple[Person, str]:
    """A person in the free tier, and a key of a project of theirs."""
    ada = await Person.of(cloud, "ada")
    await cloud.call("admin/SetTier", {"account": ada.account, "tier": "free"})
    made = await ada.call("key/Create", {"project": await ada.project()})
    return ada, made["key"]


async def create(cloud: LocalCloud, key: str) -> httpx.Response:
    return await with_key(cloud, key, "db/Create", {"table": "t", "record": {"a": 1}})


async def test_granted_credit_is_spent_by_calls_and_written_down(local_cloud: LocalCloud):
    ada, key = await paying(local_cloud)
    assert (await create(local_cloud, key)).status_code == 402
    gift = {"account": ada.account, "amount": "0.0002", "reason": "Welcome.", "reference": "welcome"}
    assert (await local_cloud.call("admin/GrantCredit", gift))["balance"] == "0.0002"
    again = await local_cloud.call("admin/GrantCredit", gift)
    assert (again["transaction"], again["balance"]) == (1, "0.0002")
    assert (await create(local_cloud, key)).status_code == 200
    assert (await ada.call("billing/Balance"))["available"] == "0.0001"
    (told,) = [each for each in (await ada.call("billing/Transactions"))["transactions"] if each["reason"]]
    assert (told["kind"], told["reason"]) == ("grant", "Welcome.")
    trail = Trail(local_cloud.application.sql.bound(PLATFORM))
    (noted,) = await trail.entries(Wanted(subject=ada.account, endpoint="admin.grantcredit"), "", 10)
    assert json.loads(noted.after or "") == {"transaction": 1, "amount": "0.0002", "reason": "Welcome."}


async def test_a_balance_is_put_right_up_and_down_and_never_below_nothing(local_cloud: LocalCloud):
    ada, _ = await paying(local_cloud)
    up = {"account": ada.account, "amount": "10", "reason": "Paid by bank transfer."}
    assert (await local_cloud.call("admin/AdjustBalance", up))["balance"] == "10"
    down = {**up, "amount": "-4", "reason": "A slip of ours."}
    assert (await local_cloud.call("admin/AdjustBalance", down))["balance"] == "6"
    refused = await local_cloud.post("admin/AdjustBalance", {**down, "amount": "-6.000000001"})
    assert refused.status_code == 409
    assert (await ada.call("billing/Balance"))["balance"] == "6"


async def test_no_balance_passes_what_the_books_can_hold(local_cloud: LocalCloud):
    ada, _ = await paying(local_cloud)
    gift = {"account": ada.account, "amount": "999999999", "reason": "A great deal."}
    for _ in range(9):
        await local_cloud.call("admin/GrantCredit", gift)
    for path in ("admin/GrantCredit", "admin/AdjustBalance"):
        refused = await local_cloud.post(path, gift)
        assert (refused.status_code, "9223372036.854775807" in refused.json()["detail"]) == (409, True)
    assert (await ada.call("billing/Balance"))["balance"] == "8999999991"


async def test_what_a_call_cost_is_given_back_and_not_twice(local_cloud: LocalCloud):
    ada, key = await paying(local_cloud)
    await local_cloud.call("admin/GrantCredit", {"account": ada.account, "amount": "1", "reason": "x"})
    await create(local_cloud, key)
    capture = (await ada.call("billing/Transactions"))["transactions"][0]
    refund = {
        "account": ada.account,
        "transaction": capture["number"],
        "amount": "0.0001",
        "reason": "Sorry.",
    }
    assert (await local_cloud.call("admin/RefundCalls", refund))["balance"] == "1"
    assert (await local_cloud.post("admin/RefundCalls", refund)).status_code == 409
    granted = await local_cloud.post("admin/RefundCalls", {**refund, "transaction": 1})
    assert granted.status_code == 409


async def test_a_tier_holds_from_the_next_call_on(local_cloud: LocalCloud):
    ada, key = await paying(local_cloud)
    assert (await create(local_cloud, key)).status_code == 402
    await local_cloud.call("admin/SetTier", {"account": ada.account, "tier": "owner"})
    assert (await create(local_cloud, key)).status_code == 200
    await local_cloud.call("admin/SetTier", {"account": ada.account, "tier": "free"})
    assert (await create(local_cloud, key)).status_code == 402
    unknown = await local_cloud.post("admin/SetTier", {"account": ada.account, "tier": "gold"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (400, "/tier")


async def test_revenue_adds_up_to_what_happened(local_cloud: LocalCloud):
    ada, key = await paying(local_cloud)
    await local_cloud.call("admin/GrantCredit", {"account": ada.account, "amount": "1", "reason": "x"})
    for _ in range(3):
        await create(local_cloud, key)
    await local_cloud.call("admin/AdjustBalance", {"account": ada.account, "amount": "2", "reason": "x"})
    found = await local_cloud.call("admin/Revenue")
    total = {
        "name": "total",
        "calls": 3,
        "spent": "0.0003",
        "refunded": "0",
        "paid_in": "0",
        "granted": "1",
        "adjusted": "2",
    }
    assert (found["total"], found["balances"]) == (total, "2.9997")
    assert found["days"] == [{**total, "name": "2026-09-21"}]
    assert [(each["name"], each["calls"]) for each in found["services"]] == [("db", 3)]
    assert (await local_cloud.call("admin/Revenue", {"from": "2026-08-01", "to": "2026-08-31"}))["days"] == []


@pytest.mark.parametrize(
    ("days", "pointer"),
    [
        ({"from": "2026-02-30"}, "/from"),
        ({"to": "2026-13-01"}, "/to"),
        ({"from": "2026-09-02", "to": "2026-09-01"}, "/to"),
        ({"from": "2026-01-01", "to": "2026-09-01"}, "/to"),
        ({"from": "9999-12-30", "to": "9999-12-31"}, "/from"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "/from"),
        ({"from": "2262-01-01", "to": "2262-01-02"}, "/from"),
        ({"from": "2261-12-30", "to": "2262-01-01"}, "/to"),
    ],
)
async def test_days_that_are_none_are_refused(local_cloud: LocalCloud, days: dict[str, str], pointer: str):
    response = await local_cloud.post("admin/Revenue", days)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize("day", ["1970-01-01", "2261-12-31"])
async def test_nothing_was_earned_on_the_first_day_and_the_last(local_cloud: LocalCloud, day: str):
    found = await local_cloud.call("admin/Revenue", {"from": day, "to": day})
    assert (found["days"], found["total"]["calls"]) == ([], 0)


@pytest.mark.parametrize(
    ("endpoint", "wrong"),
    [
        ("GrantCredit", {"amount": "0"}),
        ("GrantCredit", {"amount": "-1"}),
        ("GrantCredit", {"amount": "1e3"}),
        ("GrantCredit", {"amount": "1", "reason": ""}),
        ("GrantCredit", {"amount": "1", "reason": " \n"}),
        ("GrantCredit", {"amount": "1", "expires_at": "2020-01-01T00:00:00Z"}),
        ("GrantCredit", {"amount": "1", "reference": "#1"}),
        ("AdjustBalance", {"amount": "0"}),
        ("AdjustBalance", {"amount": "--1"}),
    ],
)
async def test_what_is_no_movement_is_refused(local_cloud: LocalCloud, endpoint: str, wrong: dict[str, Any]):
    ada, _ = await paying(local_cloud)
    request = {"account": ada.account, "reason": "x", **wrong}
    assert (await local_cloud.post(f"admin/{endpoint}", request)).status_code == 400
    assert (await ada.call("billing/Balance"))["balance"] == "0"


async def test_nobody_has_no_money(local_cloud: LocalCloud):
    gift = {"account": "acc_nobody", "amount": "1", "reason": "x"}
    assert (await local_cloud.post("admin/GrantCredit", gift)).status_code == 404


async def test_an_account_is_found_by_its_address(local_cloud: LocalCloud):
    ada, _ = await paying(local_cloud)
    await local_cloud.application.sql.bound("platform").run(
        "INSERT INTO emails (project, email, account, created_ns) VALUES (?1, 'ada@example.com', ?2, 0)",
        ada.account,
    )
    (found,) = (await local_cloud.call("admin/SearchAccounts", {"text": "Ada@Example.com"}))["accounts"]
    assert (found["id"], found["email"]) == (ada.account, "ada@example.com")
