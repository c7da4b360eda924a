"""A database file for tests that run a cloud: a new home gets a copy that has a cloud's tables.

Making the tables takes SQLite a good part of what it takes to start a cloud, copying them next to nothing.
"""

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

NAME = "brickyard.db"
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrations'"


def lay(home: Path) -> None:
    """Put a copy of the model into a home that has no database yet."""
    file = home / NAME
    if not file.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(model())


@cache
def model() -> bytes:
    """Give the content of a file that has all tables, and no rows but the record of its migrations."""
    from brickyard import services
    from brickyard.app import Application
    from brickyard.settings import Settings

    assert len(services.__path__) == 1, "a test's own services would leave their tables to others"
    with tempfile.TemporaryDirectory() as folder:
        Application(Settings(home=Path(folder))).close()
        file = Path(folder, NAME)
        assert not file.with_name(f"{NAME}-wal").exists(), "what is in the log is not in the file"
        assert filled(file) == []
        return file.read_bytes()


def filled(file: Path) -> list[str]:
    """Give the tables that have rows, but for that of migrations."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute(TABLES)]
        assert tables
        return [name for name in tables if database.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchall()]
