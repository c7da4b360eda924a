"""The second factor: codes of an authenticator, and recovery codes for when it is lost."""

from brickyard.contract import Reply, Request
from brickyard.platform.account.wire.words import Code, Password


class SetUpTotpRequest(Request):
    """Begin to use an authenticator."""

    password: Password = ""
    """The account's password; not needed within 15 minutes of signing in."""


class SetUpTotpReply(Reply):
    """What to put into the authenticator. Nothing changes before `ConfirmTotp`."""

    secret: str
    """The secret in base32. It is shown here once."""
    uri: str
    """The same as `otpauth://…`, which authenticators read as a QR code."""


class ConfirmTotpRequest(Request):
    """Proof that the authenticator has the secret."""

    code: Code
    """Six digits that it shows."""


class RecoveryCodesReply(Reply):
    """Codes for when the authenticator is lost."""

    recovery_codes: list[str]
    """Each works once in place of the six digits. They are shown here once; only hashes are kept."""


class PasswordRequest(Request):
    """Proof of who asks."""

    password: Password = ""
    """The account's password; not needed within 15 minutes of signing in."""
