"""Proof that it is still the owner who asks, before what matters is changed."""

from brickyard.contract import Context, Forbidden, Unauthorized
from brickyard.engines.clock import Clock
from brickyard.platform.account.book import Book, Entry
from brickyard.platform.account.guard import Guard
from brickyard.platform.account.passwords import Passwords
from brickyard.platform.account.sessions import Sessions

RECENT_NS = 15 * 60 * 1_000_000_000


class Proof:
    """Asks for a recent sign-in or the password."""

    def __init__(
        self, book: Book, sessions: Sessions, guard: Guard, passwords: Passwords, clock: Clock
    ) -> None:
        """Tell by `clock` what is recent."""
        self._book, self._sessions, self._guard = book, sessions, guard
        self._passwords, self._clock = passwords, clock

    async def of_owner(self, context: Context, password: str) -> Entry:
        """Give the account that asks; `Forbidden` if it has to sign in again, or give its password.

        A password that is given has to be right, however recent the sign-in is.
        """
        entry = await self.account(context)
        began_ns = await self._sessions.began_ns(entry.id, context.session)
        if not password:
            if self._clock.now_ns() - began_ns <= RECENT_NS:
                return entry
            raise Forbidden("This takes a sign-in within the last 15 minutes, or the field `password`.")
        async with self._guard.guess("proof", entry.id, entry.id, context):
            if not await self._passwords.matches(entry.password_hash, password):
                raise Forbidden("The password is wrong.")
        return entry

    async def account(self, context: Context) -> Entry:
        """Give the account that is signed in; `Forbidden` if a key calls."""
        if not context.account:
            raise Forbidden("This is for one who is signed in: call it with a session, not with a key.")
        entry = await self._book.by_id(context.account)
        if entry is None:
            raise Unauthorized("The account was deleted.")
        return entry
