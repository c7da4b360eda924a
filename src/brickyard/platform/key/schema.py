"""The tables of accounts, projects and keys. They all belong to one project, the platform's own."""

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
)
