"""Everything that is kept of a project or an account can be taken along, and no secret with it."""

import base64
import json
from typing import Any

import pytest

from brickyard.contract import usd
from brickyard.engines.sql.erase import OWN
from brickyard.engines.sql.postgres.engine import PRIMARY_KEYS as POSTGRES_KEYS
from brickyard.engines.sql.sqlite import PRIMARY_KEYS as SQLITE_KEYS
from brickyard.platform.billing.movements import Movement
from brickyard.platform.export import export
from cloud import LocalCloud
from database import look
from signed_in import PLATFORM, Person, with_key

OURS = {
    "migrations": "which steps were run",
    "migration_lock": "who runs them just now, on PostgreSQL",
    "epochs": "what gateways compare to know of changes",
    "stored": "sums of what is exported",
    "idempotency": "replies kept for a day, in case a call is made again",
    "usage_batches": "calls about to be counted: an export counts them first",
    "usage_hints": "which calls are about to be counted",
    "db_index_entries": "derived from records",
    "db_unique_keys": "derived from records",
    "db_purges": "ids of tables that were dropped",
    "event_leases": "which listener has which event just now",
    "email_recipients": "derived from messages",
    "email_sender_codes": "hashes of codes",
    "outgoing": "attempts at deliveries, told with them, and at the cloud's own letters",
    "mail_outbox": "letters that let people sign in; a project's mail is in email_messages",
    "codes": "hashes of codes",
    "recovery_codes": "hashes of codes",
    "attempts": "failed attempts, by hashes",
    "mail_unasked": "how many codes were sent, by hashes of addresses",
    "limit_counts": "what gateways tell one another of the last seconds",
    "master_keys": "names of the cloud's keys",
    "provider_turns": "whose turn it is to ask a provider",
    "flags": "the operator's",
    "switches": "the operator's",
    "billing_directory": "which accounts there are",
    "billing_holds": "what calls under way may cost; what they did cost is in the transactions",
    "audit_guard": "which steps were run",
}
"""Tables that are not exported, and why."""

Lines = list[dict[str, Any]]


async def exported(person: Person, project: str, cursor: str = "") -> Lines:
    """Export a project by a plain POST; gives its lines."""
    response = await person.post("project/Export", {"project": project, "cursor": cursor})
    assert response.status_code == 200, response.text
    return lines_of(response.text)


def lines_of(text: str) -> Lines:
    """Read JSON objects that follow one another, with white space around where they were waited for."""
    decoder, lines, text = json.JSONDecoder(), [], text.lstrip()
    while text:
        line, end = decoder.raw_decode(text)
        lines.append(line)
        text = text[end:].lstrip()
    return lines


def rows_of(lines: Lines, table: str, environment: str = "live") -> Lines:
    return [each["row"] for each in lines if (each["table"], each["environment"]) == (table, environment)]


async def filled(cloud: LocalCloud, ada: Person) -> tuple[str, list[str]]:
    """Make a project with something in every building block; gives it, and its secrets."""
    project = await ada.project("full")
    secrets: list[str] = []
    for environment in ("live", "test"):
        made = await ada.call("key/Create", {"project": project, "environment": environment})
        secrets.append(made["key"])
        for path, body in {
            "db/Create": {"table": "people", "id": "1", "record": {"name": environment, "big": 2**60 + 1}},
            "cache/Set": {"key": "a", "value": environment},
            "event/Publish": {"topic": "t", "message": {"n": 1}},
            "sms/Send": {"from": "Shop", "to": "+447400123456", "message": "Hello."},
            "email/SaveTemplate": {"name": "welcome", "subject": "Hi", "text_body": "Hello {{name}}."},
            "email/Suppress": {"address": "nobody@example.com"},
        }.items():
            response = await with_key(cloud, made["key"], path, body)
            assert response.status_code == 200, f"{path}: {response.text}"
    credentials = {"app_id": "a-secret-of-a-provider"}
    given = {"project": project, "service": "currency", "provider": "open_exchange_rates"}
    await ada.call("provider/Set", {**given, "credentials": credentials})
    await ada.call("project/Invite", {"project": project, "email": "bob@example.com"})
    return project, [*secrets, "a-secret-of-a-provider"]


async def test_every_table_is_exported_or_ours(local_cloud: LocalCloud):
    engine = local_cloud.application.sql
    keys = SQLITE_KEYS if engine.bound(PLATFORM).dialect == "sqlite" else POSTGRES_KEYS
    tables = {row[0] for row in look(engine, keys)}
    told = {each.table for each in local_cloud.application.export_of.tables}
    assert len(tables) > 50
    assert tables - told - OURS.keys() - OWN == set()
    assert told & OURS.keys() == set()
    assert told - tables == set()


async def test_what_is_exported_is_no_secret(local_cloud: LocalCloud):
    for table in local_cloud.application.export_of.tables:
        for column in (*table.columns, *table.computed):
            assert column not in {"hash", "secret", "secrets", "sealed", "former", "public_key", "once"}, (
                table
            )


