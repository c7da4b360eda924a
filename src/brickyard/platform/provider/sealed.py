"""Where credentials of providers are kept sealed."""

from brickyard.engines.seal import Column, Place, Sealed
from brickyard.engines.sql import Row, Sql
from brickyard.platform.provider.store import seal_owner

PAGE = (
    "SELECT owner, service, provider, id, sealed FROM provider_credentials WHERE project = ?1"
    " AND (owner, service, provider) > (?2, ?3, ?4) ORDER BY owner, service, provider LIMIT ?5"
)
PUT = (
    "UPDATE provider_credentials SET sealed = ?6 WHERE project = ?1 AND owner = ?2 AND service = ?3"
    " AND provider = ?4 AND sealed = ?5 RETURNING id"
)


def sealed_credentials(sql: Sql) -> Place:
    """Give the credentials of all projects; `sql` is the platform's own."""
    return Column(sql, ("", "", ""), PAGE, PUT, _read)


def _read(row: Row) -> Sealed:
    owner, service, provider, made, sealed = row
    return Sealed((owner, service, provider), seal_owner(owner, service, provider, made), sealed)
