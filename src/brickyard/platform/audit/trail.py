"""Reading entries, newest first."""

import msgspec

from brickyard.engines.sql import Sql

SELECT = (
    "SELECT id, about, subject, endpoint, account, session, key_id, operator, address, request_id, time_ns,"
    " before, after FROM audit WHERE project = ?1 AND time_ns >= ?2 AND time_ns < ?3"
)

# Found by an index each, whose entries hold all that is compared: else SQLite, which is to give the newest
# first, would look through the whole log for those of one.
OF_PROJECT = " AND id IN (SELECT id FROM audit WHERE project = ?1 AND about = {0})"
OF_ACCOUNT = (
    " AND id IN (SELECT id FROM audit WHERE project = ?1 AND account = {0}"
    " UNION SELECT id FROM audit WHERE project = ?1 AND about = '' AND subject = {0})"
)


class Entry(msgspec.Struct, frozen=True):
    """One change."""

    id: str
    project: str
    subject: str
    endpoint: str
    account: str
    session: str
    key_id: str
    operator: int
    address: str
    request_id: str
    time_ns: int
    before: str | None
    after: str | None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries to look for: those that fit everything given."""

    project: str = ""
    account: str = ""
    """By which account: what it did in whichever project, and what was done to it."""
    subject: str = ""
    key_id: str = ""
    endpoint: str = ""
    """Such as `key.create`, or `key.` for all of a service."""
    from_ns: int = 0
    to_ns: int = 2**63 - 1


class Trail:
    """The entries that are there. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql) -> None:
        """Read them in `sql`."""
        self._sql = sql

    async def entries(self, wanted: Wanted, before_id: str, limit: int) -> list[Entry]:
        """Give at most `limit` entries older than `before_id`, or from the newest on if that is empty."""
        conditions, values = _conditions(wanted)
        if before_id:
            values.append(before_id)
            conditions += f" AND id < ?{len(values) + 1}"
        statement = f"{SELECT}{conditions} ORDER BY id DESC LIMIT {limit}"
        return [Entry(*row) for row in await self._sql.rows(statement, *values)]


def _conditions(wanted: Wanted) -> tuple[str, list[str | int]]:
    values: list[str | int] = [wanted.from_ns, wanted.to_ns]
    text = ""
    terms = {
        OF_PROJECT: wanted.project,
        OF_ACCOUNT: wanted.account,
        " AND subject = {0}": wanted.subject,
        " AND key_id = {0}": wanted.key_id,
    }
    for term, value in terms.items():
        if value:
            values.append(value)
            text += term.format(f"?{len(values) + 1}")
    if wanted.endpoint.endswith("."):
        values += [wanted.endpoint, wanted.endpoint[:-1] + "/"]  # what follows the dot in ASCII
        text += f" AND endpoint >= ?{len(values)} AND endpoint < ?{len(values) + 1}"
    elif wanted.endpoint:
        values.append(wanted.endpoint)
        text += f" AND endpoint = ?{len(values) + 1}"
    return text, values
