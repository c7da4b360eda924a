"""Addresses of mail: `ada@example.com`, or `Ada <ada@example.com>`."""

import re
from dataclasses import dataclass
from email.headerregistry import Address as HeaderAddress

from brickyard.engines.mail.line import one_line

MAILBOX_MAX_CHARS = 512
NAMED = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^"<>]*?))\s*<(?P<address>[^<>]*)>\s*')
"""A name, in quotes or not, and an address."""


@dataclass(frozen=True)
class Mailbox:
    """A name and an address."""

    name: str
    address: str
    """In ASCII: an international domain is in its `xn--` form."""

    @classmethod
    def of(cls, text: str, what: str = "address") -> "Mailbox":
        """Read a mailbox; a ValueError says what is wrong with it, naming it as `what`.

        Domains may be international (IDNA 2008). What stands before the `@` may not: that takes SMTPUTF8,
        which few servers have, and to write it in another way would make it another's address.
        """
        one_line(text, what, MAILBOX_MAX_CHARS)
        found = NAMED.fullmatch(text)
        if found is None:
            return cls("", _address(text, what))
        name = found["bare"] if found["quoted"] is None else re.sub(r"\\(.)", r"\1", found["quoted"])
        return cls(name, _address(found["address"], what))

    @property
    def domain(self) -> str:
        """What stands behind the `@`."""
        return self.address.rpartition("@")[2]

    def header(self) -> HeaderAddress:
        """Give it as headers take it."""
        return HeaderAddress(self.name, addr_spec=self.address)


def _address(text: str, what: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(
            text,
            strict=True,
            allow_smtputf8=False,
            check_deliverability=False,
            globally_deliverable=False,  # an operator's own network may have names without a dot
            test_environment=True,  # and tests have `.test`
        )
    except EmailNotValidError as error:
        reason = str(error)
        raise ValueError(f"The {what} {text!r} is not valid: {reason[:1].lower()}{reason[1:]}") from error
    return found.ascii_email or found.normalized
