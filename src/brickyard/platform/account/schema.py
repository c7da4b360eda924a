"""The tables of accounts. They all belong to the platform's own project."""

MIGRATIONS = (
    """CREATE TABLE sessions (
        project TEXT NOT NULL, hash BYTEA NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
        address TEXT NOT NULL, agent TEXT NOT NULL, created_ns BIGINT NOT NULL, expires_ns BIGINT NOT NULL,
        PRIMARY KEY (project, hash)
    );
    CREATE UNIQUE INDEX sessions_by_account ON sessions (project, account, id)""",
)
