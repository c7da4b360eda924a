"""A project's writes take turns, whichever gateway they come from.

Every unit of work reads and writes rows of one project only, but for what its witness notes in another's.
With locks on those projects' rows of `turns`, held until the commit, no two of them overlap, and so they are
as good as run one after the other: what SQLite has by having one writer. They are rows, since a lock on a row
is what every database of the family has.
"""

from collections.abc import Set as AbstractSet

from brickyard.engines.sql.postgres.connection import Connection

MIGRATIONS = ("CREATE TABLE turns (project TEXT NOT NULL, PRIMARY KEY (project))",)

# In the order of their names, so that two gateways never wait for each other.
LOCK = "SELECT project FROM turns WHERE project = ANY($1::text[]) ORDER BY project FOR UPDATE"
ADD = (
    "INSERT INTO turns (project) SELECT project FROM unnest($1::text[]) AS project ORDER BY project"
    " ON CONFLICT DO NOTHING"
)


async def take_turns(connection: Connection, projects: AbstractSet[str]) -> None:
    """Wait until it is the turn of this transaction for all of `projects`."""
    wanted = sorted(projects)
    if len(await connection.fetch(LOCK, wanted)) < len(wanted):
        await connection.execute(ADD, wanted)
        await connection.fetch(LOCK, wanted)
