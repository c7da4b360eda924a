"""The tables of accounts. They all belong to the platform's own project."""

from msgspec.structs import replace

from brickyard.contract import Exported

MIGRATIONS = (
    """CREATE TABLE sessions (
        project TEXT NOT NULL, hash BYTEA NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
        address TEXT NOT NULL, agent TEXT NOT NULL, created_ns BIGINT NOT NULL, expires_ns BIGINT NOT NULL,
        PRIMARY KEY (project, hash)
    );
    CREATE UNIQUE INDEX sessions_by_account ON sessions (project, account, id)""",
    # An e-mail stands here only once its owner has shown that it is theirs.
    """CREATE TABLE emails (
        project TEXT NOT NULL, email TEXT NOT NULL, account TEXT NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, email)
    );
    CREATE UNIQUE INDEX emails_by_account ON emails (project, account);
    CREATE TABLE passwords (
        project TEXT NOT NULL, account TEXT NOT NULL, hash TEXT NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, account)
    );
    CREATE TABLE codes (
        project TEXT NOT NULL, hash BYTEA NOT NULL, account TEXT NOT NULL, email TEXT NOT NULL,
        data TEXT NOT NULL, expires_ns BIGINT NOT NULL,
        PRIMARY KEY (project, hash)
    );
    CREATE INDEX codes_by_account ON codes (project, account);
    CREATE INDEX codes_by_expiry ON codes (project, expires_ns);
    CREATE TABLE attempts (
        project TEXT NOT NULL, subject BYTEA NOT NULL, level DOUBLE PRECISION NOT NULL,
        last_ns BIGINT NOT NULL,
        PRIMARY KEY (project, subject)
    );
    CREATE INDEX attempts_by_time ON attempts (project, last_ns);
    CREATE TABLE known_networks (
        project TEXT NOT NULL, account TEXT NOT NULL, network TEXT NOT NULL, seen_ns BIGINT NOT NULL,
        PRIMARY KEY (project, account, network)
    )""",
    """CREATE TABLE authenticators (
        project TEXT NOT NULL, account TEXT NOT NULL, secret BYTEA NOT NULL, last_step BIGINT NOT NULL,
        created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, account)
    );
    CREATE TABLE recovery_codes (
        project TEXT NOT NULL, account TEXT NOT NULL, hash BYTEA NOT NULL,
        PRIMARY KEY (project, account, hash)
    );
    CREATE TABLE farewells (
        project TEXT NOT NULL, account TEXT NOT NULL, due_ns BIGINT NOT NULL,
        PRIMARY KEY (project, account)
    );
    CREATE INDEX farewells_by_time ON farewells (project, due_ns)""",
    """CREATE TABLE identities (
        project TEXT NOT NULL, provider TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL,
        created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, provider, subject)
    );
    CREATE INDEX identities_by_account ON identities (project, account);
    CREATE TABLE passkeys (
        project TEXT NOT NULL, credential BYTEA NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
        name TEXT NOT NULL, public_key BYTEA NOT NULL, sign_count BIGINT NOT NULL,
        created_ns BIGINT NOT NULL, used_ns BIGINT,
        PRIMARY KEY (project, credential)
    );
    CREATE UNIQUE INDEX passkeys_by_account ON passkeys (project, account, id)""",
    "ALTER TABLE sessions ADD COLUMN used_ns BIGINT",
    "CREATE INDEX sessions_by_expiry ON sessions (project, expires_ns)",
)


def _of_account(table: str, key: str, *columns: str) -> Exported:
    return Exported(table=table, key={key: str}, columns=columns, belongs="account", whose="account")


EXPORTS = (
    _of_account("emails", "email", "email", "created_ns"),
    _of_account("passwords", "account", "created_ns"),
    _of_account("sessions", "id", "id", "address", "agent", "created_ns", "expires_ns", "used_ns"),
    _of_account("known_networks", "network", "network", "seen_ns"),
    _of_account("authenticators", "account", "created_ns"),
    _of_account("passkeys", "id", "id", "name", "created_ns", "used_ns"),
    replace(
        _of_account("identities", "provider", "provider", "subject", "created_ns"),
        key={"provider": str, "subject": str},
    ),
    _of_account("farewells", "account", "due_ns"),
)
