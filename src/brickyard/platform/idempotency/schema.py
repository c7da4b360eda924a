"""The table of calls that were made under a key of the caller's own."""

MIGRATIONS = (
    # `request_id` is that of the attempt which holds the claim: whoever takes it over changes it, and what
    # the former holder then still writes is undone.
    """CREATE TABLE idempotency (
        project TEXT NOT NULL, call TEXT NOT NULL, key BYTEA NOT NULL, fingerprint BYTEA NOT NULL,
        state TEXT NOT NULL, owner TEXT NOT NULL, lease_ns BIGINT NOT NULL, request_id TEXT NOT NULL,
        status BIGINT NOT NULL, content_type TEXT NOT NULL, body BYTEA, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, call, key)
    );
    CREATE INDEX idempotency_by_age ON idempotency (project, created_ns)""",
)
