"""The way to a provider and back, and whose account it leads to."""

import hmac
import secrets
from collections.abc import Callable, Mapping

from brickyard.contract import BadRequest, Context, NotFound
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Transaction, Work
from brickyard.platform.account.book import Book
from brickyard.platform.account.codes import Codes, Promise, new_code
from brickyard.platform.account.email import normal
from brickyard.platform.account.federation.provider import Identity, Passage, Provider
from brickyard.platform.account.wire.providers import BeginLoginReply
from brickyard.platform.audit import Audit

PURPOSE, LIFE_S = "provider", 600.0
SECRET_BYTES = 32
ACCOUNT = "SELECT account FROM identities WHERE project = ?1 AND provider = ?2 AND subject = ?3"


class ProviderLogins:
    """Recognises by what providers vouch for."""

    def __init__(
        self,
        book: Book,
        codes: Codes,
        clock: Clock,
        providers: Mapping[str, Provider],
        public_url: Callable[[], str],
        audit: Audit,
    ) -> None:
        """Send browsers to `providers`, which send them back to the console at `public_url`."""
        self._book, self._codes, self._clock = book, codes, clock
        self._providers, self._public_url, self._audit = providers, public_url, audit

    def names(self) -> list[str]:
        """Give the providers there are."""
        return sorted(self._providers)

    async def begin(self, name: str) -> BeginLoginReply:
        """Give the URL to send a browser to, and the secret that stays with whoever asked."""
        provider, passage = self._provider(name), self._passage(name, secrets.token_urlsafe(SECRET_BYTES))
        state = new_code()
        promise = Promise(purpose=PURPOSE, life_s=LIFE_S, data=f"{name} {passage.challenge}")
        reply = BeginLoginReply(url=await provider.address(state, passage), verifier=passage.secret)

        async def work(transaction: Transaction) -> None:
            await self._codes.hold_in(transaction, state, promise)
            transaction.answers(reply)

        await self._book.sql.transact(work)
        return reply

    async def who(self, context: Context, state: str, code: str, secret: str) -> Work[str]:
        """Give what gives the account that the provider's answer leads to; it uses the state up.

        `BadRequest` to anyone but the one who began: with a state and a code of an attacker's own, which a
        link can plant, a victim would be signed in to the attacker's account.
        """
        begun = await self._codes.read(PURPOSE, state)
        name, challenge = begun.data.split()
        passage = self._passage(name, secret)
        if not hmac.compare_digest(passage.challenge, challenge):
            raise BadRequest.at("/verifier", "This sign-in was begun by somebody else. Begin again.")
        identity = await self._provider(name).identity(code, passage)

        async def who(transaction: Transaction) -> str:
            await self._codes.take_in(transaction, PURPOSE, state)
            return await self._account_in(transaction, context, name, identity)

        return who

    async def _account_in(
        self, transaction: Transaction, context: Context, provider: str, identity: Identity
    ) -> str:
        known = await transaction.rows(ACCOUNT, provider, identity.subject)
        if known:
            return known[0][0]
        # Both say that the mailbox is theirs: the provider has verified it, and so have we, since an
        # e-mail is kept only once it is confirmed.
        email = _usable(identity.email)
        owner = await transaction.rows("SELECT account FROM emails WHERE project = ?1 AND email = ?2", email)
        name = identity.name[:200] or email
        account = owner[0][0] if owner else await self._book.make_in(transaction, context, name, email)
        await transaction.changed(
            "INSERT INTO identities (project, provider, subject, account, created_ns)"
            " VALUES (?1, ?2, ?3, ?4, ?5)",
            provider,
            identity.subject,
            account,
            self._clock.now_ns(),
        )
        await self._audit.note(transaction, context, subject=account, after={"provider": provider})
        return account

    def _passage(self, name: str, secret: str) -> Passage:
        return Passage(secret, f"{self._public_url()}/console/login/{name}")

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            raise NotFound(f"There is no provider {name[:50]!r} here. `account/ListProviders` gives them.")
        return self._providers[name]


def _usable(email: str) -> str:
    """Give a provider's e-mail in its normal form; none if no letter could be sent there."""
    try:
        return normal(email)
    except BadRequest:
        return ""
