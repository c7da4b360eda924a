"""Where a URL leads, as far as that can be seen without looking a name up.

Whoever sets a URL is told at once that it is no good. The guard at each connection still decides: a name may
lead anywhere by then.
"""

import re
from typing import TYPE_CHECKING

from brickyard.engines.egress.address import is_public, plain
from brickyard.engines.egress.allowed import Allowed

if TYPE_CHECKING:
    from yarl import URL

URL_MAX_CHARS = 2048
LOOPBACK = "127.0.0.1"
NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
"""How the last part of a host reads that systems take for an IPv4 address (https://url.spec.whatwg.org)."""


def parse(url: str) -> "URL":
    """Read a URL as aiohttp will; a ValueError says what is wrong with it, and never quotes its secrets."""
    from yarl import URL

    check_text(url)
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError as error:
        raise ValueError("The URL cannot be read.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or not port:
        raise ValueError("The URL must be like https://example.com/path.")
    if parsed.user is not None or parsed.password is not None:
        raise ValueError("The URL must not hold a user or a password.")
    return parsed


def check_url(url: str, allowed: Allowed) -> None:
    """Raise a ValueError if `url` can be seen to be no good, or to lead to where nobody may."""
    parsed = parse(url)
    try:
        check_host(parsed.host or "", parsed.port or 0, allowed)
    except ValueError as error:
        raise ValueError(f"The URL cannot be called. {error}") from error


def check_text(url: str) -> None:
    """Raise a ValueError if a URL is too long, or has characters that are left out or hidden in one."""
    if len(url) > URL_MAX_CHARS:
        raise ValueError(f"The URL has more than {URL_MAX_CHARS} characters.")
    if any(each.isspace() or not each.isprintable() or each == "\\" for each in url):
        raise ValueError("The URL must not have spaces, line breaks, control characters or backslashes.")


def check_host(host: str, port: int, allowed: Allowed) -> None:
    """Raise a ValueError if a host is written as no address should be, or is not to be reached."""
    if allowed.host(host, port):
        return
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):  # this machine, by RFC 6761
        name = LOOPBACK
    try:
        address = plain(name)
    except ValueError as error:
        if NUMBER.fullmatch(name.rpartition(".")[2]):
            raise ValueError("The host must be a name, or an address like 192.0.2.1.") from error
        return  # a name
    if not (allowed.address(address) or is_public(address)):
        raise ValueError(not_public(allowed))


def not_public(allowed: Allowed) -> str:
    """Say why an address is not reached, and by which list it could be."""
    return (
        "Its address is not one of the public Internet: whoever runs the cloud can allow it by"
        f" {allowed.setting}."
    )
