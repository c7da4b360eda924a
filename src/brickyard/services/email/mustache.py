"""Mustache (mustache.5): text with names in it, read into a tree; where it cannot be read, its line is told.

It is our own because those there are write nothing where a variable is missing, and run as long as a template
tells them to: sections in sections over long lists. Read are variables, sections and comments; not partials,
other delimiters and inheritance, for a template stands alone.
"""

import re
from collections.abc import Iterator

import msgspec

DEPTH_MAX = 10
"""Sections inside one another."""
TAGS_MAX = 5_000
"""Tags of one text."""
NAME_MAX_CHARS = 100
PATH_MAX = 10
"""Parts of a name: `customer.address.city` has three."""

NAME = re.compile(r"\.|\w[\w-]*(?:\.\w[\w-]*)*")
REST_OF_LINE = re.compile(r"[ \t]*(?:\r?\n|\Z)")
OPEN, CLOSE, RAW_OPEN, RAW_CLOSE = "{{", "}}", "{{{", "}}}"
ALONE = frozenset("#^/!")
"""Tags that take their line with them if nothing else is in it."""
NOT_READ = {">": "partials", "=": "other delimiters", "<": "parents", "$": "blocks"}


class MustacheError(ValueError):
    """Text that is no Mustache; says in which line, and what is wrong there."""


class Variable(msgspec.Struct, frozen=True):
    """A name that a value stands in for."""

    path: tuple[str, ...]
    """The parts of the name; none for `{{.}}`, which is what a section goes through."""
    raw: bool
    """Whether the value is written as it is, whatever the text is."""


class Section(msgspec.Struct, frozen=True):
    """What is there for each of a list, if there is something, or if there is nothing."""

    path: tuple[str, ...]
    inverted: bool
    """Whether it is there if there is nothing."""
    inside: "tuple[Node, ...]"


Node = str | Variable | Section


class _Tag(msgspec.Struct, frozen=True):
    """A tag as it is written."""

    kind: str
    """`#`, `^`, `/`, `!`, `&` or nothing."""
    name: str
    at: int
    """Where it begins."""


class _Opened(msgspec.Struct):
    """A section whose end was not found yet."""

    tag: _Tag | None
    inside: list[Node]


def parse(source: str) -> tuple[Node, ...]:
    """Read a text, in a time that grows with its length alone."""
    opened, tags = [_Opened(None, [])], 0
    for piece in _pieces(source):
        if isinstance(piece, str):
            opened[-1].inside.append(piece)
            continue
        tags += 1
        if tags > TAGS_MAX:
            raise _wrong(source, piece.at, f"it has more than {TAGS_MAX} tags")
        _place(source, piece, opened)
    tag = opened[-1].tag
    if tag is not None:
        raise _wrong(
            source, tag.at, f"{{{{{tag.kind}{tag.name}}}}} is not closed: {{{{/{tag.name}}}}} is missing"
        )
    return tuple(opened[0].inside)


def needed(nodes: tuple[Node, ...]) -> list[str]:
    """Give the names that must have a value whatever the others have: those outside of all sections."""
    return list(dict.fromkeys(each.path[0] for each in nodes if isinstance(each, Variable) and each.path))


def _place(source: str, tag: _Tag, opened: list[_Opened]) -> None:
    """Put a tag where it belongs in what is being read."""
    if tag.kind == "!":
        return
    path = _path(source, tag)
    if tag.kind in {"", "&"}:
        opened[-1].inside.append(Variable(path, tag.kind == "&"))
    elif tag.kind == "/":
        begin = opened[-1].tag
        if begin is None or begin.name != tag.name:
            wanted = "no section is open" if begin is None else f"{{{{/{begin.name}}}}} has to come first"
            raise _wrong(source, tag.at, f"{{{{/{tag.name}}}}} stands where {wanted}")
        section = Section(path, begin.kind == "^", tuple(opened.pop().inside))
        opened[-1].inside.append(section)
    elif len(opened) > DEPTH_MAX:
        raise _wrong(source, tag.at, f"more than {DEPTH_MAX} sections are inside one another")
    else:
        opened.append(_Opened(tag, []))


def _pieces(source: str) -> Iterator[str | _Tag]:
    """Take a text apart into what is between its tags, and them."""
    at, begins_line = 0, True
    while (start := source.find(OPEN, at)) >= 0:
        tag, end = _tag(source, start)
        before = source[at:start]
        line = before.rfind("\n") + 1
        alone = tag.kind in ALONE and (begins_line or line > 0) and not before[line:].strip(" \t")
        rest = REST_OF_LINE.match(source, end) if alone else None
        begins_line = rest is not None
        at = end if rest is None else rest.end()
        text = before if rest is None else before[:line]
        if text:
            yield text
        yield tag
    if at < len(source):
        yield source[at:]


def _tag(source: str, start: int) -> tuple[_Tag, int]:
    """Read the tag that begins at `start`; gives where it ends, too."""
    raw = source.startswith(RAW_OPEN, start)
    opens, closes = (RAW_OPEN, RAW_CLOSE) if raw else (OPEN, CLOSE)
    found = source.find(closes, start + len(opens))
    if found < 0:
        raise _wrong(source, start, f"{opens} is not closed: {closes} is missing")
    inside = source[start + len(opens) : found].strip()
    end = found + len(closes)
    if raw:
        return _Tag("&", inside, start), end
    if inside[:1] in NOT_READ:
        raise _wrong(source, start, f"{NOT_READ[inside[0]]} ({OPEN}{inside[0]} …{CLOSE}) are not read here")
    if inside[:1] in ALONE | {"&"}:
        return _Tag(inside[0], inside[1:].strip(), start), end
    return _Tag("", inside, start), end


def _path(source: str, tag: _Tag) -> tuple[str, ...]:
    if len(tag.name) > NAME_MAX_CHARS or not NAME.fullmatch(tag.name):
        raise _wrong(
            source,
            tag.at,
            f"{tag.name[:NAME_MAX_CHARS]!r} is no name: letters, digits, `_`, `-`, and `.` between them",
        )
    path = () if tag.name == "." else tuple(tag.name.split("."))
    if len(path) > PATH_MAX:
        raise _wrong(source, tag.at, f"{tag.name!r} has more than {PATH_MAX} parts")
    return path


def _wrong(source: str, at: int, what: str) -> MustacheError:
    line = source.count("\n", 0, at) + 1
    return MustacheError(f"Line {line}: {what}.")
