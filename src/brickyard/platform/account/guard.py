"""What is throttled: guesses at an account's secrets, and letters that strangers have us send.

Guesses from networks that an account was signed in to from before are counted apart from those of strangers,
so that a stranger's failures do not keep the owner out. What one mailbox is sent is counted for each kind of
letter, so that a flood of one does not use up another; each letter of the flood lets its reader in.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from brickyard.contract import Context
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.account.network import network_of
from brickyard.platform.account.throttle import Limit, Subject, Throttle

GUESSES = Limit(free=5, forgive_s=600, pause_max_s=900)
GUESSES_FROM_NETWORK = Limit(free=30, forgive_s=60, pause_max_s=300)
LETTERS = Limit(free=5, forgive_s=900, pause_max_s=900)
LETTERS_FROM_NETWORK = Limit(free=20, forgive_s=60, pause_max_s=300)
KNOWN_FOR_NS = 90 * 24 * 3600 * 1_000_000_000
"""How long a network stays known to an account that was last signed in to from there."""


class Guard:
    """Lets attempts be made, or not yet. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Count in `sql`, and forget by `clock`."""
        self._sql, self._clock = sql, clock
        self._throttle = Throttle(sql, clock)

    @asynccontextmanager
    async def guess(self, kind: str, whose: str, account: str, context: Context) -> AsyncGenerator[None]:
        """Let a secret be guessed within; what leaves by an exception was wrong, and stays counted.

        `whose` is the account or the e-mail that is named; `account` is empty if there is none.
        """
        network = network_of(context.address)
        known = await self._knows(account, network)
        name = f"{kind}:{whose}:{network}" if known else f"{kind}:{whose}"
        subject = Subject(name, GUESSES)
        origin = Subject(f"guess:{network}", GUESSES_FROM_NETWORK)
        await self._throttle.admit(subject, origin)
        yield
        await self._throttle.clear(subject)
        await self._throttle.forgive(origin)

    async def letter(self, kind: str, email: str, context: Context) -> None:
        """Let a letter be sent to a mailbox; `TooManyRequests` if there were many."""
        await self._throttle.admit(
            Subject(f"letter:{kind}:{email}", LETTERS),
            Subject(f"letters:{network_of(context.address)}", LETTERS_FROM_NETWORK),
        )

    async def welcome_in(self, transaction: Transaction, account: str, context: Context) -> None:
        """Know the network that an account is signed in to from."""
        network, now_ns = network_of(context.address), self._clock.now_ns()
        await transaction.changed(
            "DELETE FROM known_networks WHERE project = ?1 AND account = ?2 AND seen_ns < ?3",
            account,
            now_ns - KNOWN_FOR_NS,
        )
        await transaction.changed(
            "INSERT INTO known_networks (project, account, network, seen_ns) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (project, account, network) DO UPDATE SET seen_ns = excluded.seen_ns",
            account,
            network,
            now_ns,
        )

    async def _knows(self, account: str, network: str) -> bool:
        row = await self._sql.point(
            "SELECT 1 FROM known_networks WHERE project = ?1 AND account = ?2 AND network = ?3",
            account,
            network,
        )
        return row is not None
