"""Addresses of mail in the one form in which they are compared."""

from brickyard.contract import BadRequest
from brickyard.engines.mail.mailbox import Mailbox


def normal(email: str) -> str:
    """Give an address as it is kept: lower case, an international domain in its `xn--` form.

    `BadRequest` if it is none. It must be one address and one line: it goes into a letter's header. A domain
    is read as letters are sent there (IDNA 2008), where `straße.de` is not `strasse.de`, which is another's.
    """
    local, at, domain = email.strip().rpartition("@")
    if not (at and local and domain and local.isascii() and _plain(local) and _plain(domain)):
        raise BadRequest.at("/email", "This is no e-mail address like ada@example.com.")
    try:
        if domain.isascii():
            return f"{local}@{domain.encode('idna').decode()}".lower()
        return Mailbox.of(f"{local}@{domain}").address.lower()
    except ValueError as error:
        raise BadRequest.at("/email", "The e-mail's domain cannot be one.") from error


def _plain(text: str) -> bool:
    return text.isprintable() and not set(text) & set(' "(),:;<>@[\\]')
