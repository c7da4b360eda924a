"""Holds what a cloud has against a ledger of what it acknowledged."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import load
from cloud import ProcessCloud
from database import database
from load import Ledger


def check(cloud: ProcessCloud, ledger: Ledger) -> None:
    """Hold what the cloud has against what it acknowledged."""
    if database.kind == "sqlite":
        check_file(cloud.home / "brickyard.db")
    check_contents(cloud, ledger)
    check_usage(cloud, ledger.answered)


def check_contents(cloud: ProcessCloud, ledger: Ledger) -> None:
    """Hold what is kept for its callers against what it acknowledged."""
    check_records(cloud, ledger)
    check_batches(cloud, ledger)
    check_updates(cloud, ledger)
    check_counter(cloud, ledger)
    check_events(cloud, ledger)


def check_file(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def check_records(cloud: ProcessCloud, ledger: Ledger) -> None:
    found = {record["id"]: record for record in read_all(cloud, ledger.name)}
    assert {key: found.get(key) for key in ledger.records} == ledger.records
    halves = [
        record
        for record in found.values()
        if record["number"] != record["again"] or len(record["filling"]) != record["number"] % 700
    ]
    assert halves == []


def check_batches(cloud: ProcessCloud, ledger: Ledger) -> None:
    sizes = Counter(record["batch"] for record in read_all(cloud, f"{ledger.name}_batches"))
    assert set(sizes.values()) <= {load.BATCH_SIZE}
    assert ledger.batches <= sizes.keys()


def check_updates(cloud: ProcessCloud, ledger: Ledger) -> None:
    found = {record["id"]: record for record in read_all(cloud, f"{ledger.name}_updates")}
    for row, (acknowledged, sent) in ledger.versions.items():
        assert acknowledged <= found[row]["number"] <= sent
        assert found[row]["number"] == found[row]["again"]


def check_counter(cloud: ProcessCloud, ledger: Ledger) -> None:
    value = int(cloud.call("cache/Get", {"key": ledger.name})["value"] or 0)
    assert ledger.increments["acknowledged"] <= value <= ledger.increments["sent"]


def check_events(cloud: ProcessCloud, ledger: Ledger) -> None:
    """Each acknowledged event is there once, and each writer's are in the order it published them."""
    found = [event["message"] for event in pages(cloud, "event/Read", "events", {"topic": ledger.name})]
    assert [message for message in ledger.events if found.count(message) != 1] == []
    by_writer = sorted(found, key=lambda message: message["writer"])
    assert by_writer == sorted(found, key=lambda message: (message["writer"], message["number"]))


def read_all(cloud: ProcessCloud, table: str) -> list[dict[str, Any]]:
    return pages(cloud, "db/Read", "records", {"table": table})


def pages(cloud: ProcessCloud, path: str, field: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Give all that a call has to give, a thousand at a time."""
    found: list[dict[str, Any]] = []
    while page := cloud.call(path, request | {"limit": 1000, "offset": len(found)})[field]:
        found += page
    return found


def check_usage(cloud: ProcessCloud, answered: list[str]) -> None:
    """Hold that every call which was answered left one record, and that each was counted once.

    The calls are given by their request ids.
    """
    found: Counter[str] = Counter()
    cursor = ""
    while True:
        page = cloud.call("usage/Log", {"limit": 1000, "cursor": cursor})
        found.update(call["request_id"] for call in page["calls"])
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert set(answered) - found.keys() == set()
    assert [request_id for request_id, times in found.items() if times > 1] == []
    counted = sum(row["calls"] for row in cloud.call("usage/Summary")["rows"])
    assert counted >= found.total()
