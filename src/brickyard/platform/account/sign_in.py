"""Signing in: whoever was recognised gets a session, or is asked for a second factor first.

All that a sign-in changes is one commit, with its reply: the code that was used up, the account that was made
by it, the session. So nobody's code is spent on a sign-in that was cut short.
"""

from brickyard.contract import Context, Unauthorized
from brickyard.engines.sql import Sql, Transaction, Work
from brickyard.engines.sql.witness import witnessed
from brickyard.platform.account.authenticator import Authenticator
from brickyard.platform.account.book import Book
from brickyard.platform.account.codes import Codes, Promise, new_code
from brickyard.platform.account.email import normal
from brickyard.platform.account.guard import Guard
from brickyard.platform.account.passwords import Passwords
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.account.wire.words import SignedInReply

CHALLENGE = "second-factor"
CHALLENGE_LIFE_S = 600.0


class SignIn:
    """The one way to a session. `sql` is bound to the platform's own project."""

    def __init__(
        self, sql: Sql, sessions: Sessions, codes: Codes, guard: Guard, authenticator: Authenticator
    ) -> None:
        """Begin `sessions`."""
        self._sql, self._sessions, self._codes, self._guard = sql, sessions, codes, guard
        self._authenticator = authenticator

    async def recognised(self, context: Context, who: Work[str]) -> SignedInReply:
        """Begin a session for one who showed one factor, unless the account takes two.

        `who` gives the account, and is part of the commit.
        """
        code = new_code()

        async def work(transaction: Transaction) -> SignedInReply:
            account = await who(transaction)
            if not await self._authenticator.is_set_up_in(transaction, account):
                return await self._begin_in(transaction, context, account)
            promise = Promise(purpose=CHALLENGE, account=account, life_s=CHALLENGE_LIFE_S)
            await self._codes.hold_in(transaction, code, promise)
            reply = SignedInReply(account="", token="", challenge=code)
            transaction.answers(reply)
            return reply

        return await self._sql.transact(work)

    async def trusted(self, context: Context, who: Work[str]) -> SignedInReply:
        """Begin a session, always a new one, for one who has shown enough; otherwise as `recognised`."""

        async def work(transaction: Transaction) -> SignedInReply:
            return await self._begin_in(transaction, context, await who(transaction))

        return await self._sql.transact(work)

    async def second_factor(self, context: Context, challenge: str, code: str) -> SignedInReply:
        """Meet a challenge with a code; the challenge stays good if the code is wrong."""
        account = (await self._codes.read(CHALLENGE, challenge)).account
        use_in = self._authenticator.use_of(context, account, code)

        async def who(transaction: Transaction) -> str:
            await use_in(transaction)
            return (await self._codes.take_in(transaction, CHALLENGE, challenge)).account

        async with self._guard.guess(CHALLENGE, account, account, context):
            return await self.trusted(context, who)

    async def _begin_in(self, transaction: Transaction, context: Context, account: str) -> SignedInReply:
        token = await self._sessions.begin_in(transaction, context, account)
        await self._guard.welcome_in(transaction, account, context)
        reply = SignedInReply(account=account, token=token, challenge="")
        transaction.answers(reply)
        return reply


class PasswordLogin:
    """Recognises by e-mail and password."""

    def __init__(self, book: Book, guard: Guard, passwords: Passwords) -> None:
        """Look accounts up in `book`."""
        self._book, self._guard, self._passwords = book, guard, passwords

    async def who(self, context: Context, email: str, password: str) -> Work[str]:
        """Give what gives the account; `Unauthorized` for an e-mail that has none as for a wrong password."""
        email = normal(email)
        found = await self._book.by_email(email)
        known = None if found is None else found.password_hash
        async with self._guard.guess("password", email, "" if found is None else found.id, context):
            right = await self._passwords.matches(known, password)
            if found is None or known is None or not right:
                raise Unauthorized("The e-mail or the password is wrong.")
        if self._passwords.is_outdated(known):
            await self._renew(found.id, password)

        async def who(_transaction: Transaction) -> str:
            return found.id

        return who

    async def _renew(self, account: str, password: str) -> None:
        """Hash with the parameters of today, while the password is at hand: no effect of the call."""
        renewed = await self._passwords.hash(password)
        with witnessed(None):
            await self._book.sql.transact(lambda each: self._book.rehash_in(each, account, renewed))
