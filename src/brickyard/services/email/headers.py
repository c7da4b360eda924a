"""Headers of a message's own: those of mailing lists and threads, and none that we or providers set."""

import re

from brickyard.contract import BadRequest

NAMED = frozenset({"list-unsubscribe", "list-unsubscribe-post", "references", "in-reply-to"})
NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
VALUE_MAX = 900
"""Characters of a value; a line has 998 at most (RFC 5322)."""
ONE_CLICK = "List-Unsubscribe=One-Click"
"""All that RFC 8058 lets `List-Unsubscribe-Post` say."""
STEERING = ("x-mailgun-", "x-mc-", "x-msys-", "x-pm-", "x-sg-", "x-ses-", "x-smtpapi")
"""By these, providers are told what to do with a message."""


def checked(headers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Look headers through; `BadRequest` says which is not taken, and why."""
    names = [each.lower() for each in headers]
    if len(set(names)) < len(names):
        raise BadRequest.at("/headers", "A header is given twice: case makes no difference.")
    for name, value in headers.items():
        if why := _wrong(name.lower(), value):
            raise BadRequest.at("/headers", f"The header {name[:64]!r} {why}")
    if "list-unsubscribe-post" in names and "list-unsubscribe" not in names:
        raise BadRequest.at(
            "/headers", "List-Unsubscribe-Post needs a List-Unsubscribe beside it (RFC 8058)."
        )
    return tuple(headers.items())


def _wrong(name: str, value: str) -> str:
    if not NAME.fullmatch(name) or not (name in NAMED or name.startswith("x-")):
        return (
            "is none of those that can be given: List-Unsubscribe, List-Unsubscribe-Post, References,"
            " In-Reply-To, and X-… of your own."
        )
    if name.startswith(STEERING):
        return "steers a provider: give it another name."
    if len(value) > VALUE_MAX or not VALUE.fullmatch(value):
        return f"has to be one line of up to {VALUE_MAX} ASCII characters, without blanks around it."
    if name == "list-unsubscribe-post" and value != ONE_CLICK:
        return f"can say {ONE_CLICK!r} alone (RFC 8058)."
    return ""
