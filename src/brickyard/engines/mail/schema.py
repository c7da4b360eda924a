"""The table of letters. Its rows belong to one project, the platform's own.

`sender` and `recipient` are those of the envelope; `source` is what travels. What became of a letter is in
`outgoing`.
"""

MIGRATIONS = (
    """CREATE TABLE mail_outbox (
        project TEXT NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
        subject TEXT NOT NULL, source BYTEA NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    )""",
)
