"""A home's copy of the model is the file that a cloud would have made there, and never one that is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from brickyard.app import Application
from brickyard.engines.clock import ManualClock
from brickyard.settings import Settings
from cloud import serving
from database_file import NAME, filled, lay

pytestmark = pytest.mark.only_on("sqlite", "a server's databases are its own")

SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
STEPS = "SELECT component, step FROM migrations ORDER BY component, step"


def read(home: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / NAME)) as database:
        return database.execute(statement).fetchall()


def test_a_copy_has_the_tables_that_a_cloud_makes_and_no_rows(tmp_path: Path):
    made, laid = tmp_path / "made", tmp_path / "laid"
    Application(Settings(home=made)).close()
    lay(laid)
    assert [file.name for file in laid.iterdir()] == [NAME]
    assert read(laid, SCHEMA) == read(made, SCHEMA)
    assert read(laid, STEPS) == read(made, STEPS)
    assert filled(laid / NAME) == []


def test_a_file_that_is_there_stays(tmp_path: Path):
    (tmp_path / NAME).write_bytes(b"somebody's")
    lay(tmp_path)
    assert (tmp_path / NAME).read_bytes() == b"somebody's"


async def test_what_one_cloud_writes_is_not_in_the_next_ones_copy(tmp_path: Path):
    async with serving(Settings(home=tmp_path / "one", port=0, offline=True), ManualClock()):
        pass
    assert "keys" in filled(tmp_path / "one" / NAME)
    lay(tmp_path / "other")
    assert filled(tmp_path / "other" / NAME) == []
