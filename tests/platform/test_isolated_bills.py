"""One account pays for several projects; who works in one of them learns nothing of the others' money."""

from typing import Any, NamedTuple

import pytest
from test_horizontal_access import CONTROL_PLANE, IN_ANOTHERS_PROJECT, Theirs

from brickyard.contract import Endpoint, usd
from brickyard.platform.access import Role
from brickyard.platform.billing.holds import Turn
from brickyard.platform.billing.movements import Movement
from cloud import LocalCloud
from signed_in import Person, with_key

SETTINGS: dict[str, dict[str, Any]] = {
    "billing/Alerts": {},
    "billing/Deliveries": {},
    "billing/SetAlert": {"mail": False, "statements": False},
    "billing/SetWebhook": {"url": "https://example.com/"},
    "billing/TestAlert": {},
}
"""What is the whole account's."""
SEEN = {"Balance", "Caps", "SetCap", "Statement", "Transactions"}
"""What one project's are asked for, too."""
READ = [
    each for each in CONTROL_PLANE if each.id in IN_ANOTHERS_PROJECT and each.declaration.repeat == "safe"
]


class Bills(NamedTuple):
    """Ada, who pays for two projects, and what one may learn of the second who works in the first."""

    ada: Person
    first: str
    second: str

    async def spend(self, project: str, dollars: str) -> None:
        """Make a call that costs as much, in a project of Ada's."""
        turn = Turn(
            id=f"hold_{project}",
            number=1,
            project=project,
            key_id=f"key_of_{project}",
            endpoint="db.create",
            price_version="v1",
            expires_ns=2**62,
            wanted=(usd(dollars),),
        )
        books = self.ada.cloud.application.books
        held = (await books.take(self.ada.account, turn)).hold
        paid = {"id": turn.id, "number": 2, "calls": 1, "taken": held.held, "expires_ns": 2**62}
        paid |= {"project": project, "key_id": turn.key_id, "endpoint": turn.endpoint, "price_version": "v1"}
        await books.take(self.ada.account, Turn(**paid))


@pytest.fixture
async def bills(local_cloud: LocalCloud) -> Bills:
    ada = await Person.of(local_cloud, "ada")
    found = Bills(ada, await ada.project("first"), await ada.project("second"))
    await local_cloud.application.books.top_up(
        ada.account, Movement(amount=usd("100"), reference="pay_secret")
    )
    await found.spend(found.first, "1")
    await found.spend(found.second, "7")
    for project, amount in ((found.first, "20"), (found.second, "30")):
        await ada.call("billing/SetCap", {"project": project, "amount": amount})
    return found


