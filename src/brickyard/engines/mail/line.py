"""Text that has to stay on one line: a line break in a header would begin another header."""

import unicodedata


def one_line(text: str, what: str, most: int) -> str:
    """Give the text back; a ValueError if it has more than `most` characters or more than one line."""
    if len(text) > most:
        raise ValueError(f"The {what} has {len(text)} characters; at most {most} are allowed.")
    if any(unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in text):
        raise ValueError(f"The {what} must not hold line breaks or other control characters: {text[:80]!r}")
    return text


def sound(text: str, what: str, most: int) -> str:
    """Give a text of many lines back; a ValueError if it is too long or cannot be written in UTF-8."""
    if len(text) > most:
        raise ValueError(f"The {what} has {len(text)} characters; at most {most} are allowed.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"The {what} holds half a character at position {error.start}.") from error
    return text
