import csv
import io
import subprocess
import sys
from os import environ
from pathlib import Path
from typing import Any

import pytest
from purse import FAR_NS, turn_after

from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing.holds import Hold, Turn
from brickyard.platform.billing.movements import Movement
from cloud import LocalCloud
from signed_in import Person
from tenant import Tenant


class Customer:
    """A project, the account that pays for it, and money."""

    def __init__(self, cloud: LocalCloud, tenant: Tenant, project: str) -> None:
        self.cloud, self.tenant, self.project = cloud, tenant, project
        self.books = cloud.application.books

    async def call(self, endpoint: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self.tenant.reply(f"billing/{endpoint}", request or {})

    async def top_up(self, dollars: str) -> None:
        await self.books.top_up(self.project, Movement(amount=usd(dollars), reference=f"pay {dollars}"))

    async def hold(self, name: str, dollars: str) -> Hold:
        turn = Turn(
            id=name,
            number=1,
            project=self.project,
            key_id="key_a",
            endpoint="db.create",
            price_version="v1",
            expires_ns=FAR_NS,
            wanted=(usd(dollars),),
        )
        return (await self.books.take(self.project, turn)).hold

    async def spend(self, name: str, dollars: str) -> None:
        hold = await self.hold(name, dollars)
        await self.books.take(self.project, turn_after(hold, calls=1, taken=hold.held))


@pytest.fixture
async def customer(local_cloud: LocalCloud) -> Customer:
    tenant = await Tenant.of(local_cloud)
    await tenant.reply("billing/SetCap", {"amount": "1000"})
    (cap,) = (await tenant.reply("billing/Caps", {}))["caps"]
    await tenant.reply("billing/SetCap", {"amount": None})
    return Customer(local_cloud, tenant, cap["project"])


async def test_the_balance_says_what_can_be_spent_and_what_is_held(customer: Customer, clock: ManualClock):
    await customer.top_up("10")
    grant = Movement(amount=usd("2"), expires_ns=clock.now_ns() + 86_400 * 10**9)
    await customer.books.grant(customer.project, grant)
    await customer.hold("req_1", "0.5")
    assert await customer.call("Balance") == {
        "available": "11.5",
        "balance": "12",
        "held": "0.5",
        "credit": "2",
        "credit_expires_at": "2026-09-22T14:13:20Z",
        "tier": "owner",
    }
    clock.advance(86_400)
    assert (await customer.call("Balance"))["credit_expires_at"] is None


async def test_the_account_of_who_runs_the_cloud_owns_it(local_cloud: LocalCloud):
    assert (await local_cloud.call("billing/Balance"))["tier"] == "owner"


async def test_transactions_come_in_pages_newest_first(customer: Customer):
    await customer.top_up("10")
    for number in range(6):
        await customer.spend(f"req_{number}", "1")
    pages, cursor = [], ""
    while True:
        page = await customer.call("Transactions", {"limit": 3, "cursor": cursor})
        pages.append([each["number"] for each in page["transactions"]])
        assert page["has_more"] == bool(page["next_cursor"])
        if not (cursor := page["next_cursor"]):
            break
        await customer.spend(f"req_of_page_{len(pages)}", "0.1")  # moves nothing on the pages that follow
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]


async def test_a_transaction_tells_whose_call_it_was(customer: Customer):
    await customer.top_up("10")
    await customer.spend("req_1", "1")
    (call, payment) = (await customer.call("Transactions"))["transactions"]
    assert call == {
        "number": 2,
        "kind": "capture",
        "amount": "-1",
        "original": None,
        "reference": "req_1/2",
        "project": customer.project,
        "project_name": "",
        "key": "key_a",
        "endpoint": "db.create",
        "calls": 1,
        "reason": "",
        "created_at": "2026-09-21T14:13:20Z",
    }
    assert (payment["kind"], payment["amount"]) == ("top_up", "10")


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 30, "\N{ARABIC-INDIC DIGIT ONE}"])
async def test_what_is_no_cursor_is_refused(customer: Customer, cursor: str):
    reply = await customer.cloud.post("billing/Transactions", {"cursor": cursor})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == "/cursor"


async def test_a_statement_is_a_page_and_a_sheet_of_the_same_month(customer: Customer, clock: ManualClock):
    await customer.top_up("10")
    await customer.spend("req_1", "1")
    statement = await customer.call("Statement")
    assert (statement["month"], statement["opening"]) == ("2026-09", "0")
    assert (statement["spent"], statement["closing"]) == ("1", "9")
    assert statement["html"].startswith("<!doctype html>")
    rows = list(csv.DictReader(io.StringIO(statement["csv"])))
    assert [row["amount_usd"] for row in rows] == ["0", "10", "-1", "9"]
    clock.advance(30 * 86_400)
    assert (await customer.call("Statement", {"month": "2026-10"}))["opening"] == "9"


@pytest.mark.parametrize("month", ["2026-13", "0000-01", "2026", "2026-1", "x", "2026-10", "2199-12"])
async def test_what_is_no_month_or_has_not_begun_is_refused(local_cloud: LocalCloud, month: str):
    reply = await local_cloud.post("billing/Statement", {"month": month})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == "/month"


