"""What those who send share: whose address a message is from, and how an address is written for them."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.providers import Adapter, Credentials, Failure
from brickyard.providers.credentials import Unfit
from brickyard.services.email.port import Letter, Post


class Account(Credentials):
    """An account that sends, and its own address."""

    sender: str
    """The address that messages are from if they name none: `Shop <hello@example.com>`, or without a name."""

    def check(self, allowed: Allowed) -> None:
        """Refuse what is no address."""
        del allowed
        try:
            Mailbox.of(self.sender, "sender")
        except ValueError as error:
            raise Unfit("sender", str(error)) from error


@dataclass(frozen=True)
class Sending(Adapter, Post):
    """One who sends over HTTP."""

    credentials: Account
    own: bool
    """Whether the credentials are the project's own, and not the cloud's."""

    def author(self, letter: Letter) -> Mailbox:
        """Say whom a message is from."""
        return author(letter, self.credentials.sender, own=self.own)

    @contextmanager
    def handing_over(self, letter: Letter) -> Generator[None]:
        """Hand a message over within this.

        That the provider does not let the cloud's account write from a project's address is no fault of the
        account: it has to stay in use for all others.
        """
        try:
            yield
        except Failure as failure:
            if self.own or not letter.address or failure.kind != "auth":
                raise
            raise Failure(
                "bad input",
                f"From {letter.address}: with the cloud's account this is not let pass. {failure.detail}",
                pointer="/from",
            ) from failure


def author(letter: Letter, sender: str, *, own: bool) -> Mailbox:
    """Say whom a message is from; `sender` is the account's own address.

    With the cloud's account a project chooses the name alone, or an address that it has proven to be its own:
    everybody could write in everybody's name otherwise.
    """
    try:
        account = Mailbox.of(sender, "sender")
    except ValueError as error:
        raise Failure("auth", f"The credentials' sender is no address: {error}") from error
    if not letter.address:
        return Mailbox(letter.name or account.name, account.address)
    if not own:
        check(letter)
    return Mailbox(letter.name, letter.address)


def check(letter: Letter) -> None:
    """Refuse an address that was not proven to be the project's."""
    if letter.address and not letter.proven:
        raise Failure(
            "bad input",
            f"From {letter.address}: the cloud's account writes only from addresses that were proven to be"
            " yours: email/AddSender sends a code there, and email/VerifySender takes it. Or give a name"
            " alone, or set credentials of your own (provider/Set).",
            pointer="/from",
        )


def returns_to(author: Mailbox, sender: str, *, own: bool) -> str:
    """Say where a mail server reports what it cannot deliver (RFC 5321: the reverse-path).

    With the cloud's account that is the account's address, whoever writes: receivers ask the domain of this
    address whether the server may send for it (SPF, RFC 7208), and a project's would say that it may not.
    """
    return author.address if own else Mailbox.of(sender, "sender").address


def written(mailbox: Mailbox) -> str:
    """Write an address with its name, in quotes where it has to be (RFC 5322); encoding is up to others."""
    return str(mailbox.header())
