"""Where the secrets are kept sealed that deliveries are signed with."""

import base64

from brickyard.engines.seal import Column, Place, Sealed
from brickyard.engines.sql import Row, Sql
from brickyard.engines.webhook.signature import PREFIX

PAGE = "SELECT id, secrets FROM webhook_deliveries WHERE project = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
PUT = (
    "UPDATE webhook_deliveries SET secrets = ?4 WHERE project = ?1 AND id = ?2 AND secrets = ?3 RETURNING id"
)


def sealed_deliveries(sql: Sql) -> Place:
    """Give those of all projects; `sql` is the platform's own."""
    return Column(sql, ("",), PAGE, PUT, _read, lambda value: base64.b64encode(value).decode())


def _read(row: Row) -> Sealed | None:
    message, secrets = row
    if secrets.startswith(PREFIX):  # kept before secrets were sealed, and swept with the delivery
        return None
    return Sealed((message,), message, base64.b64decode(secrets))
