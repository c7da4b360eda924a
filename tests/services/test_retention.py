"""Messages are kept for 90 days, and no longer, whichever gateway removes them, and if nobody comes back."""

import asyncio
from typing import Any

import pytest

from brickyard.contract import Unavailable
from brickyard.engines.clock import ManualClock
from brickyard.engines.sql.retention import DAY_NS, KEPT_DAYS, Retention
from brickyard.services.email import messages as mail
from brickyard.services.email.contract import Email
from brickyard.services.email.messages import Messages as Mail
from brickyard.services.email.outcomes import Outcomes
from brickyard.services.email.port import Told
from brickyard.services.sms import messages as texts
from brickyard.services.sms.contract import Sms
from brickyard.services.sms.messages import Messages as Texts
from cloud import LocalCloud
from eventually import eventually
from tenant import Tenant

KEPT_S = KEPT_DAYS * 86_400
MAIL = {"to": "ada@example.com", "subject": "Hi", "text_body": "Hello, wörld."}
TEXT = {"to": "+447400123456", "from": "Alice", "message": "Hällo 🧱"}
SENDS = pytest.mark.parametrize(
    ("service", "request_"), [("email", MAIL), ("sms", TEXT)], ids=["email", "sms"]
)


async def storage(tenant: Tenant) -> tuple[int, int]:
    kept = await tenant.reply("usage/Storage", {})
    return kept["records"], kept["bytes"]


async def listed(tenant: Tenant, service: str) -> list[str]:
    return [each["id"] for each in (await tenant.reply(f"{service}/List", {}))["messages"]]


async def comes_to(tenant: Tenant, service: str, count: int) -> None:
    async def holds() -> bool:
        return len(await listed(tenant, service)) == count

    await eventually(holds)


def retention(cloud: LocalCloud) -> Retention:
    application = cloud.application
    kinds = {"email": Mail, "sms": Texts}
    return Retention(application.sql.bound, application.sql.keepers, kinds, application.clock)


