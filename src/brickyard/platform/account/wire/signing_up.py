"""Signing up, and the mailbox that belongs to it."""

from brickyard.contract import Request
from brickyard.platform.account.wire.words import Code, Email, Name, NewPassword, Password


class SignUpRequest(Request):
    """Who wants an account."""

    email: Email
    """Where the letter goes that confirms it, and what one signs in with."""
    password: NewPassword
    """8 to 256 characters; not the e-mail, and none of those that everyone tries first."""
    name: Name = ""
    """What to call the account; its e-mail if empty."""


class ConfirmSignUpRequest(Request):
    """Proof of the mailbox, and of who asked."""

    code: Code
    """The code in the letter; it works once, for a day."""
    password: Password
    """The password given to `SignUp`: a letter that somebody else caused opens nothing of theirs."""


class ChangeEmailRequest(Request):
    """Another e-mail for the account."""

    email: Email
    """The new one. Nothing changes before its letter's code is given to `ConfirmEmail`."""
    password: Password = ""
    """The account's password; not needed within 15 minutes of signing in."""


class ConfirmEmailRequest(Request):
    """Proof of the new mailbox."""

    code: Code
    """The code in the letter; it works once, for a day."""