async def test_a_project_is_exported_whole_and_without_secrets(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project, secrets = await filled(local_cloud, ada)
    await filled(local_cloud, bob)
    lines = await exported(ada, project)
    for environment in ("live", "test"):
        (record,) = rows_of(lines, "db_records", environment)
        assert record["table"] == "people"
        assert record["data"] == {"id": "1", "name": environment, "big": 2**60 + 1}
        (entry,) = rows_of(lines, "cache_entries", environment)
        assert entry == {"key": "a", "value": environment, "expires_at": None}
        assert [each["message"] for each in rows_of(lines, "event_messages", environment)] == [{"n": 1}]
        assert [each["body"] for each in rows_of(lines, "sms_messages", environment)] == ["Hello."]
        assert [each["name"] for each in rows_of(lines, "email_templates", environment)] == ["welcome"]
        calls = {each["call"] for each in rows_of(lines, "usage_log", environment)}
        assert {"db.create", "cache.set"} <= calls
        assert rows_of(lines, "usage_counts", environment)
    assert [each["name"] for each in rows_of(lines, "projects", "")] == ["full"]
    assert [each["role"] for each in rows_of(lines, "members", "")] == ["owner"]
    assert len(rows_of(lines, "keys", "")) == 2
    assert [each["email"] for each in rows_of(lines, "invitations", "")] == ["bob@example.com"]
    assert rows_of(lines, "provider_credentials")[0]["provider"] == "open_exchange_rates"
    assert "key.create" in {each["endpoint"] for each in rows_of(lines, "audit", "")}
    text = json.dumps(lines)
    assert [each for each in secrets if each in text] == []
    assert bob.account not in text


async def test_mail_is_exported_as_it_was_sent(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    await local_cloud.application.sql.bound(project).run(
        "INSERT INTO email_messages (project, id, once, recipients, subject, source, state, provider,"
        " provider_id, note, created_ns) VALUES (?1, 'eml_1', 'x', '[]', 'Hi', ?2, 'sent', '', '', '', 1)",
        b"From: a\r\n\r\nHello \xff",
    )
    (mail,) = rows_of(await exported(ada, project), "email_messages")
    assert base64.b64decode(mail["source"]) == b"From: a\r\n\r\nHello \xff"


async def test_an_export_goes_on_after_any_row(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project, _ = await filled(local_cloud, ada)
    lines = await exported(ada, project)
    assert len(lines) > 30
    for number, line in enumerate(lines, start=1):
        assert await exported(ada, project, line["cursor"]) == lines[number:]


async def test_more_than_a_page_is_read_page_by_page(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(export, "PAGE_BYTES", 2_000)
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    sql = local_cloud.application.sql.bound(project)
    await sql.transact(
        lambda transaction: transaction.run_many(
            "INSERT INTO cache_entries (project, key, value) VALUES (?1, ?2, ?3)",
            [(f"{number:04}", "x" * 100) for number in range(1_300)],
        )
    )
    whole = local_cloud.application.export_of
    sizes: list[int] = []
    page_of = whole._page

    async def counted(*given: Any) -> Any:
        page = await page_of(*given)
        sizes.append(len(page.rows))
        return page

    monkeypatch.setattr(whole, "_page", counted)
    keys = [each["key"] for each in rows_of(await exported(ada, project), "cache_entries")]
    assert keys == [f"{number:04}" for number in range(1_300)]
    assert 1 < max(sizes) < 30
    monkeypatch.setattr(export, "PAGE_BYTES", 10**9)
    sizes.clear()
    assert len(rows_of(await exported(ada, project), "cache_entries")) == 1_300
    assert max(sizes) == export.PAGE_ROWS


async def test_only_the_owner_exports_and_in_person(local_cloud: LocalCloud):
    ada, bob = await Person.of(local_cloud, "ada"), await Person.of(local_cloud, "bob")
    project = await ada.project()
    made = await ada.call("key/Create", {"project": project, "scopes": ["*", "project"]})
    assert (await bob.post("project/Export", {"project": project})).status_code == 404
    await bob.joins(project, "admin")
    assert (await bob.post("project/Export", {"project": project})).status_code == 403
    assert (
        await with_key(local_cloud, made["key"], "project/Export", {"project": project})
    ).status_code == 403


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "W10",
        "bnVsbA==",
        *(
            base64.urlsafe_b64encode(json.dumps(each).encode()).decode()
            for each in (
                [9, 0, [], 0],
                [-1, 0, [], 0],
                [0, 99, [], 0],
                [0, 0, [1], 0],
                [0, 0, ["a", "b"], 0],
                [0, 0, ["\0"], 0],
                [0, 0, [2**70], 0],
                [0, 0, [], -1],
            )
        ),
    ],
)
async def test_what_is_no_cursor_is_refused(local_cloud: LocalCloud, cursor: str):
    ada = await Person.of(local_cloud, "ada")
    refused = await ada.post("project/Export", {"project": await ada.project(), "cursor": cursor})
    assert refused.status_code == 400, refused.text
    assert refused.json()["errors"][0]["pointer"] == "/cursor"


async def test_an_account_takes_its_books_along_page_by_page(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    ada = await Person.of(local_cloud, "ada")
    for number in range(5):
        await local_cloud.application.books.move(
            ada.account, "grant", Movement(amount=usd("5"), reason=f"a test {number}")
        )
    whole = await ada.call("account/Export")
    assert whole["next_cursor"] == ""
    assert [each["amount"] for each in whole["data"]["billing_transactions"]] == ["5"] * 5
    assert whole["data"]["account"][0]["id"] == ada.account
    assert {"payments", "billing_caps", "billing_channels", "audit"} <= whole["data"].keys()
    monkeypatch.setattr(export, "REPLY_ROWS", 2)
    pages, cursor = [], ""
    while not pages or cursor:
        pages.append(await ada.call("account/Export", {"cursor": cursor}))
        cursor = pages[-1]["next_cursor"]
    for table, rows in whole["data"].items():
        assert [row for page in pages for row in page["data"][table]] == rows
    assert max(sum(map(len, page["data"].values())) for page in pages) == 2
