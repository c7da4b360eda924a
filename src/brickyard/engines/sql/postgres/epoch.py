"""Epochs that several gateways share: remembered under a lock that whoever raises one waits for.

A gateway trusts what it remembers only while it holds a lock that all gateways share, and remembers only
what it read after taking it. Whoever raised an epoch takes the same lock for itself, after the commit: when
it has it, nobody trusts the old epoch any longer. The notice that the commit sends asks the gateways to let
go, which takes a millisecond or two. One that does not hear it lost its trust long before the wait for it
ends: it has to be renewed twice a second.

Where a database has no such locks or no such notices, nothing is remembered: every epoch given is a new one,
so whoever asks looks for itself, and a commit is known to all when it is done.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from brickyard.engines.sql import Transaction
from brickyard.engines.sql.epoch import ADVANCE
from brickyard.engines.sql.postgres.connection import Connection, Connector, drop
from brickyard.engines.sql.postgres.errors import LOST
from brickyard.engines.sql.postgres.listener import Listener
from brickyard.engines.sql.postgres.signals import Signals

CHANNEL = "brickyard_epochs"
LOCK = 0x6272_6963_6B65_706F
"""Any number that nobody else locks."""
CALL_S = 0.005
RENEW_S = 0.5
TRUST_S = 2.0
"""How long what is remembered is trusted after the server last answered."""
WAIT_S = 5.0
"""How long whoever raised an epoch waits for the others: until none of them can trust the old one."""

READ = "SELECT name, epoch FROM epochs WHERE project = $1"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', ?1)"


class PostgresEpochs:
    """What is remembered of one project's epochs, and until when it may be trusted."""

    def __init__(self, connect: Connector, project: str, signals: Signals) -> None:
        """Open connections of its own by `connect`; use of the database's `signals` what it has."""
        self._connect, self._project, self._signals = connect, project, signals
        self._epochs: dict[str, int] = {}
        self._trusted_until = 0.0
        self._doubts = 0
        self._called = asyncio.Event()
        self._listener = Listener(connect, CHANNEL, self._let_go, self._attend)

    def current(self, name: str) -> int:
        """Give the epoch; a new negative number each time while it cannot be trusted."""
        if time.monotonic() < self._trusted_until:
            return self._epochs.get(name, 0)
        if self._signals.trusted:
            self._listener.begin()
        self._doubts -= 1
        return self._doubts

    async def raise_(self, transaction: Transaction, name: str) -> None:
        """Begin another epoch, and call the gateways."""
        await transaction.changed(ADVANCE, name)
        if self._signals.notices:
            await transaction.rows(NOTIFY)

    async def known(self) -> None:
        """Wait until every gateway has let go, or can trust what it remembers no longer.

        That this one trusts nothing says little of the others: they are waited for wherever it can be done.
        """
        if not self._signals.locks:
            return
        begun = time.monotonic()
        with suppress(*LOST):
            async with asyncio.timeout(WAIT_S):
                await self._take_alone()
                return
        await asyncio.sleep(max(0.0, begun + WAIT_S - time.monotonic()))

    def close(self) -> None:
        """Stop listening."""
        self._trusted_until = 0.0
        self._listener.close()

    async def _take_alone(self) -> None:
        async with self._opened() as waiting, self._opened() as calling:
            taken = asyncio.create_task(waiting.execute(f"SELECT pg_advisory_lock({LOCK})"))
            # Who let go at the commit's call may have come back before this one began to wait: call again,
            # as whoever lets go from now on comes after it.
            while not (await asyncio.wait((taken,), timeout=CALL_S))[0]:
                if self._signals.notices:
                    await calling.fetch("SELECT pg_notify($1, $2)", CHANNEL, self._project)
            await taken

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[Connection]:
        connection = await self._connect()
        try:
            yield connection
        finally:
            drop(connection)  # and with it goes the lock

    def _let_go(self, _project: str) -> None:
        self._trusted_until = 0.0
        self._called.set()

    async def _attend(self, connection: Connection) -> None:
        try:
            while True:
                await self._hold(connection)
        finally:
            self._trusted_until = 0.0

    async def _hold(self, connection: Connection) -> None:
        """Hold the lock, and trust what was read under it, until called."""
        self._called.clear()
        await connection.execute(f"SELECT pg_advisory_lock_shared({LOCK})")
        begun = time.monotonic()
        self._epochs = dict(await connection.fetch(READ, self._project))
        while not self._called.is_set():
            self._trusted_until = begun + TRUST_S
            with suppress(TimeoutError):
                async with asyncio.timeout(RENEW_S):
                    await self._called.wait()
            if not self._called.is_set():
                begun = time.monotonic()
                await connection.execute("SELECT 1")
        await connection.execute(f"SELECT pg_advisory_unlock_shared({LOCK})")
