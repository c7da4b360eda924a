"""The tables of webhooks. Their rows belong to the platform's own project; `owner` is the project that sends.

`outgoing` says what became of each delivery. `secrets` are sealed.
"""

from msgspec.structs import replace

from brickyard.contract import Exported

MIGRATIONS = (
    """CREATE TABLE webhook_deliveries (
        project TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL, url TEXT NOT NULL, body BYTEA NOT NULL,
        secrets TEXT NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, owner, id)
    );
    CREATE UNIQUE INDEX webhook_deliveries_by_id ON webhook_deliveries (project, id);
    CREATE TABLE webhook_gone (
        project TEXT NOT NULL, owner TEXT NOT NULL, url TEXT NOT NULL, since_ns BIGINT NOT NULL,
        PRIMARY KEY (project, owner, url)
    )""",
)

_DELIVERIES = Exported(
    table="webhook_deliveries",
    key={"id": str},
    columns=("id", "url", "body", "created_ns"),
    computed={
        name: f"SELECT o.{name} FROM outgoing o"  # noqa: S608 - names of ours
        " WHERE o.project = ?1 AND o.queue = 'webhook' AND o.id = webhook_deliveries.id"
        for name in ("state", "attempts", "note", "ended_ns")
    },
    whose="owner",
)
_GONE = Exported(table="webhook_gone", key={"url": str}, columns=("url", "since_ns"), whose="owner")
EXPORTS = (
    _DELIVERIES,
    _GONE,
    replace(_DELIVERIES, belongs="account"),  # alerts
    replace(_GONE, belongs="account"),
)
FORGET = (
    "DELETE FROM outgoing WHERE project = ?1 AND queue = 'webhook' AND owner IN (?2, ?2 || '~test')",
    "DELETE FROM webhook_deliveries WHERE project = ?1 AND owner IN (?2, ?2 || '~test')",
    "DELETE FROM webhook_gone WHERE project = ?1 AND owner IN (?2, ?2 || '~test')",
)
"""What is forgotten of a project that is erased, in both of its environments."""
