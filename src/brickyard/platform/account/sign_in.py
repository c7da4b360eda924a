"""Signing in: whoever was recognised gets a session, or is asked for a second factor first."""

from brickyard.contract import Context, Unauthorized
from brickyard.platform.account.authenticator import Authenticator
from brickyard.platform.account.book import Book
from brickyard.platform.account.codes import Codes
from brickyard.platform.account.email import normal
from brickyard.platform.account.guard import Guard
from brickyard.platform.account.passwords import Passwords
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.account.wire.words import SignedInReply

CHALLENGE = "second-factor"
CHALLENGE_LIFE_S = 600.0


class SignIn:
    """The one way to a session."""

    def __init__(self, sessions: Sessions, codes: Codes, guard: Guard, authenticator: Authenticator) -> None:
        """Begin `sessions`."""
        self._sessions, self._codes, self._guard = sessions, codes, guard
        self._authenticator = authenticator

    async def recognised(self, context: Context, account: str) -> SignedInReply:
        """Begin a session for one who showed one factor, unless the account takes two."""
        if not await self._authenticator.is_set_up(account):
            return await self.trusted(context, account)
        challenge = await self._codes.issue(CHALLENGE, account, CHALLENGE_LIFE_S)
        return SignedInReply(account="", token="", challenge=challenge)

    async def trusted(self, context: Context, account: str) -> SignedInReply:
        """Begin a session, always a new one, for one who has shown enough."""
        token = await self._sessions.begin(context, account)
        await self._guard.welcome(account, context)
        return SignedInReply(account=account, token=token, challenge="")

    async def second_factor(self, context: Context, challenge: str, code: str) -> SignedInReply:
        """Meet a challenge with a code; the challenge stays good if the code is wrong."""
        account = (await self._codes.read(CHALLENGE, challenge)).account
        async with self._guard.guess(CHALLENGE, account, account, context):
            await self._authenticator.check(context, account, code)
        await self._codes.take(CHALLENGE, challenge)
        return await self.trusted(context, account)


class PasswordLogin:
    """Recognises by e-mail and password."""

    def __init__(self, book: Book, guard: Guard, passwords: Passwords) -> None:
        """Look accounts up in `book`."""
        self._book, self._guard, self._passwords = book, guard, passwords

    async def account(self, context: Context, email: str, password: str) -> str:
        """Give the account; `Unauthorized` alike for an e-mail that has none and a wrong password."""
        email = normal(email)
        found = await self._book.by_email(email)
        known = None if found is None else found.password_hash
        async with self._guard.guess("password", email, "" if found is None else found.id, context):
            right = await self._passwords.matches(known, password)
            if found is None or known is None or not right:
                raise Unauthorized("The e-mail or the password is wrong.")
        if self._passwords.is_outdated(known):
            await self._renew(found.id, password)
        return found.id

    async def _renew(self, account: str, password: str) -> None:
        """Hash with the parameters of today, while the password is at hand."""
        renewed = await self._passwords.hash(password)
        await self._book.sql.transact(lambda each: self._book.rehash_in(each, account, renewed))