async def asked_by(bills: Bills, who: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask about the first project: as a member with a role, or with a key of the project's."""
    body = {"project": bills.first, **(body or {})}
    if who == "key":
        made = await bills.ada.call("key/Create", {"project": bills.first, "scopes": ["billing"]})
        return await with_key(bills.ada.cloud, made["key"], path, body)
    bob = await Person.of(bills.ada.cloud, "bob")
    await bob.joins(bills.first, who)
    return await bob.post(path, body)


THOSE_WHO_PAY = pytest.mark.parametrize("who", [Role.ADMIN, Role.BILLING, "key"])


def test_every_endpoint_about_money_is_covered():
    named = {path.removeprefix("billing/") for path in SETTINGS} | SEEN | {"Prices"}
    assert named == {each.name for each in CONTROL_PLANE if each.service == "billing"}


@THOSE_WHO_PAY
@pytest.mark.parametrize("endpoint", READ, ids=lambda each: each.id)
async def test_nothing_that_is_read_tells_of_another_project(bills: Bills, who: str, endpoint: Endpoint):
    (key,) = (await bills.ada.call("key/List", {"project": bills.first}))["keys"] or [{"id": "key_none"}]
    body = IN_ANOTHERS_PROJECT[endpoint.id](Theirs(bills.first, key["id"], "i", "a", "s", "w", "m"))
    told = await asked_by(bills, who, f"{endpoint.service}/{endpoint.name}", body)
    for secret in (bills.second, "pay_secret"):
        assert secret not in told.text


@THOSE_WHO_PAY
async def test_transactions_are_those_of_ones_own_project(bills: Bills, who: str):
    capture, *others = (await asked_by(bills, who, "billing/Transactions")).json()["transactions"]
    assert others == []
    assert (capture["project"], capture["project_name"], capture["amount"]) == (bills.first, "first", "-1")


@THOSE_WHO_PAY
async def test_a_refund_of_ones_own_calls_is_seen_and_no_other(bills: Bills, who: str):
    books, account = bills.ada.cloud.application.books, bills.ada.account
    for number in (2, 3):
        await books.refund(account, Movement(amount=usd("0.5"), original=number, reason=f"of {number}"))
    found = (await asked_by(bills, who, "billing/Transactions")).json()["transactions"]
    assert [(each["kind"], each["reason"]) for each in found] == [("refund", "of 2"), ("capture", "")]


@THOSE_WHO_PAY
async def test_a_statement_is_of_ones_own_project(bills: Bills, who: str):
    statement = (await asked_by(bills, who, "billing/Statement")).json()
    assert (statement["opening"], statement["spent"], statement["closing"]) == (None, "1", None)
    for text in (statement["html"], statement["csv"]):
        assert bills.first in text
        assert "first" in text
        for secret in (bills.second, "second", bills.ada.account, "top up", "balance"):
            assert secret not in text


@THOSE_WHO_PAY
async def test_caps_are_those_of_ones_own_project(bills: Bills, who: str):
    caps = (await asked_by(bills, who, "billing/Caps")).json()["caps"]
    assert [(each["project"], each["amount"]) for each in caps] == [(bills.first, "20")]


@THOSE_WHO_PAY
async def test_of_the_balance_one_sees_what_can_be_spent(bills: Bills, who: str):
    told = (await asked_by(bills, who, "billing/Balance")).json()
    assert told.pop("tier") == "owner"
    assert told.pop("available") == "92"
    assert set(told.values()) == {None}


@pytest.mark.parametrize("path", SETTINGS)
@THOSE_WHO_PAY
async def test_the_accounts_settings_are_its_owners(bills: Bills, who: str, path: str):
    refused = await asked_by(bills, who, path, SETTINGS[path])
    assert refused.status_code == 403
    assert "owner" in refused.json()["detail"]
    settings = await bills.ada.call("billing/SetAlert", {})
    assert (settings["mail"], settings["statements"], settings["webhook"]) == (True, True, "")
    assert (await bills.ada.call("billing/Alerts"))["alerts"] == []


@pytest.mark.parametrize("path", SETTINGS)
async def test_the_owner_has_them_by_any_project(bills: Bills, path: str):
    assert (await bills.ada.post(path, {"project": bills.first, **SETTINGS[path]})).status_code == 200


async def test_the_owner_sees_everything_or_one_project(bills: Bills):
    every = (await bills.ada.call("billing/Transactions"))["transactions"]
    assert [each["project_name"] for each in every] == ["second", "first", ""]
    one = (await bills.ada.call("billing/Transactions", {"project": bills.second}))["transactions"]
    assert [each["project"] for each in one] == [bills.second]
    assert (await bills.ada.call("billing/Statement"))["closing"] == "92"
    assert len((await bills.ada.call("billing/Caps"))["caps"]) == 2


async def test_pages_of_one_project_skip_nothing(bills: Bills):
    books, account = bills.ada.cloud.application.books, bills.ada.account
    for number in (2, 3, 2, 3):
        await books.refund(account, Movement(amount=usd("0.25"), original=number))
    seen, cursor = list[int](), ""
    while True:
        body = {"limit": 1, "cursor": cursor}
        page = (await asked_by(bills, Role.BILLING, "billing/Transactions", body)).json()
        seen += [each["number"] for each in page["transactions"]]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == [6, 4, 2]


@pytest.mark.parametrize("path", ["Transactions", "Statement", "Caps", "SetCap"])
async def test_a_test_key_neither_sees_nor_caps_money(bills: Bills, path: str):
    terms = {"project": bills.first, "scopes": ["billing"], "environment": "test"}
    made = await bills.ada.call("key/Create", terms)
    body = {"amount": None} if path == "SetCap" else {}
    refused = await with_key(bills.ada.cloud, made["key"], f"billing/{path}", body)
    assert refused.status_code == 403
    assert (await bills.ada.call("billing/Caps", {"project": bills.first}))["caps"][0]["amount"] == "20"
    balance = await with_key(bills.ada.cloud, made["key"], "billing/Balance")
    assert balance.json()["available"] == "92"
