"""The words of a query: names, numbers, strings and signs, each with its position."""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from brickyard.contract import BadRequest

Kind = Literal["word", "number", "string", "sign", "end"]

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<string>"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`)
    |(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,|\.)""",
    re.VERBOSE | re.ASCII,
)
_WORD = re.compile(r"[^\W\d]\w*")
_LIST_STEP = re.compile(r"\d+")


class Token(msgspec.Struct, frozen=True):
    """One word of a text."""

    kind: Kind
    text: str
    """As written; of a string, what it says."""
    position: int
    """Where it begins, counted in characters from 0."""

    @property
    def shown(self) -> str:
        """The token as an error names it."""
        return "the end" if self.kind == "end" else repr(self.text[:40])


def tokens(text: str, pointer: str) -> Iterator[Token]:
    """Split `text` into tokens, the last of kind `end`; `BadRequest` at what is no token."""
    position = 0
    after_dot = False
    while position < len(text):
        token, position = _next(text, position, pointer, _LIST_STEP if after_dot else None)
        if token is not None:
            after_dot = token.kind == "sign" and token.text == "."
            yield token
    yield Token("end", "", position)


def _next(text: str, position: int, pointer: str, first: re.Pattern[str] | None) -> tuple[Token | None, int]:
    if first is not None and (step := first.match(text, position)):
        return Token("number", step[0], position), step.end()
    if word := _WORD.match(text, position):
        return Token("word", word[0], position), word.end()
    match = _TOKEN.match(text, position)
    if match is None:
        raise BadRequest.at(pointer, _complaint(text, position))
    end = match.end()
    if match.lastgroup == "space":
        return None, end
    if match.lastgroup == "number" and end < len(text) and (text[end].isalnum() or text[end] == "_"):
        raise BadRequest.at(pointer, f"At position {position}: {text[position : end + 1]!r} is no number.")
    if match.lastgroup == "string":
        return Token("string", _unquoted(match[0], position, pointer), position), end
    return Token("number" if match.lastgroup == "number" else "sign", match[0], position), end


def _unquoted(text: str, position: int, pointer: str) -> str:
    if "\0" in text:
        raise BadRequest.at(pointer, f"At position {position}: a string cannot contain U+0000.")
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def _complaint(text: str, position: int) -> str:
    character = text[position]
    if character in "\"'`":
        return f"At position {position}: the string that begins with {character} is not ended."
    if character == "=":
        return f"At position {position}: found '='; equality is written '=='."
    return f"At position {position}: the character {character!r} has no meaning here."
