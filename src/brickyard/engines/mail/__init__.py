"""The mail port: letters are kept first, then sent."""

from collections.abc import Collection
from typing import Protocol

import msgspec

from brickyard.engines.sql import Result, Transaction, Work


class Attachment(msgspec.Struct, frozen=True):
    """A file that comes with a letter."""

    name: str
    media_type: str
    """As `text/csv`."""
    content: bytes


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to one person.

    Addresses are `ada@example.com` or `Ada <ada@example.com>`.
    """

    to: str
    subject: str
    text: str
    """The letter itself, as plain text."""
    html: str = ""
    """The same for readers that show HTML; without it they show the text."""
    reply_to: str = ""
    """Where answers go; to the sender if empty."""
    sender: str = ""
    """Whom it is from; the cloud's own address (`BRICKYARD_MAIL_FROM`) if empty."""
    attachments: tuple[Attachment, ...] = ()
    """At most 10, of 10 MiB together."""
    account: str = ""
    """Whose asking it was, wherever it goes: it is forgotten with that account. Empty if nobody's."""


class Mail(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> str:
        """Keep a letter and have it sent; gives its id as soon as no crash can lose it.

        It is sent at least once: twice if the process ends at the wrong moment. Both copies have the same
        Message-ID. Raises a ValueError that says what is wrong with the letter, or `Unavailable` if too many
        letters are waiting.
        """
        ...


class OwnMail(Mail, Protocol):
    """Sends letters of what happens in the cloud's own rows: services of projects are not given it."""

    async def send_with(self, letter: Letter, work: Work[Result]) -> Result:
        """Keep a letter in the commit of `work`, which is run in the platform's own project.

        Gives the result of `work`. There is never one without the other: what either raises undoes both.
        """
        ...

    async def forget_in(self, transaction: Transaction, account: str, addresses: Collection[str]) -> None:
        """Remove an account's letters: those that it asked for, and those to `addresses`, in lower case.

        What waits to be sent is sent, and removed once it was, or was given up.
        """
        ...
