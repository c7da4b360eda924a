import asyncio
from collections.abc import Callable
from typing import Any

from brickyard.engines.clock import ManualClock
from people import PASSWORD, Person

WEEK_S = 7 * 24 * 3600


async def project_and_key(person: Person) -> tuple[str, dict[str, str]]:
    project = (await person.call("Export"))["data"]["memberships"][0]["project_id"]
    headers = {"Authorization": f"Bearer {person.token}"}
    made = await person.cloud.post("key/Create", {"project": project}, headers=headers)
    return project, {"Authorization": f"Bearer {made.json()['key']}"}


async def gone(person: Person) -> None:
    """Wait until the background work has deleted the account."""
    own = person.cloud.application.sql.bound("platform")
    async with asyncio.timeout(20):
        while await own.rows("SELECT 1 FROM farewells WHERE project = ?1"):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def test_an_account_is_deleted_after_a_week_with_its_projects_and_keys(ada: Person, clock: ManualClock):
    _, key = await project_and_key(ada)
    await ada.call("Delete")
    assert (await ada.call("Get"))["deletion_at"] is not None
    assert (await ada.cloud.post("helloworld/Call", headers=key)).status_code == 200
    clock.advance(WEEK_S)
    await gone(ada)
    assert not await ada.is_signed_in()
    assert (await ada.post("Login", email=ada.email, password=PASSWORD)).status_code == 401
    assert (await ada.cloud.post("helloworld/Call", headers=key)).status_code == 401


async def test_the_email_is_free_again(ada: Person, clock: ManualClock):
    await ada.call("Delete")
    clock.advance(WEEK_S)
    await gone(ada)
    again = await ada.elsewhere().sign_up()
    assert (await again.call("Get"))["email"] == ada.email


async def test_a_deletion_can_be_taken_back_within_the_week(ada: Person, clock: ManualClock):
    await ada.call("Delete")
    clock.advance(WEEK_S - 60)
    await ada.login()
    await ada.call("Restore")
    clock.advance(120)
    assert (await ada.call("Get"))["deletion_at"] is None
    assert await ada.cloud.application.desk.farewell.carry_out() > 0
    assert await ada.is_signed_in()


async def test_to_ask_again_does_not_put_the_end_off(ada: Person, clock: ManualClock):
    first: dict[str, Any] = await ada.call("Delete")
    clock.advance(600)
    assert await ada.call("Delete") == first


async def test_a_project_with_another_owner_stays(
    ada: Person, person: Callable[..., Person], clock: ManualClock
):
    bob = await person("bob@example.com", "203.0.113.9").sign_up()
    project, key = await project_and_key(ada)
    own = ada.cloud.application.sql.bound("platform")
    account = (await bob.call("Get"))["id"]
    await own.run("INSERT INTO members VALUES (?1, ?2, ?3, 'owner', 0)", project, account)
    await ada.call("Delete")
    clock.advance(WEEK_S)
    await gone(ada)
    assert (await ada.cloud.post("helloworld/Call", headers=key)).status_code == 200


async def test_an_export_holds_what_is_known_and_no_secret(ada: Person):
    data = (await ada.call("Export"))["data"]
    assert data["account"][0]["name"] == data["emails"][0]["email"] == ada.email
    assert [each["address"] for each in data["sessions"]] == [ada.address]
    assert data["sessions"][0]["created_at"].endswith("Z")
    assert "hash" not in str(data)
    assert "secret" not in str(data)


async def test_an_account_is_renamed(ada: Person):
    await ada.call("Update", name="Ada & Co.")
    assert (await ada.call("Get"))["name"] == "Ada & Co."
