"""What a letter to one's mailbox opens: signing in without a password, another password, another e-mail.

The code and its letter are one commit.
"""

from collections.abc import Callable

from brickyard.contract import BadRequest, Context
from brickyard.engines.sql import Transaction, Work
from brickyard.platform.account.book import Book, Entry
from brickyard.platform.account.codes import Codes, Promise, new_code
from brickyard.platform.account.email import normal
from brickyard.platform.account.guard import Guard
from brickyard.platform.account.letters import Letters, Text
from brickyard.platform.account.wire.words import DONE

MAGIC_LINK, MAGIC_LINK_LIFE_S = "magic-link", 15 * 60.0
RESET, RESET_LIFE_S = "reset", 3600.0
EMAIL, EMAIL_LIFE_S = "email", 24 * 3600.0


class MailboxKeys:
    """Codes in letters, and what they are taken for."""

    def __init__(self, book: Book, codes: Codes, guard: Guard, letters: Letters) -> None:
        """Look accounts up in `book`."""
        self._book, self._codes, self._guard, self._letters = book, codes, guard, letters

    async def send_magic_link(self, context: Context, email: str) -> None:
        """Send a code to sign in with, or word that there is no account; what is done is the same."""
        await self._send(context, MAGIC_LINK, email, MAGIC_LINK_LIFE_S, self._letters.magic_link)

    def who(self, code: str) -> Work[str]:
        """Give what gives the account that a code lets in to; it uses the code up."""

        async def who(transaction: Transaction) -> str:
            return (await self._codes.take_in(transaction, MAGIC_LINK, code)).account

        return who

    async def send_reset(self, context: Context, email: str) -> None:
        """Send a code to choose another password with, or word that there is no account."""
        await self._send(context, RESET, email, RESET_LIFE_S, self._letters.reset)

    async def send_change(self, context: Context, account: str, email: str) -> None:
        """Send a code to the mailbox that is to be an account's; one that has an account hears so instead."""
        email = normal(email)
        await self._guard.letter(EMAIL, email, context)
        known, code = await self._book.by_email(email) is not None, new_code()
        purpose = "nothing" if known else EMAIL
        promise = Promise(purpose=purpose, account=account, life_s=EMAIL_LIFE_S, email=email)
        text = self._letters.sign_up_known() if known else self._letters.change_email(code)
        await self._issue(code, promise, text)

    async def change(self, context: Context, entry: Entry, code: str) -> None:
        """Make a mailbox the account's, and tell the old one."""
        email = (await self._codes.read(EMAIL, code)).email

        async def work(transaction: Transaction) -> None:
            found = await self._codes.take_in(transaction, EMAIL, code)
            if found.account != entry.id:
                raise BadRequest("The code belongs to another account: sign in to that one.")
            await self._book.set_email_in(transaction, context, entry.id, found.email)
            await self._book.forget_codes_in(transaction, entry.id)
            transaction.answers(DONE)

        await self._letters.tell(entry.email, self._letters.changed(f"its e-mail is {email} now"), work)

    async def _send(
        self, context: Context, purpose: str, email: str, life_s: float, letter: Callable[[str], Text]
    ) -> None:
        """Send a code for an e-mail's account; word that it has none is no faster."""
        email = normal(email)
        await self._guard.letter(purpose, email, context)
        found, code = await self._book.by_email(email), new_code()
        text = self._letters.unknown() if found is None else letter(code)
        account, purpose = ("", "nothing") if found is None else (found.id, purpose)
        await self._issue(code, Promise(purpose=purpose, account=account, life_s=life_s, email=email), text)

    async def _issue(self, code: str, promise: Promise, text: Text) -> None:
        async def work(transaction: Transaction) -> None:
            await self._codes.hold_in(transaction, code, promise)
            transaction.answers(DONE)

        await self._letters.send_with(promise.email, text, work, promise.account)
