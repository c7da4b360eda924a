"""What those who send share: whose address a message is from, and how an address is written for them."""

from dataclasses import dataclass

from brickyard.engines.mail.mailbox import Mailbox
from brickyard.providers import Adapter, Credentials, Failure
from brickyard.services.email.port import Letter, Post


class Account(Credentials):
    """An account that sends, and its own address."""

    sender: str
    """The address that messages are from if they name none: `Shop <hello@example.com>`, or without a name."""


@dataclass(frozen=True)
class Sending(Adapter, Post):
    """One who sends over HTTP."""

    credentials: Account
    own: bool
    """Whether the credentials are the project's own, and not the cloud's."""

    def author(self, letter: Letter) -> Mailbox:
        """Say whom a message is from."""
        return author(letter, self.credentials.sender, own=self.own)


def author(letter: Letter, sender: str, *, own: bool) -> Mailbox:
    """Say whom a message is from; `sender` is the account's own address.

    With the cloud's account a project chooses the name alone: everybody could write in everybody's name
    otherwise.
    """
    try:
        account = Mailbox.of(sender, "sender")
    except ValueError as error:
        raise Failure("auth", f"The credentials' sender is no address: {error}") from error
    if not letter.address:
        return Mailbox(letter.name or account.name, account.address)
    if not own:
        raise Failure(
            "bad input",
            f"From {letter.address}: with the cloud's account a message is from the cloud's address. Give a"
            " name alone, or set credentials of your own (provider/Set).",
        )
    return Mailbox(letter.name, letter.address)


def written(mailbox: Mailbox) -> str:
    """Write an address with its name, in quotes where it has to be (RFC 5322); encoding is up to others."""
    return str(mailbox.header())
