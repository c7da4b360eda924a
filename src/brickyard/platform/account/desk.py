"""The parts of the account service, put together once for all who call it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from brickyard.engines.clock import Clock
from brickyard.engines.mail import Mail
from brickyard.engines.sql import Sql
from brickyard.platform.account.authenticator import Authenticator
from brickyard.platform.account.book import Book
from brickyard.platform.account.codes import Codes
from brickyard.platform.account.farewell import Farewell
from brickyard.platform.account.guard import Guard
from brickyard.platform.account.letters import Letters
from brickyard.platform.account.mailbox import MailboxKeys
from brickyard.platform.account.passwords import Passwords
from brickyard.platform.account.profile import Profiles
from brickyard.platform.account.proof import Proof
from brickyard.platform.account.seal import Seal
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.account.sign_in import PasswordLogin, SignIn
from brickyard.platform.account.sign_up import SignUp


@dataclass(frozen=True)
class Desk:
    """Whom the service's endpoints turn to."""

    sessions: Sessions
    book: Book
    passwords: Passwords
    letters: Letters
    sign_up: SignUp
    sign_in: SignIn
    password_login: PasswordLogin
    mailbox: MailboxKeys
    authenticator: Authenticator
    proof: Proof
    profiles: Profiles
    farewell: Farewell

    @classmethod
    def of(
        cls,
        sql: Sql,
        clock: Clock,
        sessions: Sessions,
        mail: Mail,
        secret: Path,
        public_url: Callable[[], str],
    ) -> "Desk":
        """Put it together over `sql`, bound to the platform's own project; seal with the key in `secret`."""
        book, codes, guard = Book(sql, clock), Codes(sql, clock), Guard(sql, clock)
        passwords, letters = Passwords(), Letters(mail, public_url)
        authenticator = Authenticator(sql, clock, codes, Seal(secret))
        farewell = Farewell(sql, clock, sessions)
        return cls(
            sessions=sessions,
            book=book,
            passwords=passwords,
            letters=letters,
            sign_up=SignUp(book, codes, guard, passwords, letters),
            sign_in=SignIn(sessions, codes, guard, authenticator),
            password_login=PasswordLogin(book, guard, passwords),
            mailbox=MailboxKeys(book, codes, guard, letters, sessions),
            authenticator=authenticator,
            proof=Proof(book, sessions, guard, passwords, clock),
            profiles=Profiles(sql, farewell),
            farewell=farewell,
        )

    def close(self) -> None:
        """Let the threads go that hash."""
        self.passwords.close()
