"""Signing up: nothing is made before the mailbox is shown to be one's own.

What was asked for waits with its code. So nobody can take an e-mail in advance of its owner, and an e-mail
that has an account is answered like one that has none: with a letter.
"""

import msgspec

from brickyard.contract import BadRequest, Context
from brickyard.engines.sql import Transaction, Work
from brickyard.platform.account.book import Book
from brickyard.platform.account.codes import Codes, Promise, new_code
from brickyard.platform.account.email import normal
from brickyard.platform.account.guard import Guard
from brickyard.platform.account.letters import Letters
from brickyard.platform.account.passwords import Passwords, check
from brickyard.platform.account.wire.words import DONE

PURPOSE = "sign-up"
LIFE_S = 24 * 3600.0


class Wish(msgspec.Struct, frozen=True):
    """What waits to be confirmed."""

    password_hash: str
    name: str


class SignUp:
    """Makes accounts."""

    def __init__(
        self, book: Book, codes: Codes, guard: Guard, passwords: Passwords, letters: Letters
    ) -> None:
        """Make them in `book`."""
        self._book, self._codes, self._guard = book, codes, guard
        self._passwords, self._letters = passwords, letters

    async def ask(self, context: Context, email: str, password: str, name: str) -> None:
        """Send the letter that confirms, or that says there is an account; what is done is the same."""
        email = normal(email)
        check(password, email)
        await self._guard.letter(PURPOSE, email, context)
        wish = Wish(await self._passwords.hash(password), name)
        known = await self._book.by_email(email) is not None
        purpose, data = "nothing" if known else PURPOSE, msgspec.json.encode(wish).decode()
        code, promise = new_code(), Promise(purpose=purpose, life_s=LIFE_S, email=email, data=data)

        async def work(transaction: Transaction) -> None:
            await self._codes.hold_in(transaction, code, promise)
            transaction.answers(DONE)

        text = self._letters.sign_up_known() if known else self._letters.sign_up(code)
        await self._letters.send_with(email, text, work)

    async def who(self, context: Context, code: str, password: str) -> Work[str]:
        """Give what makes the account, and gives its id.

        `BadRequest` if the code or the password is not the one.
        """
        found = await self._codes.read(PURPOSE, code)
        wish = msgspec.json.decode(found.data, type=Wish)
        async with self._guard.guess(PURPOSE, code, "", context):
            if not await self._passwords.matches(wish.password_hash, password):
                raise BadRequest.at(
                    "/password", "This is not the password that this letter's sign-up was made with."
                )

        async def make(transaction: Transaction) -> str:
            await self._codes.take_in(transaction, PURPOSE, code)
            account = await self._book.make_in(transaction, context, wish.name or found.email, found.email)
            await self._book.set_password_in(transaction, context, account, wish.password_hash)
            return account

        return make