async def test_caps_are_set_seen_and_removed(customer: Customer):
    await customer.top_up("10")
    await customer.spend("req_1", "1")
    await customer.hold("req_2", "2")
    cap = (await customer.call("SetCap", {"amount": "5"}))["cap"]
    assert cap == {
        "project": customer.project,
        "key": "",
        "amount": "5",
        "spent": "1",
        "held": "2",
        "resets_at": "2026-10-01T00:00:00Z",
    }
    key = (await customer.tenant.reply("key/Create", {}))["info"]["id"]
    await customer.call("SetCap", {"amount": "3", "key": key})
    assert [each["key"] for each in (await customer.call("Caps"))["caps"]] == ["", key]
    assert (await customer.call("SetCap", {"amount": None}))["cap"] is None
    assert [each["key"] for each in (await customer.call("Caps"))["caps"]] == [key]


async def test_a_key_that_the_project_does_not_have_is_not_capped(
    customer: Customer, local_cloud: LocalCloud
):
    others = (await local_cloud.call("key/Create", {}))["info"]["id"]
    for key in ("key_none", others):
        reply = await customer.cloud.post(
            "billing/SetCap",
            {"amount": "3", "key": key},
            headers={"Authorization": f"Bearer {customer.tenant.key}"},
        )
        assert (reply.status_code, key in reply.json()["detail"]) == (404, True)
    assert (await customer.call("Caps"))["caps"] == []


async def test_a_key_cannot_see_or_cap_another_project(customer: Customer):
    for endpoint, request in (("SetCap", {"amount": "1"}), ("Caps", {})):
        reply = await customer.cloud.post(f"billing/{endpoint}", request | {"project": "prj_other"})
        assert reply.status_code == 404


@pytest.mark.parametrize("amount", ["-1", "1e3", "0.0000000001", "1.", "one", ""])
async def test_what_is_no_amount_of_dollars_is_refused(local_cloud: LocalCloud, amount: str):
    reply = await local_cloud.post("billing/SetCap", {"amount": amount})
    assert reply.status_code == 400


async def test_alerts_keep_what_is_left_out(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    await ada.call("billing/SetAlert", {"low_balance": "5"})
    assert await ada.call("billing/SetAlert", {"cap_percents": [100, 50, 50]}) == {
        "low_balance": "5",
        "cap_percents": [50, 100],
        "mail": True,
        "statements": True,
        "webhook": "",
    }
    assert (await ada.call("billing/SetAlert", {"cap_percents": []}))["cap_percents"] == []


async def test_prices_are_listed_for_one_service_or_all(local_cloud: LocalCloud):
    (create, *_) = (await local_cloud.call("billing/Prices", {"service": "DB"}))["prices"]
    assert create["endpoint"] == "db/Count"
    everything = (await local_cloud.call("billing/Prices"))["prices"]
    prices = {each["endpoint"]: each["price"] for each in everything}
    assert prices["db/Create"] == "0.0001"
    assert len(prices) == len(list(local_cloud.application.catalog.endpoints()))
    assert (await local_cloud.post("billing/Prices", {"service": "nothing"})).status_code == 404


async def test_the_scope_of_everything_does_not_show_money(local_cloud: LocalCloud):
    key = (await local_cloud.call("key/Create", {"scopes": ["*"]}))["key"]
    reply = await local_cloud.post("billing/Balance", headers={"Authorization": f"Bearer {key}"})
    assert reply.status_code == 403


async def test_who_is_signed_in_sees_their_account_and_names_a_project(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    projects = [await ada.project(name) for name in ("one", "two")]
    await local_cloud.application.books.top_up(ada.account, Movement(amount=usd("3"), reference="p"))
    assert (await ada.call("billing/Balance"))["available"] == "3"
    for project in projects:
        await ada.call("billing/SetCap", {"amount": "1", "project": project})
    found = (await ada.call("billing/Caps"))["caps"]
    assert [each["project"] for each in found] == sorted(projects)
    refused = await ada.post("billing/SetCap", {"amount": "1"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/project")


async def test_a_member_who_pays_sees_what_can_be_spent_and_caps_the_project(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    await bob.joins(project, "billing")
    await local_cloud.application.books.top_up(ada.account, Movement(amount=usd("3"), reference="p"))
    assert (await bob.call("billing/Balance"))["available"] == "0"
    assert (await bob.call("billing/Balance", {"project": project}))["available"] == "3"
    await bob.call("billing/SetCap", {"amount": "2", "project": project})
    assert (await ada.call("billing/Caps"))["caps"][0]["amount"] == "2"


def test_a_price_list_that_cannot_be_used_ends_the_start_in_one_line(tmp_path: Path):
    (tmp_path / "prices.toml").write_text('[endpoints]\n"db/Crate" = { price = "1" }\n')
    ended = subprocess.run(
        [sys.executable, "-m", "brickyard", "up"],
        env=environ | {"BRICKYARD_HOME": str(tmp_path), "BRICKYARD_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == f"Error: {tmp_path}/prices.toml: there is no endpoint 'db/Crate'.\n"
