"""Addresses as callers write them: one, or several with commas between; it is said where one is wrong."""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from brickyard.contract import BadRequest
from brickyard.engines.mail.line import one_line
from brickyard.engines.mail.mailbox import MAILBOX_MAX_CHARS, Mailbox
from brickyard.services.email.contract import RECIPIENTS_MAX

PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|<[^<>"]*+>|[^",<>])*+')
"""What stands between two commas: those in quotes or in `<…>` are no separators."""


def mailbox(text: str, pointer: str) -> Mailbox:
    """Read an address, with a name or without."""
    try:
        return Mailbox.of(text, "address" if pointer == "/address" else f"`{pointer[1:]}` address")
    except ValueError as error:
        raise BadRequest.at(pointer, str(error)) from error


def mailboxes(text: str, pointer: str) -> tuple[Mailbox, ...]:
    """Read a list of addresses; an empty one if there is nothing but white space."""
    if not text.strip():
        return ()
    pieces, at = list[str](), 0
    while True:
        found = PIECE.match(text, at)
        assert found is not None, "it matches what is empty, too"
        pieces.append(found[0])
        at = found.end() + 1
        if at > len(text):
            break
        if text[at - 1] != ",":
            near = text[max(0, at - 20) : at + 20]
            raise BadRequest.at(
                pointer, f"{pointer[1:]}: a quote or bracket has no other half, near {near!r}."
            )
        if len(pieces) > RECIPIENTS_MAX:
            raise BadRequest.at(pointer, f"{pointer[1:]}: at most {RECIPIENTS_MAX} recipients can be had.")
    return tuple(mailbox(each.strip(" "), pointer) for each in pieces)


def decoded(name: str, pointer: str) -> str:
    """Read a name's words that are encoded as headers have them (RFC 2047); others stay as they are."""
    try:
        plain = str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, ValueError):
        return name
    try:
        return one_line(plain, "name", MAILBOX_MAX_CHARS) or name
    except ValueError as error:
        raise BadRequest.at(pointer, str(error)) from error


def bare(text: str, pointer: str) -> str:
    """Read an address that stands without a name; gives it in lower case, as it is looked up."""
    found = mailbox(text, pointer)
    if found.name or "<" in text:
        raise BadRequest.at(pointer, f"{pointer[1:]}: give the address alone, {found.address!r}.")
    return folded(found.address)


def folded(address: str) -> str:
    """Give an address as it is compared: nobody tells two apart by case, though RFC 5321 would let them."""
    return address.lower()


def author(text: str) -> tuple[str, str]:
    """Read `from`: gives a name and an address, either of which may be empty."""
    if "@" in text or "<" in text:
        found = mailbox(text, "/from")
        return found.name, found.address
    try:
        return one_line(text, "name in `from`", MAILBOX_MAX_CHARS).strip(), ""
    except ValueError as error:
        raise BadRequest.at("/from", str(error)) from error
