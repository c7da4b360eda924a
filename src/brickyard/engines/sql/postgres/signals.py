"""By which signals the gateways on a database can reach each other, as the database itself shows.

PostgreSQL has locks that a connection holds (advisory locks), and notices (LISTEN and NOTIFY). Of the
databases that speak its protocol some have neither, some let them be called and do nothing, and some have
them as an option; and a role may not be let use them. So nothing is concluded from a name or a version: it
is tried, by two connections.
"""

import asyncio
import secrets
from typing import Any, NamedTuple

from brickyard.engines.sql.postgres.connection import Connection
from brickyard.engines.sql.postgres.errors import REFUSED

NOTICE_LIMIT_S = 5.0
"""How long a notice may take before it is taken for lost. Where they come, they take milliseconds."""


class Signals(NamedTuple):
    """What can be called, and whether it does what it says."""

    locks: bool
    """Whether advisory locks can be called."""
    notices: bool
    """Whether notices can be called."""
    trusted: bool
    """Whether a lock of one connection keeps another one waiting, and a notice of one reaches another."""


async def signals_of(one: Connection, other: Connection) -> Signals:
    """Try them out; the connections may hold locks afterwards."""
    locks = await _tried(_locks_out(one, other))
    notices = await _tried(_is_heard(one, other))
    return Signals(locks is not None, notices is not None, trusted=bool(locks and notices))


async def _tried(trial: Any) -> bool | None:
    """Give what came of a trial; None if the server refused it."""
    try:
        return await trial
    except REFUSED:
        return None


async def _locks_out(one: Connection, other: Connection) -> bool:
    number = secrets.randbits(62)
    await one.execute(f"SELECT pg_advisory_lock_shared({number})")
    [(taken,)] = await other.fetch(f"SELECT pg_try_advisory_lock({number})")
    await one.execute(f"SELECT pg_advisory_unlock_shared({number})")
    await other.execute(f"SELECT pg_advisory_lock({number})")
    return not taken


async def _is_heard(one: Connection, other: Connection) -> bool:
    heard, channel = asyncio.Event(), f"brickyard_{secrets.token_hex(8)}"
    await one.add_listener(channel, lambda *_: heard.set())
    await other.fetch("SELECT pg_notify($1, '')", channel)
    try:
        async with asyncio.timeout(NOTICE_LIMIT_S):
            await heard.wait()
    except TimeoutError:
        return False
    return True
