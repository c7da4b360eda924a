"""Signing in, and what is done when a password is lost."""

from brickyard.contract import Request
from brickyard.platform.account.wire.words import Code, Email, NewPassword, Password


class LoginRequest(Request):
    """An e-mail and its password."""

    email: Email
    """The account's e-mail."""
    password: Password
    """The account's password."""


class ConfirmLoginRequest(Request):
    """The second factor."""

    challenge: Code
    """What the sign-in answered; it is good for ten minutes."""
    code: Code
    """Six digits of the authenticator, or one of the recovery codes."""


class MailboxRequest(Request):
    """A mailbox to send a letter to."""

    email: Email
    """The account's e-mail."""


class FinishMagicLinkRequest(Request):
    """A code out of a letter."""

    code: Code
    """The code in the letter; it works once, for 15 minutes."""


class ResetPasswordRequest(Request):
    """A code out of a letter, and a new password."""

    code: Code
    """The code in the letter; it works once, for an hour."""
    password: NewPassword
    """The new password, as for `SignUp`."""


class ChangePasswordRequest(Request):
    """Another password for the account."""

    new_password: NewPassword
    """The new one, as for `SignUp`."""
    password: Password = ""
    """The old one; not needed within 15 minutes of signing in."""
