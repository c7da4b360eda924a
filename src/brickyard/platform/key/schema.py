"""The tables of accounts, projects and keys. They all belong to one project, the platform's own."""

from brickyard.contract import Exported
from brickyard.contract.export import dollars, json_text

PLATFORM = "platform"

MIGRATIONS = (
    """CREATE TABLE accounts (
        project TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE TABLE projects (
        project TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
        created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE TABLE keys (
        project TEXT NOT NULL, hash BYTEA NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL,
        description TEXT NOT NULL, hint TEXT NOT NULL, scopes TEXT NOT NULL, created_ns BIGINT NOT NULL,
        expires_ns BIGINT, revoked_ns BIGINT,
        PRIMARY KEY (project, hash)
    );
    CREATE UNIQUE INDEX keys_by_owner ON keys (project, owner, id)""",
    """ALTER TABLE keys ADD COLUMN environment TEXT NOT NULL DEFAULT 'live';
    ALTER TABLE projects ADD COLUMN deleted_ns BIGINT;
    CREATE TABLE members (
        project TEXT NOT NULL, project_id TEXT NOT NULL, account TEXT NOT NULL, role TEXT NOT NULL,
        created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, project_id, account)
    );
    CREATE INDEX members_by_account ON members (project, account);
    INSERT INTO members (project, project_id, account, role, created_ns)
        SELECT project, id, account, 'owner', created_ns FROM projects""",
    """ALTER TABLE keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'secret';
    ALTER TABLE keys ADD COLUMN origins TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE keys ADD COLUMN role TEXT NOT NULL DEFAULT 'owner';
    ALTER TABLE keys ADD COLUMN rate_limit_per_s BIGINT;
    ALTER TABLE keys ADD COLUMN monthly_budget BIGINT;
    ALTER TABLE keys ADD COLUMN last_used_ns BIGINT;
    CREATE TABLE blocks (
        project TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL, blocked_ns BIGINT NOT NULL,
        PRIMARY KEY (project, subject)
    );
    CREATE TABLE operators (
        project TEXT NOT NULL, account TEXT NOT NULL, since_ns BIGINT NOT NULL,
        PRIMARY KEY (project, account)
    )""",
    # Empty: the key is the first of its lineage.
    "ALTER TABLE keys ADD COLUMN lineage TEXT NOT NULL DEFAULT ''",
    # Empty: the key has a bucket of its own; and it is within none.
    """ALTER TABLE keys ADD COLUMN rate_bucket TEXT NOT NULL DEFAULT '';
    ALTER TABLE keys ADD COLUMN rate_within TEXT NOT NULL DEFAULT ''""",
)

EXPORTS = (
    Exported(
        table="projects",
        key={"id": str},
        columns=("id", "account", "name", "created_ns", "deleted_ns"),
        belongs="project",
        whose="id",
    ),
    Exported(
        table="members",
        key={"account": str},
        columns=("account", "role", "created_ns"),
        belongs="project",
        whose="project_id",
    ),
    Exported(
        table="keys",
        key={"id": str},
        columns=(
            *("id", "environment", "kind", "description", "hint", "scopes", "origins", "role"),
            *("rate_limit_per_s", "monthly_budget", "created_ns", "expires_ns", "revoked_ns", "last_used_ns"),
        ),
        computed={"blocked": "SELECT reason FROM blocks b WHERE b.project = ?1 AND b.subject = keys.id"},
        told={"scopes": json_text, "origins": json_text, "monthly_budget": dollars},
        belongs="project",
        whose="owner",
    ),
    Exported(
        table="blocks",
        key={"subject": str},
        columns=("reason", "blocked_ns"),
        belongs="project",
        whose="subject",
    ),
    # What is told of an account.
    Exported(
        table="accounts",
        name="account",
        key={"id": str},
        columns=("id", "name", "created_ns"),
        belongs="account",
        whose="id",
    ),
    Exported(
        table="members",
        name="memberships",
        key={"project_id": str},
        columns=("project_id", "role", "created_ns"),
        belongs="account",
        whose="account",
    ),
    Exported(
        table="projects",
        key={"id": str},
        columns=("id", "name", "created_ns", "deleted_ns"),
        belongs="account",
        whose="account",
    ),
    Exported(
        table="blocks",
        key={"subject": str},
        columns=("reason", "blocked_ns"),
        belongs="account",
        whose="subject",
    ),
    Exported(
        table="operators", key={"account": str}, columns=("since_ns",), belongs="account", whose="account"
    ),
)
