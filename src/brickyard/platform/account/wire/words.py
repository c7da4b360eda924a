"""The words that several requests share."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Reply

Email = Annotated[str, Meta(min_length=3, max_length=254)]
NewPassword = Annotated[str, Meta(min_length=8, max_length=256)]
"""A password that is chosen."""
Password = Annotated[str, Meta(max_length=256)]
"""A password that is shown to be known."""
Code = Annotated[str, Meta(min_length=1, max_length=100)]
Name = Annotated[str, Meta(max_length=200)]


class DoneReply(Reply):
    """Nothing to tell."""


DONE = DoneReply()


class SignedInReply(Reply):
    """A session; or, where a second factor is set up, a challenge to be met with a code of it."""

    account: str
    """Who signed in; empty while the second factor is missing."""
    token: str
    """What the control plane is called with: `Authorization: Bearer TOKEN`. It is shown here once. Empty
    while the second factor is missing."""
    challenge: str
    """What `ConfirmLogin` is given, with a code; empty unless the account has a second factor."""


SIGNED_IN = SignedInReply(account="acc_01jd3x7m9q8w5e4r2t6y1v0nza", token="bk_ss_live_…", challenge="")  # noqa: S106 - an example
