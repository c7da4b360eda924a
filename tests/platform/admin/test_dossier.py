"""Operators look at an account: its money, its projects, what came and went."""

from datetime import UTC, datetime

import pytest

from cloud import LocalCloud
from customer import Customer
from signed_in import PLATFORM, Person, with_key

REFUSED = ("admin/GetAccount", "admin/ListTransactions", "admin/Usage", "admin/Overview")


async def transactions(cloud: LocalCloud, account: str, **sought: object) -> list[dict[str, object]]:
    return (await cloud.call("admin/ListTransactions", {"account": account, **sought}))["transactions"]


async def test_an_account_is_shown_with_its_money_and_what_is_in_its_projects(local_cloud: LocalCloud):
    ada = await Customer.of(local_cloud, "ada")
    await ada.writes(3)
    await ada.person.call("project/Delete", {"project": await ada.person.project("old")})
    bob = await Person.of(local_cloud, "bob")
    await bob.joins(ada.project, "developer")
    await local_cloud.call("admin/Block", {"id": ada.project, "reason": "spam"})
    await local_cloud.application.sql.bound(PLATFORM).run(
        "INSERT INTO emails (project, email, account, created_ns) VALUES (?1, 'ada@example.com', ?2, 0)",
        ada.person.account,
    )
    shown = await local_cloud.call("admin/GetAccount", {"account": ada.person.account})
    account = shown["account"]
    assert (account["email"], account["tier"], account["balance"]) == ("ada@example.com", "free", "0.9997")
    assert (account["blocked"], account["projects"]) == ("", 2)
    assert (shown["available"], shown["credit"], shown["credit_expires_at"]) == ("0.9997", "0.9997", None)
    first, second = sorted(shown["projects"], key=lambda each: each["name"])
    assert (first["id"], first["keys"], first["members"], first["records"]) == (ada.project, 1, 2, 3)
    assert first["bytes"] > 0
    assert (first["blocked"], first["deleted_at"]) == ("spam", None)
    assert second["deleted_at"] is not None
    assert shown["signed_in_at"] is not None


async def test_the_last_sign_in_is_known_after_signing_out(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    own = local_cloud.application.sql.bound(PLATFORM)
    await own.run(
        "INSERT INTO known_networks (project, account, network, seen_ns) VALUES (?1, ?2, '192.0.2.0/24', ?3)",
        ada.account,
        int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 10**9,
    )
    await own.run("DELETE FROM sessions WHERE project = ?1 AND account = ?2", ada.account)
    shown = await local_cloud.call("admin/GetAccount", {"account": ada.account})
    assert shown["signed_in_at"] == "2026-03-01T00:00:00Z"


async def test_a_cap_is_shown_once_nothing_is_left_of_it(local_cloud: LocalCloud):
    ada = await Customer.of(local_cloud, "ada")
    await ada.person.call("billing/SetCap", {"project": ada.project, "amount": "0.0002"})
    await ada.writes()
    get = {"account": ada.person.account}
    assert (await local_cloud.call("admin/GetAccount", get))["caps_reached"] == []
    await ada.writes()
    (cap,) = (await local_cloud.call("admin/GetAccount", get))["caps_reached"]
    assert (cap["project"], cap["amount"], cap["spent"]) == (ada.project, "0.0002", "0.0002")


async def test_a_search_shows_tier_and_balance_and_begins_no_books(local_cloud: LocalCloud):
    ada = await Customer.of(local_cloud, "ada", credit="2.5")
    own = local_cloud.application.sql.bound(PLATFORM)
    await own.run("INSERT INTO accounts (project, id, name, created_ns) VALUES (?1, 'acc_new', 'new', 0)")
    for text, tier, balance in ((ada.person.account, "free", "2.5"), ("acc_new", "free", "0")):
        (found,) = (await local_cloud.call("admin/SearchAccounts", {"text": text}))["accounts"]
        assert (found["tier"], found["balance"]) == (tier, balance)
    assert (await local_cloud.call("admin/GetAccount", {"account": "acc_new"}))["available"] == "0"
    assert await transactions(local_cloud, "acc_new") == []
    directory = await own.rows("SELECT account FROM billing_directory WHERE project = ?1")
    assert ("acc_new",) not in directory


async def test_transactions_are_those_that_their_owner_sees(local_cloud: LocalCloud):
    ada = await Customer.of(local_cloud, "ada")
    await ada.writes(2)
    assert (
        await transactions(local_cloud, ada.person.account)
        == (await ada.person.call("billing/Transactions"))["transactions"]
    )


async def test_transactions_are_found_by_kind_project_and_time_page_by_page(local_cloud: LocalCloud):
    ada = await Customer.of(local_cloud, "ada")
    account = ada.person.account
    for number in range(4):
        adjustment = {"account": account, "amount": "1", "reason": f"number {number}"}
        await local_cloud.call("admin/AdjustBalance", adjustment)
    await ada.writes()
    (capture,) = await transactions(local_cloud, account, kind="capture")
    assert (capture["endpoint"], capture["amount"]) == ("db.create", "-0.0001")
    assert await transactions(local_cloud, account, project=ada.project) == [capture]
    assert await transactions(local_cloud, account, project="prj_other") == []
    assert await transactions(local_cloud, account, to="2026-09-01T00:00:00Z") == []
    assert len(await transactions(local_cloud, account, **{"from": "2026-09-01T00:00:00Z"})) == 6
    reasons: list[str] = []
    page = {"cursor": "", "has_more": True}
    while page["has_more"]:
        sought = {"account": account, "kind": "adjust", "limit": 3, "cursor": page["cursor"]}
        page = await local_cloud.call("admin/ListTransactions", sought)
        page["cursor"] = page["next_cursor"]
        reasons += [each["reason"] for each in page["transactions"]]
    assert reasons == [f"number {number}" for number in (3, 2, 1, 0)]


async def test_a_refund_finds_the_number_of_its_transaction(local_cloud: LocalCloud):
    ada = await Customer.of(local_cloud, "ada")
    await ada.writes()
    (capture,) = await transactions(local_cloud, ada.person.account, kind="capture")
    refund = {"account": ada.person.account, "transaction": capture["number"]}
    moved = await local_cloud.call("admin/RefundCalls", {**refund, "amount": "0.0001", "reason": "Sorry."})
    assert moved["balance"] == "1"


@pytest.mark.parametrize("path", ["admin/GetAccount", "admin/ListTransactions", "admin/Usage"])
async def test_an_account_that_is_not_there_is_not_found(local_cloud: LocalCloud, path: str):
    assert (await local_cloud.post(path, {"account": "acc_none"})).status_code == 404


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [({"cursor": "x"}, "/cursor"), ({"from": "yesterday"}, "/from"), ({"kind": "gift"}, "/kind")],
)
async def test_what_cannot_be_looked_for_is_refused(
    local_cloud: LocalCloud, request_: dict[str, str], pointer: str
):
    ada = await Person.of(local_cloud, "ada")
    response = await local_cloud.post("admin/ListTransactions", {"account": ada.account, **request_})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize("path", REFUSED)
async def test_only_operators_see_the_money_of_others(local_cloud: LocalCloud, path: str):
    ada = await Person.of(local_cloud, "ada")
    body = {"account": ada.account} if path in REFUSED[:2] else {}
    assert (await ada.post(path, body)).status_code == 403
    project = await ada.project()
    key = (await ada.call("key/Create", {"project": project}))["key"]
    assert (await with_key(local_cloud, key, path, body)).status_code == 403
