"""Another password, chosen by one who is signed in or with a letter's code: who knew the old one is out."""

from brickyard.contract import Context
from brickyard.engines.sql import Transaction
from brickyard.platform.account.book import Book, Entry
from brickyard.platform.account.codes import Codes
from brickyard.platform.account.letters import Letters, Text
from brickyard.platform.account.mailbox import RESET
from brickyard.platform.account.passwords import Passwords, check
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.account.wire.words import DONE


class NewPassword:
    """Sets passwords, ends sessions that are from before, and tells the owner: in one commit."""

    def __init__(
        self, book: Book, codes: Codes, passwords: Passwords, letters: Letters, sessions: Sessions
    ) -> None:
        """Set them in `book`."""
        self._book, self._codes, self._passwords = book, codes, passwords
        self._letters, self._sessions = letters, sessions

    async def change(self, context: Context, entry: Entry, password: str) -> None:
        """Set another password, and end all other sessions."""
        check(password, entry.email, "/new_password")
        password_hash = await self._passwords.hash(password)

        async def work(transaction: Transaction) -> None:
            await self._set_in(transaction, context, entry.id, password_hash, but=context.session)

        await self._letters.tell(entry.email, self._changed, work)
        await self._sessions.ended()

    async def reset(self, context: Context, code: str, password: str) -> None:
        """Set another password with a letter's code, and end all sessions; `BadRequest` if it is not one."""
        found = await self._codes.read(RESET, code)
        check(password, found.email)
        password_hash = await self._passwords.hash(password)

        async def work(transaction: Transaction) -> None:
            await self._codes.take_in(transaction, RESET, code)
            await self._set_in(transaction, context, found.account, password_hash)

        await self._letters.tell(found.email, self._changed, work)
        await self._sessions.ended()

    async def _set_in(
        self, transaction: Transaction, context: Context, account: str, password_hash: str, *, but: str = ""
    ) -> None:
        await self._book.set_password_in(transaction, context, account, password_hash)
        await self._book.forget_codes_in(transaction, account)
        await self._sessions.end_all_in(transaction, context, account, but=but)
        transaction.answers(DONE)

    @property
    def _changed(self) -> Text:
        return self._letters.changed("its password was changed")
