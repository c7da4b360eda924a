"""The parts of the account service, put together once for all who call it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from brickyard.engines.clock import Clock
from brickyard.engines.mail import OwnMail
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Sql
from brickyard.platform.account.authenticator import Authenticator
from brickyard.platform.account.book import Book
from brickyard.platform.account.codes import Codes
from brickyard.platform.account.farewell import Farewell
from brickyard.platform.account.federation.logins import ProviderLogins
from brickyard.platform.account.federation.provider import Provider
from brickyard.platform.account.guard import Guard
from brickyard.platform.account.letters import Letters
from brickyard.platform.account.mailbox import MailboxKeys
from brickyard.platform.account.new_password import NewPassword
from brickyard.platform.account.passkeys import Passkeys
from brickyard.platform.account.passwords import Passwords
from brickyard.platform.account.profile import Profiles
from brickyard.platform.account.proof import Proof
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.account.sign_in import PasswordLogin, SignIn
from brickyard.platform.account.sign_up import SignUp
from brickyard.platform.audit import Audit
from brickyard.platform.key.keyring import Keyring


@dataclass(frozen=True)
class Outside:
    """What the service reaches beyond the database."""

    mail: OwnMail
    seal: Seal
    """Closes what has to be read back."""
    providers: Mapping[str, Provider]
    public_url: Callable[[], str]
    """Gives where people reach the cloud; known once the server listens."""


@dataclass(frozen=True)
class Desk:
    """Whom the service's endpoints turn to."""

    sessions: Sessions
    book: Book
    passwords: Passwords
    new_password: NewPassword
    letters: Letters
    sign_up: SignUp
    sign_in: SignIn
    password_login: PasswordLogin
    mailbox: MailboxKeys
    authenticator: Authenticator
    proof: Proof
    profiles: Profiles
    farewell: Farewell
    provider_logins: ProviderLogins
    passkeys: Passkeys

    @classmethod
    def of(
        cls,
        sql: Sql,
        clock: Clock,
        sessions: Sessions,
        keyring: Keyring,
        audit: Audit,
        outside: Outside,
    ) -> "Desk":
        """Put it together over `sql`, bound to the platform's own project."""
        book, codes, guard = Book(sql, clock, audit), Codes(sql, clock), Guard(sql, clock)
        passwords, letters = Passwords(), Letters(sql, outside.mail, outside.public_url)
        authenticator = Authenticator(sql, clock, codes, letters, outside.seal, audit)
        farewell = Farewell(sql, clock, sessions, keyring, audit, outside.mail)
        return cls(
            sessions=sessions,
            book=book,
            passwords=passwords,
            new_password=NewPassword(book, codes, passwords, letters, sessions),
            letters=letters,
            sign_up=SignUp(book, codes, guard, passwords, letters),
            sign_in=SignIn(sql, sessions, codes, guard, authenticator),
            password_login=PasswordLogin(book, guard, passwords),
            mailbox=MailboxKeys(book, codes, guard, letters),
            authenticator=authenticator,
            proof=Proof(book, sessions, guard, passwords, clock),
            profiles=Profiles(sql, farewell, audit),
            farewell=farewell,
            provider_logins=ProviderLogins(book, codes, clock, outside.providers, outside.public_url, audit),
            passkeys=Passkeys(sql, clock, codes, outside.public_url, audit),
        )

    def close(self) -> None:
        """Let the threads go that hash."""
        self.passwords.close()
