"""A full disk refuses writes and loses none that was acknowledged; with room again, all goes on."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import load
from audit import check
from cloud import ProcessCloud
from load import Ledger

only_on_sqlite = pytest.mark.only_on("sqlite", "its disk is the server's")
ROOM_LEFT_BYTES = 200_000


@only_on_sqlite
async def test_a_full_disk_refuses_writes_and_loses_none_that_was_acknowledged(process_cloud: ProcessCloud):
    ledger = Ledger("full")
    writing = asyncio.create_task(load.run(process_cloud.address, process_cloud.key, ledger))
    await ledger.acknowledged.more(200)
    with full_disk(process_cloud):
        await ledger.refused.more(100)
    await ledger.acknowledged.more(200)
    process_cloud.kill()
    await writing
    assert {(status, reply["detail"], reply["retryable"]) for status, reply in ledger.refusals} == {
        (503, "The storage is full or failing; nothing was written. Try again later.", True)
    }
    process_cloud.start()
    check(process_cloud, ledger)


@only_on_sqlite
def test_a_full_disk_can_still_be_read(process_cloud: ProcessCloud):
    record = {"id": "1", "text": "x" * ROOM_LEFT_BYTES}
    process_cloud.call("db/Create", {"record": {"id": "0"}})
    with full_disk(process_cloud):
        assert process_cloud.post("db/Create", {"record": record}).status_code == 503
        assert process_cloud.call("db/Read") == {"records": [{"id": "0"}]}
    assert process_cloud.call("db/Create", {"record": record}) == {"id": "1"}


def test_calls_are_answered_while_the_log_cannot_be_written(tmp_path: Path):
    cloud = ProcessCloud(tmp_path / "home")
    cloud.log = Path("/dev/full")
    with cloud:
        refusals = [cloud.post("db/DropTable", {"table": "absent"}) for _ in range(200)]
        assert {(each.status_code, each.json()["code"]) for each in refusals} == {(404, 404)}
        assert cloud.call("helloworld/Call", {"name": "John"}) == {"message": "Hello John"}
    assert cloud.process.returncode == 0


@contextmanager
def full_disk(cloud: ProcessCloud) -> Iterator[None]:
    """Let no file of the server's grow past what its write-ahead log has, and a little."""
    _, hard = resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE)
    written = (cloud.home / "brickyard.db-wal").stat().st_size
    resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE, (written + ROOM_LEFT_BYTES, hard))
    yield
    resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
