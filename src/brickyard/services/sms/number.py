"""Phone numbers: read, checked, and refused where a message would only make somebody rich."""

import re

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    format_number,
    is_valid_number,
    number_type,
    parse,
    region_code_for_number,
)

from brickyard.contract import BadRequest

REFUSED = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.TOLL_FREE: "a toll-free number",
    PhoneNumberType.UAN: "a company's access number",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.VOICEMAIL: "a voicemail access number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number, which is forwarded at a price",
    PhoneNumberType.FIXED_LINE: "a fixed line",
}
"""Kinds of numbers that messages are not sent to: fraud lives on them, or nobody could read it there."""
NO_COUNTRY = "001"
"""What numbers of no country have in its place: satellites, global services, international premium rate."""
SENDER_MAX = 11
NUMBERS_ONLY = frozenset(("CA", "US"))
"""Where senders are numbers, by law."""
_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


def recipient(text: str, country: str) -> tuple[str, str]:
    """Read the number of a recipient; gives it as E.164, and its country. `BadRequest` says what is wrong."""
    number, region = _read(text, country, "/to")
    if region == NO_COUNTRY:
        raise BadRequest.at(
            "/to", f"{number} is of no country: satellites and global services are not sent to."
        )
    kind = number_type(parse(number))
    if kind in REFUSED:
        raise BadRequest.at("/to", f"{number} is {REFUSED[kind]}: messages are sent to mobile phones.")
    return number, region


def country_of(to: str, country: str) -> str:
    """Give the region that a number belongs to; empty if it is none that can be sent to."""
    try:
        return recipient(to, country)[1]
    except BadRequest:
        return ""


def sender(text: str, to_country: str) -> str:
    """Read whom a message is from: a number, or a name; empty for the provider's default."""
    plain = text.strip()
    if not plain:
        return ""
    if plain.startswith("+"):
        return _read(plain, "", "/from")[0]
    if not _SENDER.fullmatch(plain):
        raise BadRequest.at(
            "/from", f"A sender is a number like +447400123456, or up to {SENDER_MAX} letters and digits."
        )
    if to_country in NUMBERS_ONLY:
        raise BadRequest.at("/from", f"In {to_country} a sender is a number: names are not taken there.")
    return plain


def _read(text: str, country: str, pointer: str) -> tuple[str, str]:
    try:
        number = parse(text, country.upper() or None)
    except NumberParseException as error:
        raise BadRequest.at(
            pointer,
            f"{text!r} is no phone number: write it like +447400123456, or name its `country`.",
        ) from error
    if number.extension or not is_valid_number(number):
        raise BadRequest.at(
            pointer, f"{text!r} is no valid phone number: by its country's plan there is none like it."
        )
    return format_number(number, PhoneNumberFormat.E164), str(region_code_for_number(number))
