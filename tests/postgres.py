"""A PostgreSQL server of the tests' own: started for real, synced to disk, and killed if need be."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

Row = tuple[Any, ...]
Done = TypeVar("Done")

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
START_LIMIT_S = 60.0
FOLDERS = "brickyard-postgres-"
"""What the names of servers' folders begin with, among the temporary files."""
YOUNG_S = 60.0
"""A folder may be so old before its run has said that it is its own."""
OWNER = "postgres"
"""Who runs it where tests are root, which PostgreSQL refuses to be run by."""


BARE = "bare"
"""The role of databases that have only what all of the family have."""
REVOKE = """DO $$ DECLARE each regprocedure; BEGIN
    FOR each IN SELECT oid FROM pg_proc WHERE proname ~ '^pg_(try_)?advisory_|^pg_notify$' LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', each);
    END LOOP;
END $$"""


class PostgresServer:
    """A server on a free port of this machine, with a folder of its own."""

    def __init__(self) -> None:
        clear_up()
        self._owner = OWNER if os.getuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDERS))  # one that its owner can enter
        self._claim = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(self._claim, fcntl.LOCK_EX)  # goes with this process, however that ends
        if self._owner:
            shutil.chown(self.folder, self._owner)
        self.port = free_port()
        self._making_bare = threading.Lock()
        self._run(
            "initdb", "--pgdata=data", "--username=test", "--auth=trust", "--encoding=UTF8", "--no-sync"
        )
        self.start()

    def start(self) -> None:
        """Start it, also after a crash; returns once it takes connections."""
        self.process = subprocess.Popen(
            [
                *ending_with_us(),
                *(str(program("postgres")), "-D", "data", "-p", str(self.port), "-c", "fsync=on"),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                *("-c", "max_connections=400", "-c", "shared_buffers=64MB"),
            ],
            cwd=self.folder,
            user=self._owner,
            stderr=(self.folder / "log").open("ab"),
        )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it, and remove its folder."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        shutil.rmtree(self.folder)
        os.close(self._claim)

    def kill(self) -> None:
        """End all its processes as a power failure would end them, as far as they can tell."""
        processes = self.backends()
        self.process.kill()
        for each in processes:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self.process.wait(timeout=60)

    def backends(self) -> list[int]:
        """Give the processes that work for it."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(each) for each in children.split()]

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://test@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, like: str = "template1") -> str:
        """Make a database unless it is there, as a copy of another; returns its address."""
        with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):  # another was first
            self.run(f'CREATE DATABASE "{database}" TEMPLATE "{like}"')
        return self.url(database)

    def create_bare(self, database: str) -> str:
        """Make a database unless it is there, for a role that can use nothing of it but SQL.

        What databases that speak PostgreSQL's protocol lack, advisory locks and `pg_notify`, is refused.
        """
        with self._making_bare:  # the server cannot do that twice at once
            if not self.run(f"SELECT 1 FROM pg_roles WHERE rolname = '{BARE}'"):
                self.run(f"CREATE ROLE {BARE} LOGIN")
            url = self.create(database)
            run(url, f'ALTER DATABASE "{database}" OWNER TO {BARE}', REVOKE)
        return url.replace("//test@", f"//{BARE}@")

    def drop(self, databases: list[str]) -> None:
        """Remove databases, whoever is still connected to them."""
        self.run(*(f'DROP DATABASE "{each}" WITH (FORCE)' for each in databases))

    def databases(self) -> set[str]:
        """Give the names of those there are."""
        return {name for (name,) in self.run("SELECT datname FROM pg_database")}

    def run(self, *statements: str) -> list[Row]:
        """Run statements, each committed by itself; gives what the last one found."""
        return run(self.url(), *statements)

    def _is_ready(self) -> bool:
        try:
            self.run("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(program(name)), *arguments],
            cwd=self.folder,
            user=self._owner,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def run(url: str, *statements: str, values: Sequence[Any] = ()) -> list[Row]:
    """Run statements at a database, also beside a loop that runs; gives what the last one found."""

    async def each(connection: Any) -> list[Row]:
        found: list[Row] = []
        for statement in statements:
            found = [tuple(row) for row in await connection.fetch(statement, *values)]
        return found

    return connected(url, each)


def connected(url: str, work: Callable[[Any], Awaitable[Done]]) -> Done:
    """Have something done over one connection, also beside a loop that runs."""

    async def do() -> Done:
        connection: Any = await asyncpg.connect(url)
        try:
            return await work(connection)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, do()).result()


def clear_up() -> None:
    """Remove what killed runs have left: the folders that no run claims, and in which no server runs."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*"):
        with suppress(OSError):  # it is another's, or goes just now
            if time.time() - folder.stat().st_mtime > YOUNG_S and not is_claimed(folder) and not runs(folder):
                shutil.rmtree(folder)


def is_claimed(folder: Path) -> bool:
    """Say whether the run that made a server's folder goes on."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False


def runs(folder: Path) -> bool:
    """Say whether a server runs in its folder."""
    try:
        process = int((folder / "data/postmaster.pid").read_text().splitlines()[0])
        return Path(f"/proc/{process}/comm").read_text().strip() == "postgres"
    except FileNotFoundError:
        return False


def ending_with_us() -> tuple[str, ...]:
    """Begin the command of a server that ends when this process does, even by being killed.

    Linux takes the end of the thread that starts it for that, so only the main one's are.
    """
    if shutil.which("setpriv") is None or threading.current_thread() is not threading.main_thread():
        return ()
    return ("setpriv", "--pdeathsig", "INT")


def program(name: str) -> Path:
    """Find one of the server's programs, which Debian does not put in the path."""
    found = PROGRAMS[-1] / name if PROGRAMS else shutil.which(name)
    assert found, f"There is no {name}: install PostgreSQL, or run the tests with --database=sqlite."
    return Path(found)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
