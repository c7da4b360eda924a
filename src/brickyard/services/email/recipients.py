"""Which messages went to whom: what `email/List` looks a recipient up in.

It says no more than `recipients` of the messages does, and is written and removed together with them.
"""

from brickyard.engines.sql import Transaction
from brickyard.services.email.addresses import folded

MIGRATIONS = (
    # Of the messages there are, each round takes the first word off what is left of their recipients.
    """CREATE TABLE email_recipients (
        project TEXT NOT NULL, address TEXT NOT NULL, message TEXT NOT NULL,
        PRIMARY KEY (project, address, message)
    );
    INSERT INTO email_recipients (project, address, message)
    WITH RECURSIVE words (project, message, word, rest) AS (
        SELECT project, id, substr(recipients, 1, 0), lower(recipients) || ' ' FROM email_messages
        UNION ALL
        SELECT project, message,
            substr(rest, 1, length(rest) - length(ltrim(rest, replace(rest, ' ', '')))),
            substr(ltrim(rest, replace(rest, ' ', '')), 2)
        FROM words WHERE rest <> ''
    )
    SELECT DISTINCT project, word, message FROM words WHERE word <> ''""",
)
ADD = "INSERT INTO email_recipients (project, address, message) VALUES (?1, ?2, ?3)"
REMOVE = "DELETE FROM email_recipients WHERE project = ?1 AND address = ?2 AND message = ?3"


async def add(transaction: Transaction, message: str, recipients: str) -> None:
    """Note whom a message is for: addresses, with spaces between."""
    await transaction.run_many(ADD, _rows(message, recipients))


async def remove(transaction: Transaction, message: str, recipients: str) -> None:
    """Forget whom a message was for."""
    await transaction.run_many(REMOVE, _rows(message, recipients))


def _rows(message: str, recipients: str) -> list[tuple[str, str]]:
    return [(each, message) for each in sorted(set(folded(recipients).split()))]
