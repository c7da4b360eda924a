"""SMTP: any mail server that takes mail on, as a URL names it."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from brickyard.engines.egress import EgressRefused
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.engines.egress.client import socket_for
from brickyard.engines.egress.target import check_host, check_text
from brickyard.engines.mail.relay import Relay
from brickyard.providers import About, Failure, Secret
from brickyard.providers.budget import left_s
from brickyard.providers.credentials import Unfit
from brickyard.services.email.port import Letter, Post, Receipt, Told
from brickyard.services.email.sending import Account, author, returns_to

if TYPE_CHECKING:
    from aiosmtplib import SMTP, SMTPResponse

LIMIT_S = 25.0
CONNECT_MAX_S = 5.0
TEMPORARY = range(400, 500)
ABOUT_US = frozenset({530, 534, 535, 538})
"""Refusals that are about our user and password (RFC 4954)."""


class SmtpCredentials(Account):
    """A mail server, and who may send by it."""

    server: Secret
    """As `smtp://user:password@mail.example.com:587` (by STARTTLS) or `smtps://…` (TLS from the start)."""

    def check(self, allowed: Allowed) -> None:
        """Refuse a server that mail is never handed to, too."""
        super().check(allowed)
        try:
            check_text(self.server)
            relay = Relay.of(self.server)
            check_host(relay.host, relay.port, allowed)
        except ValueError as error:
            raise Unfit("server", f"The server cannot be used: {error}") from error


@dataclass(frozen=True)
class Smtp(Post):
    """Mail by a server of one's own."""

    about = About(
        title="SMTP",
        docs="https://www.rfc-editor.org/rfc/rfc6409",
        source="the mail server that is set",
        licence="none",
        limits="It takes what the server takes; what becomes of a message later is not told. A server on a"
        " private network has to be allowed by the operator: docs/providers.md.",
    )

    credentials: SmtpCredentials
    own: bool
    allowed: Allowed
    allowed_to_tenants: AllowedToTenants

    async def send(self, letter: Letter) -> Receipt:
        """Hand a message on; see the port."""
        sender = author(letter, self.credentials.sender, own=self.own)
        reverse_path = returns_to(sender, self.credentials.sender, own=self.own)
        relay, recipients = self._relay(), [each.address for each in letter.recipients]
        try:
            async with asyncio.timeout(left_s(LIMIT_S)):
                refused = await self._hand_over(relay, reverse_path, recipients, letter.source(sender))
        except TimeoutError as error:
            raise Failure("timeout", "The mail server did not answer in time.") from error
        return Receipt(
            state="sent",
            id="",
            sender=sender,
            refused=tuple(_bounced(letter.id, *each) for each in refused.items()),
        )

    async def check(self) -> None:
        """Sign in, and leave."""
        (await self._client(self._relay())).close()

    def _relay(self) -> Relay:
        try:
            return Relay.of(self.credentials.server)
        except ValueError as error:
            raise Failure("auth", f"The server's address: {error}.") from error

    async def _hand_over(
        self, relay: Relay, sender: str, recipients: list[str], source: bytes
    ) -> "dict[str, SMTPResponse]":
        """Have a server take a message; gives the recipients whom it took it not for."""
        from aiosmtplib import SMTPException

        client = await self._client(relay)
        try:
            refused, _ = await client.sendmail(sender, recipients, source)
        except (SMTPException, OSError) as error:
            raise _refusal(error) from error
        finally:
            client.close()
        return refused

    async def _socket(self, relay: Relay) -> socket.socket:
        """Connect to an address of the server, if it may be: what is checked is what is connected to."""
        loop = asyncio.get_running_loop()
        allowed = self.allowed_to_tenants if self.own else self.allowed
        trusted = allowed.host(relay.host, relay.port)
        last: OSError = OSError("it has no address")
        try:
            found = await loop.getaddrinfo(relay.host, relay.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Failure("unreachable", "The mail server's name could not be looked up.") from error
        for info in found:
            try:
                made = socket_for(allowed, info, trusted=trusted)
                made.setblocking(False)
                async with asyncio.timeout(left_s(CONNECT_MAX_S)):
                    await loop.sock_connect(made, info[4])
            except EgressRefused as error:
                raise Failure("unreachable", str(error)) from error
            except (OSError, TimeoutError) as error:
                last = OSError(str(error))
            else:
                return made
        raise Failure("unreachable", "No connection to the mail server could be made.") from last

    async def _client(self, relay: Relay) -> "SMTP":
        """Connect, and sign in."""
        from aiosmtplib import SMTP, SMTPException

        client = SMTP(
            hostname=relay.host,
            sock=await self._socket(relay),
            username=relay.user or None,
            password=relay.password or None,
            local_hostname="brickyard.invalid",  # the machine's own name is nobody's business
            use_tls=relay.encryption == "tls",
            start_tls=relay.encryption == "starttls",
            tls_context=_tls(),
            timeout=LIMIT_S,
        )
        try:
            await client.connect()
        except (SMTPException, OSError, ValueError) as error:
            failure = _refusal(error)
            raise Failure(
                failure.kind if failure.kind == "auth" else "unreachable", failure.detail
            ) from error
        return client


def _refusal(error: Exception) -> Failure:
    """Say what a server's refusal means; one that came with a code was not sent."""
    from aiosmtplib import SMTPRecipientsRefused, SMTPResponseException

    of_recipients = isinstance(error, SMTPRecipientsRefused)
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, SMTPResponseException):
        return Failure(
            "garbage", "The connection to the mail server ended before it said that it took the message."
        )
    words = f"The mail server answered {error.code}: {' '.join(error.message.split())}"
    if error.code in ABOUT_US:
        return Failure("auth", words)
    if error.code in TEMPORARY:
        # What a mailbox puts off says nothing against the server, which others write by as well.
        return Failure("busy" if of_recipients else "rate", words)
    return Failure("bad input", words)


def _bounced(message: str, address: str, response: "SMTPResponse") -> Told:
    note = f"{response.code} {' '.join(response.message.split())}"
    return Told(message=message, provider_id="", address=address, state="bounced", note=note)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
