"""Addresses of mail in the one form in which they are compared."""

from brickyard.contract import BadRequest


def normal(email: str) -> str:
    """Give an address as it is kept: lower case, an international domain in its `xn--` form.

    `BadRequest` if it is none. It must be one address and one line: it goes into a letter's header.
    """
    local, at, domain = email.strip().rpartition("@")
    if not (at and local and domain and local.isascii() and _plain(local) and _plain(domain)):
        raise BadRequest.at("/email", "This is no e-mail address like ada@example.com.")
    try:
        return f"{local}@{domain.encode('idna').decode()}".lower()
    except UnicodeError as error:
        raise BadRequest.at("/email", "The e-mail's domain cannot be one.") from error


def _plain(text: str) -> bool:
    return text.isprintable() and not set(text) & set(' "(),:;<>@[\\]')
