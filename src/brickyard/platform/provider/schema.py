"""The tables of providers' settings.

Rows belong to the platform's own project; `owner` is a project in one environment, or empty for the cloud.
"""

from brickyard.contract import Exported
from brickyard.platform.caller import TEST

MIGRATIONS = (
    """CREATE TABLE provider_credentials (
        project TEXT NOT NULL, owner TEXT NOT NULL, service TEXT NOT NULL, provider TEXT NOT NULL,
        id TEXT NOT NULL, sealed BYTEA NOT NULL, set_ns BIGINT NOT NULL,
        PRIMARY KEY (project, owner, service, provider)
    );
    CREATE TABLE provider_choices (
        project TEXT NOT NULL, owner TEXT NOT NULL, service TEXT NOT NULL,
        providers TEXT NOT NULL, hedge INTEGER NOT NULL, set_ns BIGINT NOT NULL,
        PRIMARY KEY (project, owner, service)
    )""",
    """CREATE TABLE provider_turns (
        project TEXT NOT NULL, queue TEXT NOT NULL, next_ns BIGINT NOT NULL,
        PRIMARY KEY (project, queue)
    )""",
)
FORGET = tuple(
    f"DELETE FROM {table} WHERE project = ?1 AND owner IN (?2, ?2 || '{TEST}')"  # noqa: S608 - constants
    for table in ("provider_credentials", "provider_choices")
)
"""What is forgotten of a project that is erased."""

EXPORTS = (
    Exported(
        table="provider_credentials",
        key={"service": str, "provider": str},
        columns=("service", "provider", "id", "set_ns"),
        whose="owner",
    ),
    Exported(
        table="provider_choices",
        key={"service": str},
        columns=("service", "providers", "hedge", "set_ns"),
        whose="owner",
    ),
)
