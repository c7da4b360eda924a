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
)
