"""A mail server (aiosmtpd) that does as it is told, and keeps what it took."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = "ada", "tr0ub4dor"


@dataclass
class MailServer:
    """What to answer, and what came."""

    rcpt: str = "250 OK"
    refuses: dict[str, str] = field(default_factory=dict)
    """What some recipients are answered with instead."""
    data: str = "250 OK"
    drops: bool = False
    """Whether to hang up in the middle of a letter."""
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when letters may be answered: at once, unless a test clears it."""
    taken: list[Envelope] = field(default_factory=list)
    begun: int = 0
    users: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, *call: Any) -> str:  # noqa: N802 - aiosmtpd's name
        _server, _session, envelope, address, _options = call
        answer = self.refuses.get(address, self.rcpt)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.begun += 1
        await self.hold.wait()
        if self.drops:
            assert server.transport is not None
            server.transport.abort()
        self.encrypted.append(session.ssl is not None)
        if self.data.startswith("2"):
            self.taken.append(envelope)
        return self.data

    def authenticate(self, *call: Any) -> AuthResult:
        login = call[-1]
        self.users.append(login.login.decode())
        good = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, *, implicit_tls: bool = False, auth: bool = False
) -> AsyncIterator[MailServer]:
    """Run a mail server on a free port of this machine; with `tls` it offers STARTTLS."""
    kept = MailServer()
    kept.hold.set()
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(
            kept,
            loop=loop,
            tls_context=None if implicit_tls else tls,
            require_starttls=tls is not None and not implicit_tls,
            auth_require_tls=False,
            auth_required=auth,
            authenticator=kept.authenticate if auth else None,
        )

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit_tls else None)
    kept.port = server.sockets[0].getsockname()[1]
    yield kept
    server.close()
    kept.hold.set()
