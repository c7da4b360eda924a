"""Where secrets of authenticators are kept sealed: in use, and while they wait to be confirmed."""

from brickyard.engines.seal import Column, Place, Sealed
from brickyard.engines.sql import Row, Sql
from brickyard.platform.account.authenticator import is_pending

PAGE = (
    "SELECT account, secret FROM authenticators WHERE project = ?1 AND account > ?2 ORDER BY account LIMIT ?3"
)
PUT = (
    "UPDATE authenticators SET secret = ?4 WHERE project = ?1 AND account = ?2 AND secret = ?3"
    " RETURNING account"
)
PENDING_PAGE = "SELECT hash, account, data FROM codes WHERE project = ?1 AND hash > ?2 ORDER BY hash LIMIT ?3"
PENDING_PUT = "UPDATE codes SET data = ?4 WHERE project = ?1 AND hash = ?2 AND data = ?3 RETURNING account"


def sealed_authenticators(sql: Sql) -> tuple[Place, Place]:
    """Give those of all accounts; `sql` is the platform's own."""
    return (
        Column(sql, ("",), PAGE, PUT, lambda row: Sealed((row[0],), row[0], row[1])),
        Column(sql, (b"",), PENDING_PAGE, PENDING_PUT, _pending, bytes.hex),
    )


def _pending(row: Row) -> Sealed | None:
    hashed, account, data = row
    return Sealed((hashed,), account, bytes.fromhex(data)) if is_pending(hashed, account) else None
