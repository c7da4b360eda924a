"""The tables of webhooks. Their rows belong to the platform's own project; `owner` is the project that sends.

`outgoing` says what became of each delivery. `secrets` are sealed.
"""

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
