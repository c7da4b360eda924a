"""Master keys change: whatever is sealed opens all the time, and in the end by the newest key alone."""

import asyncio
import base64
import binascii
import itertools
from collections.abc import Awaitable, Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from brickyard.app import Application
from brickyard.contract import Context
from brickyard.engines.clock import ManualClock
from brickyard.engines.seal import resealing
from brickyard.engines.seal.file import KEY_BYTES, KEYS_MAX
from brickyard.engines.webhook import Delivery
from brickyard.engines.webhook.signature import new_secret
from brickyard.platform.admin import rotation
from brickyard.platform.key.schema import PLATFORM
from brickyard.platform.provider.store import Place as ProviderPlace
from brickyard.settings import Settings
from cloud import LocalCloud, ProcessCloud
from database import database
from eventually import eventually
from everything import everything
from signed_in import A_CALL, Person
from tenant import Tenant

NOBODY = "https://hooks.example/"
CREDENTIALS = {"service": "currency", "provider": "open_exchange_rates", "credentials": {"app_id": "a" * 32}}
HOUR_S = rotation.QUIET_NS / 1e9
OPERATOR = Context("req_test", "", "", (), "", endpoint="admin.rotatemasterkey")


class Holdings:
    """Something sealed of every kind, and whether it still opens."""

    def __init__(self, application: Application, clock: ManualClock) -> None:
        self._application, self._clock = application, clock
        self._totp: dict[str, str] = {}
        self._delivery = ""
        self.owners: set[str] = set()
        """For whom values are sealed."""

    async def seal(self, name: str) -> None:
        await self._seal_credentials(name)
        await self._seal_authenticators(name)
        await self._seal_channels(name)
        await self._seal_delivery()

    async def open(self, name: str) -> None:
        holdings = await self._application.provider_store.read(f"prj_{name}", "currency")
        assert holdings.own["open_exchange_rates"].values == {"app_id": name}
        await self.use_code(name)
        kept = await self._application.webhooks.deliveries.find(self._delivery)
        assert kept.secrets == self._secrets
        found = await self._application.notifier.channels(f"acc_{name}")
        for each in (found.secret, found.former):
            assert self._application.seal.open(each, f"acc_{name}").startswith(b"whsec_")

    async def use_code(self, name: str, meanwhile: Callable[[], Awaitable[object]] | None = None) -> None:
        use = self._application.desk.authenticator.use_of(A_CALL, f"acc_{name}", self._code(name))
        if meanwhile is not None:
            await meanwhile()
        await self._application.sql.bound(PLATFORM).transact(use)
        self._clock.advance(30)

    async def confirm(self, name: str) -> None:
        await self._application.desk.authenticator.confirm(A_CALL, f"acc_{name}", self._code(name))
        self._clock.advance(30)

    async def _seal_credentials(self, name: str) -> None:
        place = ProviderPlace(f"prj_{name}", "currency")
        await self._application.provider_store.set(A_CALL, place, "open_exchange_rates", {"app_id": name})
        sql = self._application.sql.bound(PLATFORM)
        for (made,) in await sql.rows("SELECT id FROM provider_credentials WHERE project = ?1"):
            self.owners.add(f"provider|prj_{name}|currency|open_exchange_rates|{made}")

    async def _seal_authenticators(self, name: str) -> None:
        for account in (name, f"{name}_pending"):
            proposed = await self._application.desk.authenticator.propose(f"acc_{account}", "x")
            self._totp[account] = proposed.secret
            self.owners.add(f"acc_{account}")
        await self.confirm(name)

    async def _seal_channels(self, name: str) -> None:
        for _ in range(2):
            await self._application.notifier.deliver_to(A_CALL, f"acc_{name}", NOBODY)

    async def _seal_delivery(self) -> None:
        self._secrets = (new_secret(),)
        delivery = Delivery(url=NOBODY, body=b"{}", secrets=self._secrets)
        self._delivery = await self._application.webhooks.bound("prj_a").deliver(delivery)
        self.owners.add(self._delivery)

    def _code(self, name: str) -> str:
        return pyotp.TOTP(self._totp[name]).at(self._clock.now_ns() // 10**9)


def forms(value: Any) -> Iterator[bytes]:
    """What a value may be the text of."""
    if isinstance(value, bytes):
        yield value
    if isinstance(value, str):
        for read in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
            try:
                yield read(value)
            except (ValueError, binascii.Error):
                continue


async def sealed_by(application: Application, keys: bytes, owners: Collection[str]) -> int:
    """How many values, in all tables, any of these keys opens."""
    ciphers = [AESGCM(keys[at : at + KEY_BYTES]) for at in range(0, len(keys), KEY_BYTES)]
    found = (await everything(application)).values()
    candidates = [form for values in found for value in values for form in forms(value) if len(form) >= 28]
    return sum(
        opens(cipher, form, owner) for cipher, form, owner in itertools.product(ciphers, candidates, owners)
    )


def opens(cipher: AESGCM, sealed: bytes, owner: str) -> bool:
    try:
        cipher.decrypt(sealed[:12], sealed[12:], owner.encode())
    except InvalidTag:
        return False
    return True


@pytest.fixture
def holdings(local_cloud: LocalCloud, clock: ManualClock) -> Holdings:
    return Holdings(local_cloud.application, clock)


def keys_of(cloud: LocalCloud) -> bytes:
    return (cloud.application.home / "secret").read_bytes()


KINDS = 6
"""Credentials, an authenticator, one that waits, a delivery, and an account's secret with the former one."""


async def test_after_two_changes_everything_opens_by_the_newest_key_alone(
    local_cloud: LocalCloud, holdings: Holdings, clock: ManualClock
):
    application = local_cloud.application
    await holdings.seal("ada")
    first = keys_of(local_cloud)
    assert await sealed_by(application, first, holdings.owners) == KINDS  # so that it would be found

    await local_cloud.call("admin/RotateMasterKey")
    await holdings.open("ada")
    await local_cloud.call("admin/RotateMasterKey")
    await holdings.open("ada")
    keys = keys_of(local_cloud)
    assert len(keys) == 3 * KEY_BYTES
    assert keys.endswith(first)
    newest, older = keys[:KEY_BYTES], keys[KEY_BYTES:]

    async def is_done() -> bool:
        return await sealed_by(application, newest, holdings.owners) == KINDS

    await eventually(is_done)
    assert await sealed_by(application, older, holdings.owners) == 0

    clock.advance(HOUR_S)
    assert await local_cloud.call("admin/DropMasterKeys") == {"dropped": 2, "unreadable": 0}
    assert keys_of(local_cloud) == newest
    await holdings.open("ada")
    await holdings.seal("eve")
    await holdings.open("eve")
    assert await sealed_by(application, older, holdings.owners) == 0


async def test_a_code_is_good_though_its_secret_is_sealed_anew_while_it_is_looked_at(
    local_cloud: LocalCloud, holdings: Holdings
):
    await holdings.seal("ada")
    first = keys_of(local_cloud)

    async def seal_anew() -> None:
        await local_cloud.call("admin/RotateMasterKey")
        await local_cloud.application.rotation._resealing.run()

    await holdings.use_code("ada", meanwhile=seal_anew)
    assert await sealed_by(local_cloud.application, first, {"acc_ada"}) == 0


async def test_a_second_factor_that_waits_is_confirmed_after_a_change(
    local_cloud: LocalCloud, holdings: Holdings, monkeypatch: pytest.MonkeyPatch
):
    application = local_cloud.application
    await holdings.seal("ada")
    first = keys_of(local_cloud)

    async def nothing() -> int:
        return 2**62

    monkeypatch.setattr(resealing.Resealing, "run", nothing)  # a call comes before the background
    await local_cloud.call("admin/RotateMasterKey")
    before = await sealed_by(application, first, {"acc_ada_pending"})
    await holdings.confirm("ada_pending")
    assert (before, await sealed_by(application, first, {"acc_ada_pending"})) == (1, 0)


async def test_old_keys_stay_for_an_hour_as_calls_may_have_sealed_with_them(
    local_cloud: LocalCloud, clock: ManualClock
):
    changed = await local_cloud.call("admin/RotateMasterKey")
    clock.advance(HOUR_S - 1)
    refused = await local_cloud.post("admin/DropMasterKeys")
    assert refused.status_code == 409
    assert changed["drop_from"] in refused.json()["detail"]
    clock.advance(1)
    assert (await local_cloud.call("admin/DropMasterKeys"))["dropped"] == 1
    assert (await local_cloud.call("admin/DropMasterKeys"))["dropped"] == 0


async def test_what_was_sealed_just_before_a_change_and_written_after_it_is_found_before_keys_are_dropped(
    local_cloud: LocalCloud, holdings: Holdings, clock: ManualClock
):
    application = local_cloud.application
    await holdings.seal("ada")
    sql = application.sql.bound(PLATFORM)
    ((late,),) = await sql.rows("SELECT secret FROM authenticators WHERE project = ?1")
    old = keys_of(local_cloud)
    await local_cloud.call("admin/RotateMasterKey")

    async def is_done() -> bool:
        return await sealed_by(application, old, holdings.owners) == 0

    await eventually(is_done)
    await sql.run("UPDATE authenticators SET secret = ?2 WHERE project = ?1", late)
    clock.advance(HOUR_S)
    assert (await local_cloud.call("admin/DropMasterKeys"))["dropped"] == 1
    assert await is_done()
    await holdings.open("ada")


class CutShortError(Exception):
    """The process ends here, as far as the database can tell."""


async def test_cut_short_after_any_value_it_is_gone_on_with(
    local_cloud: LocalCloud, holdings: Holdings, monkeypatch: pytest.MonkeyPatch
):
    application = local_cloud.application
    await holdings.seal("ada")
    await holdings.seal("eve")
    all_of_them = 2 * KINDS
    monkeypatch.setattr(resealing, "BATCH", 1)
    work = application.rotation._resealing
    again, left = work._seal.again, 0

    async def until_cut_short(sealed: bytes, owner: str) -> bytes | None:
        nonlocal left
        left -= 1
        if left < 0:
            raise CutShortError
        return await again(sealed, owner)

    monkeypatch.setattr(work._seal, "again", until_cut_short)
    old = keys_of(local_cloud)
    await application.rotation.rotate(OPERATOR)
    for left in range(all_of_them):
        already = left
        with pytest.raises(CutShortError):
            await work.run()
        assert await sealed_by(application, old, holdings.owners) == all_of_them - already
    left = all_of_them
    await work.run()
    assert await sealed_by(application, old, holdings.owners) == 0


async def test_what_a_call_changes_meanwhile_is_not_undone(
    local_cloud: LocalCloud, holdings: Holdings, monkeypatch: pytest.MonkeyPatch
):
    application = local_cloud.application
    await holdings.seal("ada")
    work = application.rotation._resealing
    again, calls = work._seal.again, 0
    newest = ""

    async def while_it_is_changed(sealed: bytes, owner: str) -> bytes | None:
        nonlocal calls, newest
        anew = await again(sealed, owner)
        calls += 1
        if owner == "acc_ada" and anew is not None and not newest:
            newest = "being changed"
            newest = (await application.notifier.deliver_to(A_CALL, "acc_ada", NOBODY)).secret
            place = ProviderPlace("prj_ada", "currency")
            await application.provider_store.set(A_CALL, place, "open_exchange_rates", {"app_id": "another"})
        return anew

    await application.rotation.rotate(OPERATOR)
    monkeypatch.setattr(work._seal, "again", while_it_is_changed)
    await work.run()
    found = await application.notifier.channels("acc_ada")
    assert application.seal.open(found.secret, "acc_ada").decode() == newest
    kept = await application.provider_store.read("prj_ada", "currency")
    assert kept.own["open_exchange_rates"].values == {"app_id": "another"}


async def test_a_value_that_no_key_opens_is_counted_and_keeps_nothing_from_ending(
    local_cloud: LocalCloud, holdings: Holdings, clock: ManualClock
):
    await holdings.seal("ada")
    sql = local_cloud.application.sql.bound(PLATFORM)
    await sql.run("UPDATE provider_credentials SET sealed = ?2 WHERE project = ?1", b"x" * 60)
    await local_cloud.call("admin/RotateMasterKey")
    clock.advance(HOUR_S)
    assert await local_cloud.call("admin/DropMasterKeys") == {"dropped": 1, "unreadable": 1}


async def test_a_full_file_takes_no_more_keys(local_cloud: LocalCloud, clock: ManualClock):
    for _ in range(KEYS_MAX - 1):
        await local_cloud.call("admin/RotateMasterKey")
    refused = await local_cloud.post("admin/RotateMasterKey")
    assert refused.status_code == 409
    assert "DropMasterKeys" in refused.json()["detail"]
    assert len(keys_of(local_cloud)) == KEYS_MAX * KEY_BYTES
    clock.advance(HOUR_S)
    assert (await local_cloud.call("admin/DropMasterKeys"))["dropped"] == KEYS_MAX - 1
    await local_cloud.call("admin/RotateMasterKey")


async def test_a_key_that_was_added_seals_once_it_is_changed_to(local_cloud: LocalCloud):
    before = keys_of(local_cloud) if (local_cloud.application.home / "secret").exists() else b""
    added = (await local_cloud.call("admin/AddMasterKey"))["key"]
    assert (await local_cloud.call("admin/AddMasterKey"))["key"] == added
    sealed = await local_cloud.application.seal.close(b"old", "a")
    keys = keys_of(local_cloud)
    assert keys.endswith(before)
    assert opens(AESGCM(keys[KEY_BYTES:]), sealed, "a")
    assert (await local_cloud.call("admin/RotateMasterKey"))["key"] == added
    assert keys_of(local_cloud) == keys
    assert opens(AESGCM(keys[:KEY_BYTES]), await local_cloud.application.seal.close(b"new", "a"), "a")


async def test_a_change_cut_short_between_the_file_and_the_database_is_gone_on_with(local_cloud: LocalCloud):
    seal = local_cloud.application.seal
    await seal.close(b"old", "a")
    waiting = seal.file.add()
    old = await seal.close(b"still by the old one", "a")
    assert opens(AESGCM(keys_of(local_cloud)[KEY_BYTES:]), old, "a")
    assert (await local_cloud.call("admin/RotateMasterKey"))["key"] == waiting
    assert len(keys_of(local_cloud)) == 2 * KEY_BYTES


@pytest.mark.only_on("postgres", "a SQLite file is one gateway's")
class TestTwoGateways:
    @pytest.fixture
    def gateway(
        self, local_cloud: LocalCloud, settings: Settings, clock: ManualClock, tmp_path: Path
    ) -> Iterator[Callable[[], Application]]:
        """Makes another gateway on the same database, with a copy of the file."""
        made: list[Application] = []

        def make() -> Application:
            home = tmp_path / "other"
            home.mkdir()
            (home / "secret").write_bytes(keys_of(local_cloud))
            made.append(Application(replace(settings, home=home), clock))
            return made[-1]

        yield make
        for each in made:
            each.close()

    async def test_one_without_the_key_seals_nothing_by_an_old_one_and_says_what_to_do(
        self, local_cloud: LocalCloud, gateway: Callable[[], Application]
    ):
        from brickyard.contract import Unavailable

        await local_cloud.application.seal.close(b"first", "a")
        other = gateway()
        assert local_cloud.application.seal.open(await other.seal.close(b"x", "a"), "a") == b"x"
        changed = await local_cloud.call("admin/RotateMasterKey")
        with pytest.raises(Unavailable, match=changed["key"]):
            await other.seal.close(b"y", "a")
        (other.home / "secret").write_bytes(keys_of(local_cloud))
        assert local_cloud.application.seal.open(await other.seal.close(b"y", "a"), "a") == b"y"

    async def test_with_copies_of_an_added_key_no_call_fails_and_both_forget_the_old_one(
        self, local_cloud: LocalCloud, gateway: Callable[[], Application], clock: ManualClock
    ):
        await local_cloud.application.seal.close(b"first", "a")
        await local_cloud.call("admin/AddMasterKey")
        other = gateway()
        old = await other.seal.close(b"x", "a")
        await local_cloud.call("admin/RotateMasterKey")
        new = await other.seal.close(b"y", "a")
        newest = AESGCM(keys_of(local_cloud)[:KEY_BYTES])
        assert (opens(newest, old, "a"), opens(newest, new, "a")) == (False, True)
        clock.advance(HOUR_S)
        await local_cloud.call("admin/DropMasterKeys")
        await other.rotation._resealing.step()
        assert (other.home / "secret").read_bytes() == keys_of(local_cloud)
        with pytest.raises(InvalidTag):
            other.seal.open(old, "a")

    async def test_both_may_seal_anew_at_once(
        self, local_cloud: LocalCloud, gateway: Callable[[], Application], clock: ManualClock
    ):
        holdings = Holdings(local_cloud.application, clock)
        for name in ("ada", "eve", "bob"):
            await holdings.seal(name)
        old = keys_of(local_cloud)
        await local_cloud.call("admin/RotateMasterKey")
        other = gateway()
        mine = local_cloud.application.rotation._resealing
        await asyncio.gather(mine.run(), other.rotation._resealing.run())
        assert await sealed_by(local_cloud.application, old, holdings.owners) == 0
        await holdings.open("bob")


async def test_only_operators_change_keys(local_cloud: LocalCloud):
    eve = await Person.of(local_cloud, "eve")
    for endpoint in ("AddMasterKey", "RotateMasterKey", "DropMasterKeys"):
        assert (await eve.post(f"admin/{endpoint}")).status_code == 403


async def test_credentials_are_used_all_the_while(local_cloud: LocalCloud):
    tenant = await Tenant.of(local_cloud)
    await tenant.reply("provider/Set", CREDENTIALS)
    await local_cloud.call("admin/RotateMasterKey")
    listed = await tenant.reply("provider/List", {"service": "currency"})
    assert "project" in {each["set_by"] for each in listed["providers"]}


async def test_killed_right_after_a_change_it_goes_on_when_it_is_started_again(process_cloud: ProcessCloud):
    process_cloud.call("provider/Set", CREDENTIALS)
    process_cloud.call("admin/RotateMasterKey")
    process_cloud.kill()
    keys = (process_cloud.home / "secret").read_bytes()
    assert len(keys) == 2 * KEY_BYTES
    again = Application(Settings(home=process_cloud.home, database_url=database.url(process_cloud.home)))
    ((*place, made),) = await again.sql.bound(PLATFORM).rows(
        "SELECT owner, service, provider, id FROM provider_credentials WHERE project = ?1"
    )
    await again.rotation._resealing.step()
    owners = {"|".join(("provider", *place, made))}
    assert await sealed_by(again, keys[:KEY_BYTES], owners) == 1
    assert await sealed_by(again, keys[KEY_BYTES:], owners) == 0
    again.close()
