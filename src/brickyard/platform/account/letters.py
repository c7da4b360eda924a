"""The letters that accounts are sent: plain, short, and true to whoever owns the mailbox."""

from collections.abc import Callable
from urllib.parse import quote

import msgspec

from brickyard.contract import BadRequest
from brickyard.engines.mail import Letter, OwnMail
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.sql import Result, Sql, Work

NOT_YOU = "If it was not you, there is nothing to do: without this letter nobody gets any further."


class Text(msgspec.Struct, frozen=True):
    """A letter without its reader."""

    subject: str
    text: str


class Letters:
    """Writes letters, and has them sent. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, mail: OwnMail, public_url: Callable[[], str]) -> None:
        """Send by `mail`; links lead to `public_url`, which is known once the server listens."""
        self._sql, self._mail, self._public_url = sql, mail, public_url

    async def send_with(self, email: str, text: Text, work: Work[Result], account: str = "") -> Result:
        """Send a letter of what `work` does, in one commit with it; gives its result.

        It is forgotten with the account whose asking it was, if it was one's, and with the one whose e-mail
        it goes to. `BadRequest` if its address turns out to be none.
        """
        letter = Letter(to=email, subject=text.subject, text=text.text, account=account)
        try:
            return await self._mail.send_with(letter, work)
        except ValueError as error:
            raise BadRequest.at("/email", "No letter can be sent to this e-mail.") from error

    async def tell(self, email: str, text: Text, work: Work[Result]) -> Result:
        """Do `work`, and tell an account's owner of it if there is a mailbox; otherwise as `send_with`."""
        if not _is_mailbox(email):
            return await self._sql.transact(work)
        return await self.send_with(email, text, work)

    def link(self, page: str, code: str) -> str:
        """Give the link to a page of the console that takes a code.

        The code stands behind the `#`, so that no server on the way sees it, nor its logs.
        """
        return f"{self._public_url()}/console/{page}#code={quote(code)}"

    def sign_up(self, code: str) -> Text:
        """Have a new mailbox confirmed."""
        return Text("Confirm your account", self._with_code("sign-up", code, "confirm your account", "a day"))

    def sign_up_known(self) -> Text:
        """Tell one who has an account that there was no need to sign up."""
        return Text(
            "You have an account already",
            "Somebody, probably you, has signed up with this e-mail, which has an account already: nothing"
            f" was changed. Sign in, or set another password, at {self._public_url()}/console/login\n",
        )

    def magic_link(self, code: str) -> Text:
        """Let somebody in."""
        return Text("Sign in", self._with_code("magic-link", code, "sign in", "15 minutes"))

    def reset(self, code: str) -> Text:
        """Let somebody choose another password."""
        return Text(
            "Choose another password", self._with_code("reset", code, "choose another password", "an hour")
        )

    def change_email(self, code: str) -> Text:
        """Have another mailbox confirmed."""
        return Text(
            "Confirm your new e-mail",
            self._with_code("email", code, "make this the e-mail of your account", "a day"),
        )

    def unknown(self) -> Text:
        """Tell one who has no account so."""
        return Text(
            "There is no account with this e-mail",
            "Somebody, perhaps you, wanted to sign in with this e-mail. It has no account here. To make one:"
            f" {self._public_url()}/console/sign-up\n",
        )

    def changed(self, what: str) -> Text:
        """Tell the owner that something of weight was changed."""
        return Text(
            f"Your account: {what}",
            f"{what[0].upper()}{what[1:]}. If it was not you, choose another password at once:"
            f" {self._public_url()}/console/login\n",
        )

    def _with_code(self, page: str, code: str, purpose: str, life: str) -> str:
        return (
            f"To {purpose}, open\n\n{self.link(page, code)}\n\nor give this code:\n\n{code}\n\n"
            f"It works once, for {life}. {NOT_YOU}\n"
        )


def _is_mailbox(email: str) -> bool:
    """Say whether letters can be sent to an e-mail: to one that only a provider vouches for, maybe not."""
    try:
        Mailbox.of(email)
    except ValueError:
        return False
    return True
