"""The tables of letters. Their rows belong to one project, the platform's own.

`sender` and `recipient` are those of the envelope; `source` is what travels. What became of a letter is in
`outgoing`. `account` is whose asking it was, if it was an account's; a letter with `forget` is removed once
it was sent or given up. `mail_unasked` counts those to people who have not asked for them; see `limits.py`.
"""

MIGRATIONS = (
    """CREATE TABLE mail_outbox (
        project TEXT NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
        subject TEXT NOT NULL, source BYTEA NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    )""",
    """CREATE TABLE mail_unasked (
        project TEXT NOT NULL, id TEXT NOT NULL, mailbox BYTEA NOT NULL, account BYTEA NOT NULL,
        sent_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE INDEX mail_unasked_by_time ON mail_unasked (project, sent_ns);
    CREATE INDEX mail_unasked_by_mailbox ON mail_unasked (project, mailbox);
    CREATE INDEX mail_unasked_by_account ON mail_unasked (project, account)""",
    """ALTER TABLE mail_outbox ADD COLUMN account TEXT NOT NULL DEFAULT '';
    ALTER TABLE mail_outbox ADD COLUMN forget BIGINT NOT NULL DEFAULT 0""",
    """CREATE INDEX mail_outbox_by_account ON mail_outbox (project, account);
    CREATE INDEX mail_outbox_by_recipient ON mail_outbox (project, lower(recipient));
    CREATE INDEX mail_outbox_to_be_forgotten ON mail_outbox (project, id) WHERE forget = 1""",
)
