"""Test databases last as long as their tests, and servers as long as their runs."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from brickyard.app import Application
from brickyard.settings import Settings
from database import DROPPED_AT_ONCE, Database
from postgres import FOLDERS, YOUNG_S, PostgresServer, clear_up, run

pytestmark = pytest.mark.only_on("postgres", "a file goes with its folder")

LIMIT_S = 30.0
A_RUN = """
from postgres import PostgresServer
server = PostgresServer()
print(server.folder, server.process.pid, flush=True)
input()
"""


@pytest.fixture(autouse=True)
def nothing_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files in which other runs have none, and which the server's owner can enter."""
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    monkeypatch.setattr(postgres.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database()
    database.kind = "postgres"
    yield database
    database.stop()


def until_gone(path: Path) -> None:
    deadline = time.monotonic() + LIMIT_S
    while path.exists():
        assert time.monotonic() < deadline, f"{path} is still there"
        time.sleep(0.02)


def cleared(database: Database, *folders: Path) -> None:
    for folder in folders:
        database.forget(folder)
    assert database._clearing is not None
    database._clearing.result(LIMIT_S)


def test_databases_are_dropped_once_their_tests_are_over(database: Database, tmp_path: Path):
    over = [tmp_path / f"test_{number}" for number in range(DROPPED_AT_ONCE)]
    for folder in (tmp_path, *over):
        database.engine(folder / "home").close()
    cleared(database, *over)
    assert len([each for each in database.server().databases() if each.startswith("home_")]) == 1


def test_a_clouds_database_is_used_again_with_no_rows(database: Database, tmp_path: Path):
    url = database.url(tmp_path / "home")
    assert url is not None
    application = Application(Settings(home=tmp_path / "home", database_url=url))
    asyncio.run(application.first_key())
    application.close()
    assert run(url, "SELECT * FROM audit")  # whose rows nobody else can delete
    cleared(database, tmp_path)
    assert database.url(tmp_path / "other") == url
    assert not run(url, "SELECT project FROM audit UNION ALL SELECT project FROM keys")


def test_a_clouds_database_is_not_used_again_while_somebody_is_connected(database: Database, tmp_path: Path):
    url = database.url(tmp_path / "home")
    connected = somebody_at(url)
    cleared(database, tmp_path)
    assert database.url(tmp_path / "other") != url
    connected.communicate()


def test_a_clouds_database_is_not_used_again_once_it_has_other_tables(database: Database, tmp_path: Path):
    url = database.url(tmp_path / "home")
    assert url is not None
    run(url, "CREATE TABLE things (id BIGINT)")
    cleared(database, tmp_path)
    assert database.url(tmp_path / "other") != url


def somebody_at(url: str | None) -> subprocess.Popen[str]:
    assert url is not None
    command = [postgres.program("psql"), url]
    connected = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert connected.stdin is not None
    assert connected.stdout is not None
    connected.stdin.write("SELECT 1;\n")
    connected.stdin.flush()
    assert connected.stdout.readline()
    return connected


def killed_run(tmp_path: Path) -> tuple[Path, int]:
    """Have a run make a server, and kill it; gives the server's folder and process."""
    run = subprocess.Popen(
        [sys.executable, "-c", A_RUN],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    folder, process = run.stdout.readline().split()
    assert Path(folder).parent == tmp_path
    run.kill()
    run.communicate()
    return Path(folder), int(process)


def test_a_killed_run_takes_its_server_along_and_the_next_one_removes_the_folder(tmp_path: Path):
    folder, process = killed_run(tmp_path)
    until_gone(Path(f"/proc/{process}"))
    clear_up()
    assert folder.exists(), "a folder that was just made may be anybody's"
    grow_old(folder)
    server = PostgresServer()
    assert not folder.exists()
    server.stop()


def test_a_folder_stays_while_its_server_or_its_run_goes_on(tmp_path: Path):
    server = PostgresServer()
    grow_old(server.folder)
    clear_up()
    server.kill()
    clear_up()
    assert server.folder.exists(), "its run goes on, and may start it again"
    server.start()
    other = tmp_path / f"{FOLDERS}unclaimed"
    (other / "data").mkdir(parents=True)
    (other / "data/postmaster.pid").write_text(f"{server.process.pid}\n")
    grow_old(other)
    clear_up()
    assert other.exists(), "a server runs in it"
    server.stop()
    clear_up()
    assert not other.exists()


def grow_old(folder: Path) -> None:
    then = time.time() - 2 * YOUNG_S
    os.utime(folder, (then, then))
