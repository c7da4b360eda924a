"""Where the secrets are kept sealed that messages to accounts are signed with."""

from typing import Literal, cast

from brickyard.engines.seal import Page, Sealed
from brickyard.engines.seal.places import Position
from brickyard.engines.sql import Transaction
from brickyard.platform.billing import channels
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.channels import Channels

Which = Literal["secret", "former"]
BOTH: tuple[Which, Which] = ("secret", "former")


class SealedChannels:
    """The secrets of all accounts that have books, each in rows of its own account's; see `Place`."""

    start: Position = ("",)

    def __init__(self, books: Books) -> None:
        """Find them by `books`."""
        self._books = books

    async def after(self, position: Position, limit: int) -> Page:
        """Give the secrets of the next accounts."""
        accounts = await self._books.accounts_after(str(position[0]), limit)
        values = [each for account in accounts for each in _of(account, await self._look(account))]
        return Page(values, (accounts[-1],) if accounts else None)

    async def put(self, found: Sealed, anew: bytes) -> bool:
        """Keep one sealed anew."""
        account, which = cast("tuple[str, Which]", found.at)

        async def work(transaction: Transaction) -> bool:
            return await channels.replace_sealed(transaction, which, found.value, anew)

        return await self._books.write(account, work)

    async def _look(self, account: str) -> Channels:
        return await channels.look(await self._books.sql(account))


def _of(account: str, found: Channels) -> list[Sealed]:
    values = {"secret": found.secret, "former": found.former}
    return [Sealed((account, which), account, values[which]) for which in BOTH if values[which]]
