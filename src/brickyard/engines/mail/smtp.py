"""Mail by SMTP: one connection a letter."""

import asyncio
import ssl
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from brickyard.engines.mail.relay import Relay
from brickyard.engines.mail.source import Envelope
from brickyard.engines.outgoing import Failed, Later, Outcome, Sent

if TYPE_CHECKING:
    from aiosmtplib import SMTP

STEP_LIMIT_S = 30.0
"""How long the relay may take over each of its answers."""
ATTEMPT_LIMIT_S = 120.0
"""How long it may take over a letter."""
QUIT_LIMIT_S = 2.0
PERMANENT = 500
ABOUT_US = frozenset({530, 534, 535, 538})
"""Refusals that are about our user and password, not about the letter (RFC 4954)."""


class Postman:
    """Hands letters to a relay."""

    def __init__(self, relay: Relay) -> None:
        """Hand them to `relay`."""
        self._relay = relay

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Hand a letter over, once.

        What is wrong with the relay (no connection, no TLS, another password) can be put right, so the letter
        is tried again; what the relay finds wrong with the letter (5xx) stays wrong.
        """
        client = self._client(envelope.sender.rpartition("@")[2])
        try:
            async with asyncio.timeout(ATTEMPT_LIMIT_S):
                return await _hand_over(client, envelope)
        except TimeoutError:
            return Later("The mail server took too long.")
        finally:
            await _leave(client)

    def _client(self, own_name: str) -> "SMTP":
        from aiosmtplib import SMTP

        relay = self._relay
        return SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user or None,
            password=relay.password or None,
            local_hostname=own_name,  # else the machine's name is looked up, and told to everyone
            use_tls=relay.encryption == "tls",
            start_tls=relay.encryption == "starttls",
            tls_context=self._tls,
            timeout=STEP_LIMIT_S,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


async def _hand_over(client: "SMTP", envelope: Envelope) -> Outcome:
    from aiosmtplib import SMTPException

    try:
        await client.connect()
    except (SMTPException, OSError) as error:
        return Later(f"The mail server cannot be used: {_text(error)}")
    try:
        await client.sendmail(envelope.sender, [envelope.recipient], envelope.source)
    except (SMTPException, OSError) as error:
        return _refusal(error)
    return Sent()


def _refusal(error: Exception) -> Outcome:
    from aiosmtplib import SMTPRecipientsRefused, SMTPResponseException

    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, SMTPResponseException):
        return Later(f"The mail server did not take the letter: {_text(error)}")
    final = error.code >= PERMANENT and error.code not in ABOUT_US
    return (Failed if final else Later)(f"The mail server refused the letter: {_text(error)}")


def _text(error: Exception) -> str:
    from aiosmtplib import SMTPResponseException

    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__


async def _leave(client: "SMTP") -> None:
    """Say goodbye. The letter's fate is decided: whatever happens here changes nothing."""
    from aiosmtplib import SMTPException

    with suppress(SMTPException, OSError):
        await client.quit(timeout=QUIT_LIMIT_S)
    client.close()
