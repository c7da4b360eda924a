"""The e-mails that name an account, of which somebody has shown that they are its owner's."""

import json

from brickyard.engines.sql import Transaction
from brickyard.platform.audit.schema import SHOWN

OWNER = "SELECT account FROM emails WHERE project = ?1 AND email = ?2"


async def emails_in(transaction: Transaction, account: str) -> list[str]:
    """Give the one that an account has, and those it had before, but for what is another's by now.

    They are read in the audit log, before that forgets. What was asked for and never confirmed is not among
    them: whoever asks for another's e-mail would have a say in what comes to it.
    """
    found = set[str]()
    for entry in await transaction.rows(SHOWN, account):
        found |= {json.loads(each).get("email") or "" for each in entry if each is not None}
    owners = {each: await transaction.rows(OWNER, each) for each in sorted(found - {""})}
    return [email for email, owner in owners.items() if not owner or owner[0][0] == account]
