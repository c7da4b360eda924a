"""Granted credit: spent before what was paid for, gone when it expires.

What is left of a grant is the cached balance of its ledger account, `promo:` and the grant's number.
"""

import msgspec

from brickyard.engines.sql import Transaction
from brickyard.platform.billing.ledger import BREAKAGE, CUSTOMER, PROMO, Entry, Posting, post
from brickyard.platform.billing.schema import NEVER_NS
from brickyard.platform.billing.wallet import Wallet


class Grant(msgspec.Struct, frozen=True):
    """Credit that is left."""

    sequence: int
    """The number of the transaction that granted it."""
    remaining: int
    """In nano-dollars."""
    expires_ns: int


async def begin(
    transaction: Transaction, wallet: Wallet, amount: int, priority: int, expires_ns: int
) -> Wallet:
    """Note what was granted by the wallet's newest transaction."""
    await transaction.changed(
        "INSERT INTO billing_grants (account, sequence, remaining, priority, expires_ns)"
        " VALUES (?1, ?2, ?3, ?4, ?5)",
        wallet.sequence,
        amount,
        priority,
        expires_ns,
    )
    return msgspec.structs.replace(wallet, credit_expires_ns=min(wallet.credit_expires_ns, expires_ns))


async def spend(transaction: Transaction, wallet: Wallet, amount: int) -> tuple[Entry, ...]:
    """Take `amount` from credit as far as that goes, and from what was paid for; gives the entries."""
    entries: list[Entry] = []
    for grant in await _left(transaction) if wallet.credit else ():
        taken = min(grant.remaining, amount)
        if taken:
            await move(transaction, grant.sequence, -taken)
            entries.append(Entry(f"{PROMO}{grant.sequence}", -taken))
            amount -= taken
    return (*entries, Entry(CUSTOMER, -amount)) if amount else tuple(entries)


async def move(transaction: Transaction, grant: int, amount: int) -> None:
    """Add to what is left of a grant, or take from it."""
    await transaction.changed(
        "UPDATE billing_grants SET remaining = remaining + ?3 WHERE account = ?1 AND sequence = ?2",
        grant,
        amount,
    )


async def expire(transaction: Transaction, wallet: Wallet, now_ns: int) -> Wallet:
    """Take away the credit whose time is over, but for what calls under way are counting on.

    That stays until they are done, and is then taken here the next time.
    """
    if wallet.credit_expires_ns > now_ns:
        return wallet
    left = await _left(transaction)
    for grant in left:
        taken = min(grant.remaining, wallet.available)
        if grant.expires_ns <= now_ns and taken:
            await move(transaction, grant.sequence, -taken)
            entries = (Entry(f"{PROMO}{grant.sequence}", -taken), Entry(BREAKAGE, taken))
            posting = Posting(kind="expire", entries=entries, original=grant.sequence)
            wallet = await post(transaction, wallet, posting, now_ns)
    return await reckon(transaction, wallet)


async def reckon(transaction: Transaction, wallet: Wallet) -> Wallet:
    """Find out anew when credit expires next."""
    left = await _left(transaction)
    return msgspec.structs.replace(
        wallet, credit_expires_ns=min((grant.expires_ns for grant in left), default=NEVER_NS)
    )


async def _left(transaction: Transaction) -> list[Grant]:
    """Give the grants of which something is left, in the order in which they are spent."""
    rows = await transaction.rows(
        "SELECT sequence, remaining, expires_ns FROM billing_grants WHERE account = ?1 AND remaining > 0"
        " ORDER BY priority, expires_ns, sequence"
    )
    return [Grant(*row) for row in rows]
