"""The tables of money. The handle they are used through is bound to an account, so `?1` is the account."""

NEVER_NS = 2**63 - 1
"""A moment that does not come: what does not expire has it, so that every comparison stays one."""

MIGRATIONS = (
    # `billing_accounts` holds what is derived (balance, held, credit) beside the account's settings; the
    # CHECK is the last defence, after every statement has looked for itself.
    """CREATE TABLE billing_accounts (
        account TEXT NOT NULL, tier TEXT NOT NULL, balance BIGINT NOT NULL, held BIGINT NOT NULL,
        credit BIGINT NOT NULL, credit_expires_ns BIGINT NOT NULL, sequence BIGINT NOT NULL,
        refilled BIGINT NOT NULL, alert_below BIGINT NOT NULL, alert_percents TEXT NOT NULL,
        PRIMARY KEY (account),
        CHECK (held >= 0 AND balance - held >= 0 AND credit >= 0 AND balance - credit >= 0)
    );
    CREATE TABLE billing_transactions (
        account TEXT NOT NULL, sequence BIGINT NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL,
        original BIGINT NOT NULL, amount BIGINT NOT NULL, project TEXT NOT NULL, key_id TEXT NOT NULL,
        endpoint TEXT NOT NULL, price_version TEXT NOT NULL, reason TEXT NOT NULL,
        calls BIGINT NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (account, sequence)
    );
    CREATE UNIQUE INDEX billing_transactions_once ON billing_transactions (account, kind, reference);
    CREATE INDEX billing_transactions_by_time ON billing_transactions (account, created_ns);
    CREATE INDEX billing_corrections ON billing_transactions (account, original) WHERE original > 0;
    CREATE TABLE billing_entries (
        account TEXT NOT NULL, sequence BIGINT NOT NULL, ledger_account TEXT NOT NULL,
        amount BIGINT NOT NULL,
        PRIMARY KEY (account, sequence, ledger_account)
    );
    CREATE TABLE billing_grants (
        account TEXT NOT NULL, sequence BIGINT NOT NULL, remaining BIGINT NOT NULL,
        priority BIGINT NOT NULL, expires_ns BIGINT NOT NULL,
        PRIMARY KEY (account, sequence),
        CHECK (remaining >= 0)
    );
    CREATE TABLE billing_holds (
        account TEXT NOT NULL, id TEXT NOT NULL, project TEXT NOT NULL, key_id TEXT NOT NULL,
        endpoint TEXT NOT NULL, price_version TEXT NOT NULL, month_ns BIGINT NOT NULL,
        created_ns BIGINT NOT NULL, expires_ns BIGINT NOT NULL, state TEXT NOT NULL,
        turns BIGINT NOT NULL, amount BIGINT NOT NULL, captured BIGINT NOT NULL,
        overrun BIGINT NOT NULL, counted BIGINT NOT NULL, calls BIGINT NOT NULL,
        PRIMARY KEY (account, id),
        CHECK (captured >= 0 AND captured <= amount)
    );
    CREATE INDEX billing_holds_open ON billing_holds (account, expires_ns) WHERE state = 'held';
    CREATE TABLE billing_windows (
        account TEXT NOT NULL, project TEXT NOT NULL, key_id TEXT NOT NULL, month_ns BIGINT NOT NULL,
        held BIGINT NOT NULL, spent BIGINT NOT NULL,
        PRIMARY KEY (account, project, key_id, month_ns),
        CHECK (held >= 0 AND spent >= 0)
    );
    CREATE TABLE billing_caps (
        account TEXT NOT NULL, project TEXT NOT NULL, key_id TEXT NOT NULL, amount BIGINT NOT NULL,
        PRIMARY KEY (account, project, key_id)
    );
    CREATE TABLE billing_counts (
        account TEXT NOT NULL, endpoint TEXT NOT NULL, month_ns BIGINT NOT NULL, calls BIGINT NOT NULL,
        PRIMARY KEY (account, endpoint, month_ns),
        CHECK (calls >= 0)
    );
    CREATE TABLE billing_events (
        account TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, episode BIGINT NOT NULL,
        threshold BIGINT NOT NULL, amount BIGINT NOT NULL, created_ns BIGINT NOT NULL,
        sent_ns BIGINT NOT NULL,
        PRIMARY KEY (account, kind, subject, episode, threshold)
    );
    CREATE INDEX billing_events_unsent ON billing_events (account, created_ns) WHERE sent_ns = 0""",
    # Who has books at all: the one table of the platform's own, for those who go through all accounts.
    """CREATE TABLE billing_directory (
        project TEXT NOT NULL, account TEXT NOT NULL,
        PRIMARY KEY (project, account)
    )""",
    # An event is claimed by whoever is about to tell of it; secrets are sealed.
    """ALTER TABLE billing_events ADD COLUMN claimed_ns BIGINT NOT NULL DEFAULT 0;
    CREATE INDEX billing_events_by_time ON billing_events (account, created_ns);
    CREATE TABLE billing_channels (
        account TEXT NOT NULL, mail BIGINT NOT NULL, statements BIGINT NOT NULL, url TEXT NOT NULL,
        secret BYTEA NOT NULL, former BYTEA NOT NULL, former_until_ns BIGINT NOT NULL,
        PRIMARY KEY (account)
    )""",
    # What was taken from a hold and is not in the ledger yet.
    """ALTER TABLE billing_holds ADD COLUMN unposted BIGINT NOT NULL DEFAULT 0 CHECK (unposted >= 0);
    ALTER TABLE billing_holds ADD COLUMN unposted_calls BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE billing_holds ADD COLUMN budget BIGINT""",
    # For those who see one project of an account, however much the others have to do.
    """CREATE INDEX billing_transactions_by_project ON billing_transactions (account, project, sequence)""",
    # Whose spending a hold is counted as, if not its key's own; and what a month had spent, or held, for a
    # project in the books of those who paid for it before.
    """ALTER TABLE billing_holds ADD COLUMN lineage TEXT NOT NULL DEFAULT '';
    ALTER TABLE billing_windows ADD COLUMN carried BIGINT NOT NULL DEFAULT 0 CHECK (carried >= 0)""",
)
