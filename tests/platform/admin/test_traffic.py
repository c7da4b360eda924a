"""Operators add up the calls of all projects."""

from typing import Any

import pytest

from brickyard.platform.admin import traffic
from brickyard.platform.usage.counts import Count
from cloud import LocalCloud
from customer import Customer
from signed_in import with_key


async def rows(cloud: LocalCloud, **asked: Any) -> list[dict[str, Any]]:
    return (await cloud.call("admin/Usage", asked))["rows"]


async def busy(cloud: LocalCloud) -> tuple[Customer, Customer]:
    """Ada writes twice and is refused once; Bob writes once and greets once."""
    ada, bob = await Customer.of(cloud, "ada"), await Customer.of(cloud, "bob")
    await ada.writes(2)
    await bob.writes()
    assert (await with_key(cloud, ada.key, "db/Create", {"tabel": "t"})).status_code == 400
    assert (await with_key(cloud, bob.key, "helloworld/Call", {"name": "Bob"})).status_code == 200
    return ada, bob


async def test_calls_are_told_apart_by_account_project_and_service(local_cloud: LocalCloud):
    ada, bob = await busy(local_cloud)
    found = await rows(local_cloud, by=["account", "project", "service"], service="")
    seen = {
        (each["account"], each["project"], each["service"]): (
            each["calls"],
            each["refused"],
            each["errors"],
            each["cost"],
        )
        for each in found
        if each["account"] in {ada.person.account, bob.person.account}
    }
    assert seen == {
        (ada.person.account, ada.project, "db"): (3, 1, 0, "0.0002"),
        (bob.person.account, bob.project, "db"): (1, 0, 0, "0.0001"),
        (bob.person.account, bob.project, "helloworld"): (1, 0, 0, "0"),
    }


async def test_all_projects_add_up_and_each_can_be_asked_for_alone(local_cloud: LocalCloud):
    ada, bob = await busy(local_cloud)
    (both,) = await rows(local_cloud, service="DB")
    assert (both["calls"], both["refused"], both["cost"]) == (4, 1, "0.0003")
    assert both["p50_ms"] > 0
    assert both["p99_ms"] >= both["p50_ms"]
    assert [each["calls"] for each in await rows(local_cloud, account=ada.person.account)] == [3]
    assert [each["calls"] for each in await rows(local_cloud, project=bob.project)] == [2]
    assert await rows(local_cloud, account=ada.person.account, project=bob.project) == []
    assert await rows(local_cloud, project=ada.project, environment="test") == []


async def test_an_account_sees_by_usage_what_the_operator_sees(local_cloud: LocalCloud):
    ada, _ = await busy(local_cloud)
    asked = {"step": "day", "by": ["endpoint", "key", "status", "provider"], "project": ada.project}
    own = (await ada.person.call("usage/Summary", asked))["rows"]
    found = await rows(local_cloud, **asked)
    assert [{name: each[name] for name in own[0]} for each in found] == own


async def test_times_without_calls_have_no_rows(local_cloud: LocalCloud):
    ada, _ = await busy(local_cloud)
    found = await rows(local_cloud, step="day", by=["account"], account=ada.person.account)
    assert [(each["start"], each["calls"]) for each in found] == [("2026-09-21T00:00:00Z", 3)]
    assert await rows(local_cloud, to="2026-09-01T00:00:00Z") == []


async def test_the_overview_tells_calls_errors_and_money_of_the_day_and_the_month(local_cloud: LocalCloud):
    ada, _ = await busy(local_cloud)
    for kind in ("today", "month"):
        found = (await local_cloud.call("admin/Overview"))[kind]
        assert (found["refused"], found["errors"]) == (1, 0)
        assert (found["revenue"], found["paid_in"]) == ("0.0003", "0")
        assert found["calls"] >= 5
    refund = {"account": ada.person.account, "amount": "0.0001", "reason": "Sorry."}
    sought = {"account": ada.person.account, "kind": "capture"}
    capture = (await local_cloud.call("admin/ListTransactions", sought))["transactions"][0]
    await local_cloud.call("admin/RefundCalls", {**refund, "transaction": capture["number"]})
    assert (await local_cloud.call("admin/Overview"))["today"]["revenue"] == "0.0002"


def test_what_failed_here_is_told_from_what_was_refused():
    tally = traffic.Tally()
    for status in (200, 399, 400, 404, 499, 500, 503):
        tally.add(status, Count(calls=1))
    assert (tally.count.calls, tally.refused, tally.errors) == (7, 3, 2)


async def test_more_rows_than_can_be_shown_are_refused(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    await busy(local_cloud)
    monkeypatch.setattr(traffic, "ROWS_MAX", 2)
    response = await local_cloud.post("admin/Usage", {"by": ["project", "endpoint", "status"]})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/by")


async def test_projects_are_gone_through_page_by_page(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(traffic, "AT_ONCE", 1)
    ada, bob = await busy(local_cloud)
    found = await rows(local_cloud, by=["project"])
    assert {ada.project, bob.project} <= {each["project"] for each in found}
