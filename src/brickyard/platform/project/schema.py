"""The tables of invitations and offers. They all belong to the platform's own project."""

from brickyard.contract import Exported

MIGRATIONS = (
    """ALTER TABLE projects ADD COLUMN purged_ns BIGINT;
    CREATE INDEX projects_by_account ON projects (project, account);
    CREATE TABLE invitations (
        project TEXT NOT NULL, hash BYTEA NOT NULL, id TEXT NOT NULL, project_id TEXT NOT NULL,
        email TEXT NOT NULL, role TEXT NOT NULL, invited_by TEXT NOT NULL,
        created_ns BIGINT NOT NULL, expires_ns BIGINT NOT NULL,
        PRIMARY KEY (project, hash)
    );
    CREATE UNIQUE INDEX invitations_by_project ON invitations (project, project_id, id);
    CREATE TABLE offers (
        project TEXT NOT NULL, project_id TEXT NOT NULL, account TEXT NOT NULL, expires_ns BIGINT NOT NULL,
        PRIMARY KEY (project, project_id)
    )""",
    """CREATE INDEX invitations_by_email ON invitations (project, lower(email));
    CREATE INDEX invitations_by_expiry ON invitations (project, expires_ns)""",
)
FORGET_INVITED = "DELETE FROM invitations WHERE project = ?1 AND lower(email) = ?2"
"""Nobody is invited any more by an e-mail whose account is no more."""
FORGET_EXPIRED = "DELETE FROM invitations WHERE project = ?1 AND expires_ns <= ?2"

EXPORTS = (
    Exported(
        table="invitations",
        key={"id": str},
        columns=("id", "email", "role", "invited_by", "created_ns", "expires_ns"),
        belongs="project",
        whose="project_id",
    ),
    Exported(
        table="offers",
        key={"account": str},
        columns=("account", "expires_ns"),
        belongs="project",
        whose="project_id",
    ),
    Exported(
        table="offers",
        key={"project_id": str},
        columns=("project_id", "expires_ns"),
        belongs="account",
        whose="account",
    ),
)
