"""The tables of usage. Each row belongs to a project, in its environment."""

MIGRATIONS = (
    # Records that were written together are one row: lines of JSON, as in the log. They move on, many
    # rows at a time: counted into `usage_counts`, and packed into `usage_log`.
    """CREATE TABLE usage_batches (
        project TEXT NOT NULL, id TEXT NOT NULL, calls BIGINT NOT NULL, lines BYTEA NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE TABLE usage_log (
        project TEXT NOT NULL, id TEXT NOT NULL, first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL,
        calls BIGINT NOT NULL, lines BYTEA NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE TABLE usage_counts (
        project TEXT NOT NULL, step TEXT NOT NULL, start_s BIGINT NOT NULL,
        call TEXT NOT NULL, key TEXT NOT NULL, status BIGINT NOT NULL, provider TEXT NOT NULL,
        calls BIGINT NOT NULL, bytes_in BIGINT NOT NULL, bytes_out BIGINT NOT NULL, cost BIGINT NOT NULL,
        durations BYTEA NOT NULL,
        PRIMARY KEY (project, step, start_s, call, key, status, provider)
    )""",
    # These belong to the platform's own project.
    """CREATE TABLE usage_hints (
        project TEXT NOT NULL, gateway TEXT NOT NULL, round BIGINT NOT NULL, tenant TEXT NOT NULL,
        left_ns BIGINT NOT NULL,
        PRIMARY KEY (project, gateway, round, tenant)
    );
    CREATE INDEX usage_hints_by_time ON usage_hints (project, left_ns)""",
    "DROP INDEX usage_hints_by_time",
    # Bodies belong to a tenant; whose are kept, to the platform's own project.
    """CREATE TABLE usage_bodies (
        project TEXT NOT NULL, id TEXT NOT NULL, time_ns BIGINT NOT NULL,
        request TEXT NOT NULL, reply TEXT NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE TABLE usage_keeping (
        project TEXT NOT NULL, project_id TEXT NOT NULL, until_ns BIGINT NOT NULL,
        PRIMARY KEY (project, project_id)
    )""",
)

FORGET = "DELETE FROM usage_keeping WHERE project = ?1 AND project_id = ?2"
"""What is forgotten of a project that is erased."""
