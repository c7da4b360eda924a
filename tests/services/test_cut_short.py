"""A call that is cut short after any of its commits is done once for who repeats it, and answered as ever."""

from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from account_examples import knows_alices_provider
from brickyard.contract import Endpoint, Example
from brickyard.engines.clock import ManualClock
from brickyard.platform.idempotency.claim import LEASE_NS
from brickyard.settings import Settings
from cloud import LocalCloud, serving
from database import database, look
from example_calls import CALLS, asked, settled
from outside import Outside
from power_cut import Fuse, PowerCut

COMMITS_MAX = 20
CHANGING = {
    name: (each, example)
    for name, (each, example) in CALLS.items()
    if each.declaration.repeat != "safe" and each.name != "Logout"  # after which nobody is there to repeat it
}
SENDING = frozenset(("email.send", "sms.send"))
KEPT = {name: call for name, call in CHANGING.items() if call[0].id not in SENDING}
SENT = {name: call for name, call in CHANGING.items() if call[0].id in SENDING}
TABLES = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table'",
    "postgres": "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
}
UNCOUNTED = frozenset(
    ("attempts", "limit_counts", "usage_batches", "usage_counts", "usage_hints", "usage_log")
)
"""What counts attempts and calls: more were made of one that was cut short, or fewer were finished."""
UNLIKE = {
    "db.droptable": {"db_purges", "db_records"},  # what is removed afterwards
    "db.dropindex": {"db_purges"},
    "email.addsender": {
        "email_sender_codes",
        "mail_outbox",
        "mail_unasked",
    },  # another letter, before any effect
}
"""Tables that may have other rows after a cut."""


class Seen(NamedTuple):
    """What a call was answered, and how many rows there are in each table then."""

    status: int
    reply: dict[str, Any]
    rows: dict[str, int]


@pytest.fixture
def settings(paying_settings: Settings, outside: Outside) -> Settings:
    """A cloud in which every example can be made."""
    return outside.reached_by(paying_settings)


@pytest.mark.parametrize(("endpoint", "example"), KEPT.values(), ids=list(KEPT))
async def test_a_call_that_was_cut_short_is_done_once(
    endpoint: Endpoint,
    example: Example,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    *cut, whole = await cut_everywhere(endpoint, example, settings, tmp_path, monkeypatch)
    assert whole.status == 200
    assert [(each.status, each.reply) for each in cut] == [(whole.status, whole.reply)] * len(cut)
    assert [more(each, whole) - UNLIKE.get(endpoint.id, set()) for each in cut] == [set()] * len(cut)


@pytest.mark.parametrize(("endpoint", "example"), SENT.values(), ids=list(SENT))
async def test_what_was_cut_short_while_it_acted_outside_is_not_tried_again(
    endpoint: Endpoint,
    example: Example,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    *cut, whole = await cut_everywhere(endpoint, example, settings, tmp_path, monkeypatch)
    told = {(each.status, each.reply.get("type", "")) for each in cut}
    assert told == {(200, ""), (502, "/docs/errors#outcome-unknown")}
    assert [more(each, whole) - {"idempotency"} for each in cut] == [set()] * len(cut)


async def cut_everywhere(
    endpoint: Endpoint, example: Example, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Seen]:
    """Make a call again and again in clouds of its own, cut short one commit later each time.

    Gives what was seen each time; the last one was not cut short.
    """
    seen = list[Seen]()
    for at in range(1, COMMITS_MAX):
        home = folder / str(at)
        own = replace(settings, home=home, database_url=database.url(home))
        found, whole = await repeated(endpoint, example, own, at, monkeypatch)
        seen.append(found)
        if whole:
            break
    assert 2 < len(seen) < COMMITS_MAX - 1  # the claim, the effect with its reply, and no cut
    return seen


async def repeated(
    endpoint: Endpoint, example: Example, settings: Settings, at: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[Seen, bool]:
    """Make a call that is cut short, and again; gives what is seen, and whether it was not cut at all."""
    path, clock, first = f"{endpoint.service}/{endpoint.name}", ManualClock(), None
    with suppress(PowerCut):
        async with serving(settings, clock) as cloud:
            headers, request = await asked(cloud, endpoint, example)
            cloud.application.desk.letters._mail = cloud.application.mail
            settings = replace(
                settings, port=int(cloud.address.rpartition(":")[2])
            )  # passkeys are for one site
            with monkeypatch.context() as patch:
                first = await Fuse(cloud, at, patch).post(path, request, headers)
    clock.advance(LEASE_NS / 1e9)
    async with serving(settings, clock) as cloud:
        knows_alices_provider(cloud)
        again = await cloud.post(path, request, headers=headers)
        if first is not None:
            assert again.content == first.content
        seen = Seen(again.status_code, settled(again.json(), example.varying), counted(cloud))
        await check_token(cloud, again.json().get("token"))
        return seen, first is not None


def counted(cloud: LocalCloud) -> dict[str, int]:
    engine = cloud.application.sql
    names = sorted(row[0] for row in look(engine, TABLES[database.kind]))
    return {
        name: look(engine, f"SELECT count(*) FROM {name}")[0][0] for name in names if name not in UNCOUNTED
    }


def more(cut: Seen, whole: Seen) -> set[str]:
    """Give the tables that have more rows than without a cut, or fewer."""
    return {name for name, rows in cut.rows.items() if rows != whole.rows[name]}


async def check_token(cloud: LocalCloud, token: str | None) -> None:
    """See that a session is open whose token was given."""
    if token:
        headers = {"Authorization": f"Bearer {token}"}
        assert (await cloud.post("account/Get", headers=headers)).status_code == 200
