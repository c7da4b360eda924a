"""Writing entries, inside the transactions of the changes that they tell of."""

import secrets
from dataclasses import dataclass
from itertools import count
from typing import cast

import msgspec

from brickyard.contract import Context, JsonObject, Reply
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Transaction
from brickyard.engines.sql.witness import Noting
from brickyard.platform.audit.masking import masked
from brickyard.platform.key.schema import PLATFORM

ITSELF = Context("", "", "", (), "", role="owner", endpoint="cloud")
"""The cloud's own doing: what it does when it starts, or when time has come."""

OPERATORS = "admin."
"""How the names of the endpoints begin that only operators call."""

INSERT = (
    "INSERT INTO audit (project, id, about, subject, endpoint, account, session, key_id, operator,"
    " address, request_id, time_ns, before, after)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
)


class Audit:
    """Notes changes."""

    def __init__(self, clock: Clock) -> None:
        """Know the time by `clock`."""
        self._clock = clock
        self._numbers = count()

    async def note(
        self,
        transaction: Transaction,
        context: Context,
        *,
        project: str = "",
        subject: str = "",
        before: JsonObject | None = None,
        after: JsonObject | None = None,
    ) -> None:
        """Note a change that `transaction`, which is the platform's own, makes for the call of `context`.

        `project` is whose change it is; none if it is an account's. `subject` is the id of what was changed.
        `before` and `after` are what is worth knowing of it; secrets in them are masked.
        """
        await transaction.changed(
            INSERT,
            self._id(),
            project,
            subject or project,
            context.endpoint,
            context.account,
            context.session,
            context.key_id,
            int(context.endpoint.startswith(OPERATORS)),
            context.address,
            context.request_id,
            self._clock.now_ns(),
            _text(before),
            _text(after),
        )

    async def note_beside(
        self,
        transaction: Transaction,
        context: Context,
        *,
        project: str = "",
        subject: str = "",
        before: JsonObject | None = None,
        after: JsonObject | None = None,
    ) -> None:
        """Note a change that is made in another's rows, such as an account's books: in the same commit."""
        line = Line(self, context, project, subject, before, after)
        await cast("Noting", transaction).note(line)

    def _id(self) -> str:
        """Make an id that rises with time, and within one moment with the order of changes."""
        number = next(self._numbers) % 2**24
        return f"{first_id(self._clock.now_ns())}{number:06x}{secrets.token_hex(3)}"


@dataclass(frozen=True)
class Line:
    """An entry to be, as a witness that takes part in another's transaction."""

    audit: Audit
    context: Context
    about: str
    subject: str
    before: JsonObject | None
    after: JsonObject | None

    project = PLATFORM

    async def note(self, transaction: Transaction, reply: Reply | None) -> None:
        """Write it."""
        del reply
        await self.audit.note(
            transaction,
            self.context,
            project=self.about,
            subject=self.subject,
            before=self.before,
            after=self.after,
        )

    def committed(self, reply: Reply | None) -> None:
        """Need not know."""


def first_id(moment_ns: int) -> str:
    """Give what is less than the id of every entry from a moment on, and greater than of all before."""
    return f"aud_{moment_ns:016x}"


def _text(value: JsonObject | None) -> str | None:
    return None if value is None else msgspec.json.encode(masked(value)).decode()
