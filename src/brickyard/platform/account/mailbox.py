"""What a letter to one's mailbox opens: signing in without a password, another password, another e-mail."""

from brickyard.contract import BadRequest, Context
from brickyard.engines.sql import Transaction, UniqueViolation
from brickyard.platform.account.book import Book
from brickyard.platform.account.codes import Codes
from brickyard.platform.account.email import normal
from brickyard.platform.account.guard import Guard
from brickyard.platform.account.letters import Letters
from brickyard.platform.account.passwords import Passwords, check
from brickyard.platform.account.sessions import Sessions

MAGIC_LINK, MAGIC_LINK_LIFE_S = "magic-link", 15 * 60.0
RESET, RESET_LIFE_S = "reset", 3600.0
EMAIL, EMAIL_LIFE_S = "email", 24 * 3600.0


class MailboxKeys:
    """Codes in letters, and what they are taken for."""

    def __init__(self, book: Book, codes: Codes, guard: Guard, letters: Letters, sessions: Sessions) -> None:
        """Look accounts up in `book`, and end `sessions` of those whose password is reset."""
        self._book, self._codes, self._guard = book, codes, guard
        self._letters, self._sessions = letters, sessions

    async def send_magic_link(self, context: Context, email: str) -> None:
        """Send a code to sign in with, or word that there is no account; what is done is the same."""
        email, code = await self._code(context, MAGIC_LINK, email, MAGIC_LINK_LIFE_S)
        await self._letters.send(email, self._letters.magic_link(code) if code else self._letters.unknown())

    async def take_magic_link(self, code: str) -> str:
        """Give the account that a code lets in to."""
        return (await self._codes.take(MAGIC_LINK, code)).account

    async def send_reset(self, context: Context, email: str) -> None:
        """Send a code to choose another password with, or word that there is no account."""
        email, code = await self._code(context, RESET, email, RESET_LIFE_S)
        await self._letters.send(email, self._letters.reset(code) if code else self._letters.unknown())

    async def reset(self, context: Context, code: str, password: str, passwords: Passwords) -> None:
        """Set another password, and end all sessions: whoever knew the old one is out."""
        found = await self._codes.read(RESET, code)
        check(password, found.email)
        password_hash = await passwords.hash(password)

        async def work(transaction: Transaction) -> None:
            await self._codes.take_in(transaction, RESET, code)
            await self._book.set_password_in(transaction, context, found.account, password_hash)
            await self._book.forget_codes_in(transaction, found.account)

        await self._book.sql.transact(work)
        await self._sessions.end_all(context, found.account)
        await self._letters.send(found.email, self._letters.changed("its password was changed"))

    async def send_change(self, context: Context, account: str, email: str) -> None:
        """Send a code to the mailbox that is to be an account's; one that has an account hears so instead."""
        email = normal(email)
        await self._guard.letter(EMAIL, email, context)
        known = await self._book.by_email(email) is not None
        code = await self._codes.issue("nothing" if known else EMAIL, account, EMAIL_LIFE_S, email=email)
        text = self._letters.sign_up_known() if known else self._letters.change_email(code)
        await self._letters.send(email, text)

    async def change(self, context: Context, account: str, code: str) -> None:
        """Make a mailbox the account's, and tell the old one."""
        before = await self._book.by_id(account)

        async def work(transaction: Transaction) -> str:
            found = await self._codes.take_in(transaction, EMAIL, code)
            if found.account != account:
                raise BadRequest("The code belongs to another account: sign in to that one.")
            await self._book.set_email_in(transaction, context, account, found.email)
            await self._book.forget_codes_in(transaction, account)
            return found.email

        try:
            email = await self._book.sql.transact(work)
        except UniqueViolation as error:
            raise BadRequest("This e-mail belongs to another account by now.") from error
        if before is not None and before.email:
            await self._letters.send(before.email, self._letters.changed(f"its e-mail is {email} now"))

    async def _code(self, context: Context, purpose: str, email: str, life_s: float) -> tuple[str, str]:
        """Give the address and a code for its account; an empty one if it has none, made no faster."""
        email = normal(email)
        await self._guard.letter(purpose, email, context)
        found = await self._book.by_email(email)
        account = "" if found is None else found.id
        code = await self._codes.issue(purpose if found else "nothing", account, life_s, email=email)
        return email, code if found else ""
