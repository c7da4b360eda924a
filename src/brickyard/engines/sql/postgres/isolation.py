"""Whether a transaction sees what others have committed since it began, as `READ COMMITTED` says.

Turns depend on it: who waited for another gateway's commit has to see it. YugabyteDB takes the words and
gives a snapshot of the transaction's beginning, unless it is set up otherwise.
"""

import secrets
from typing import Literal

from brickyard.engines.sql import DatabaseUnusable
from brickyard.engines.sql.postgres.connection import Connection

Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]
SEEN = "SELECT project FROM turns WHERE project = $1"
STALE = (
    "The database's transactions do not see what others commit meanwhile, though READ COMMITTED is asked for:"
    " set it up so that they do (on YugabyteDB, yb_enable_read_committed_isolation)."
)


async def check_isolation(
    one: Connection, other: Connection, isolation: Isolation = "READ COMMITTED"
) -> None:
    """Try it out by two connections; `DatabaseUnusable` if it is not so."""
    trial = f"trial {secrets.token_hex(8)}"
    await one.execute(f"BEGIN ISOLATION LEVEL {isolation}")
    await one.fetch(SEEN, trial)
    await other.execute("INSERT INTO turns (project) VALUES ($1)", trial)
    seen = await one.fetch(SEEN, trial)
    await one.execute("ROLLBACK")
    await other.execute("DELETE FROM turns WHERE project = $1", trial)
    if not seen:
        raise DatabaseUnusable(STALE)
