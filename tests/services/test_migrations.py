"""Tables are made so that a distributed database can shard them: everything found by its project first."""

import re
from collections.abc import Iterator

import pytest

from brickyard.app import catalog_of
from brickyard.contract.catalog import implementation
from brickyard.engines.sql import epoch
from brickyard.engines.sql.migrations import statements
from brickyard.engines.sql.postgres import turn
from brickyard.platform.account.schema import MIGRATIONS as ACCOUNT_MIGRATIONS
from brickyard.platform.key.schema import MIGRATIONS as KEY_MIGRATIONS
from brickyard.platform.limits.schema import MIGRATIONS as LIMIT_MIGRATIONS
from brickyard.settings import Settings

TENANTS = {"project", "account"}
"""Whom a row belongs to: data to a project, money to an account."""
KEY = re.compile(r"(?:PRIMARY KEY|UNIQUE) \((\w+)")
INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX \w+ ON \w+ \((\w+)")
NOT_EVERYONES = re.compile(r"\b(AUTOINCREMENT|SERIAL|JSONB?|REFERENCES|WITHOUT ROWID|STRICT|IDENTITY)\b")


def steps() -> Iterator[str]:
    yield from (*epoch.MIGRATIONS, *turn.MIGRATIONS, *KEY_MIGRATIONS, *ACCOUNT_MIGRATIONS, *LIMIT_MIGRATIONS)
    for promise in catalog_of(Settings()).promises():
        yield from implementation(promise).migrations


EVERY = [statement for step in steps() for statement in statements(step)]
TABLES = [statement for statement in EVERY if statement.startswith("CREATE TABLE")]


@pytest.mark.parametrize("statement", TABLES, ids=lambda statement: statement.split()[2])
def test_a_tables_keys_begin_with_the_project(statement: str):
    keys = KEY.findall(statement)
    assert "PRIMARY KEY" in statement
    assert set(keys) <= TENANTS


def test_indexes_begin_with_the_project():
    indexes = [found[1] for statement in EVERY if (found := INDEX.match(statement))]
    assert len(indexes) == sum("INDEX" in each and not each.startswith("DROP") for each in EVERY) > 5
    assert set(indexes) <= TENANTS


def test_nothing_is_said_that_only_one_database_takes():
    assert [statement for statement in EVERY if NOT_EVERYONES.search(statement)] == []