@SENDS
async def test_messages_of_all_projects_are_removed_in_time_and_take_no_room(
    local_cloud: LocalCloud, clock: ManualClock, service: str, request_: dict[str, Any]
):
    tenants = [await Tenant.of(local_cloud) for _ in range(3)]
    for each in tenants:
        await each.reply(f"{service}/Send", request_)
    clock.advance(3600)
    young = [(await each.reply(f"{service}/Send", request_))["id"] for each in tenants]
    both = await storage(tenants[0])
    clock.advance(KEPT_S - 3601)
    await retention(local_cloud).step()
    assert [len(await listed(each, service)) for each in tenants] == [2, 2, 2]
    clock.advance(1)
    await retention(local_cloud).step()
    assert [await listed(each, service) for each in tenants] == [[each] for each in young]
    assert await storage(tenants[0]) == (1, both[1] // 2)
    clock.advance(3600)
    for each in tenants:  # now without being asked to
        await comes_to(each, service, 0)
        assert await storage(each) == (0, 0)


async def test_what_became_of_a_message_goes_with_it_and_who_gets_no_mail_still_gets_none(
    local_cloud: LocalCloud, clock: ManualClock
):
    tenant = await Tenant.of(local_cloud)
    sent = (await tenant.reply("email/Send", MAIL))["id"]
    owner = next(iter(await local_cloud.application.sql.keepers("email", "", 1)))
    sql = local_cloud.application.sql.bound(owner)
    bounced = Told(message=sent, provider_id="", address="ada@example.com", state="complained", note="")
    await Outcomes(sql, clock).told("outbox", [bounced])
    await tenant.reply("email/Suppress", {"address": "bob@example.com"})
    await tenant.reply("email/SaveTemplate", {"name": "t", "subject": "s", "text_body": "b"})
    assert len((await tenant.reply("email/Read", {"id": sent}))["outcomes"]) == 1
    clock.advance(KEPT_S)
    await comes_to(tenant, "email", 0)
    assert await sql.rows("SELECT message FROM email_outcomes WHERE project = ?1") == []
    suppressed = (await tenant.reply("email/ListSuppressions", {}))["suppressions"]
    assert [each["address"] for each in suppressed] == ["ada@example.com", "bob@example.com"]
    assert (await storage(tenant))[0] == 1  # the template
    await Outcomes(sql, clock).told("outbox", [bounced])  # told when nobody asks any more
    assert await sql.rows("SELECT message FROM email_outcomes WHERE project = ?1") == []


@SENDS
async def test_a_few_are_removed_at_a_time_and_it_is_gone_on_with_when_it_was_cut_short(
    local_cloud: LocalCloud,
    clock: ManualClock,
    service: str,
    request_: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
):
    tenant = await Tenant.of(local_cloud)
    for _ in range(5):
        await tenant.reply(f"{service}/Send", request_)
    (owner,) = await local_cloud.application.sql.keepers(service, "", 10)
    for module in (mail, texts):
        monkeypatch.setattr(module, "FORGOTTEN_AT_ONCE", 2)
    kept = {"email": Mail, "sms": Texts}[service](local_cloud.application.sql.bound(owner), clock)
    size = (await storage(tenant))[1] // 5
    left: list[tuple[int, int]] = []
    while await kept.forget_before(clock.now_ns()):
        left.append(await storage(tenant))
    assert left == [(3, 3 * size), (1, size), (0, 0)]


async def test_large_messages_are_removed_one_by_one(
    local_cloud: LocalCloud, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    tenant = await Tenant.of(local_cloud)
    for _ in range(3):
        await tenant.reply("email/Send", MAIL)
    monkeypatch.setattr(mail, "FORGOTTEN_BYTES", 10)
    (owner,) = await local_cloud.application.sql.keepers("email", "", 10)
    kept = Mail(local_cloud.application.sql.bound(owner), clock)
    assert await kept.forget_before(clock.now_ns())
    assert len(await listed(tenant, "email")) == 2


@SENDS
async def test_several_gateways_remove_each_message_once(
    local_cloud: LocalCloud, clock: ManualClock, service: str, request_: dict[str, Any]
):
    tenants = [await Tenant.of(local_cloud) for _ in range(4)]
    for each in tenants:
        for _ in range(5):
            await each.reply(f"{service}/Send", request_)
    clock.advance(KEPT_S)
    await asyncio.gather(*(retention(local_cloud).step() for _ in range(3)))
    for each in tenants:
        await comes_to(each, service, 0)
        assert await storage(each) == (0, 0)


async def test_a_project_that_fails_keeps_no_other_waiting(
    local_cloud: LocalCloud, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    tenants = [await Tenant.of(local_cloud) for _ in range(3)]
    for each in tenants:
        await each.reply("sms/Send", TEXT)
    first, *_ = await local_cloud.application.sql.keepers("sms", "", 10)
    whole = Texts.forget_before

    async def failing(self: Texts, moment_ns: int) -> bool:
        if getattr(self._sql, "project", "") == first:
            raise Unavailable("not now")
        return await whole(self, moment_ns)

    monkeypatch.setattr(Texts, "forget_before", failing)
    clock.advance(KEPT_S)
    with pytest.raises(Unavailable):
        await retention(local_cloud).step()
    left = [len(await listed(each, "sms")) for each in tenants]
    assert sorted(left) == [0, 0, 1]
    monkeypatch.undo()
    await retention(local_cloud).step()
    assert [len(await listed(each, "sms")) for each in tenants] == [0, 0, 0]


async def test_projects_are_found_page_by_page(local_cloud: LocalCloud):
    keepers = local_cloud.application.sql.keepers
    for _ in range(3):
        await (await Tenant.of(local_cloud)).reply("sms/Send", TEXT)
    found = await keepers("sms", "", 10)
    assert len(found) == 3
    assert found == sorted(found)
    assert await keepers("sms", found[0], 1) == [found[1]]
    assert await keepers("sms", found[2], 1) == []
    assert await keepers("email", "", 10) == []


@pytest.mark.parametrize("promise", [Email, Sms])
def test_the_documentation_says_for_how_long(promise: type):
    assert DAY_NS == 86_400 * 10**9
    assert f"kept for {KEPT_DAYS} days" in " ".join((promise.__doc__ or "").split())
