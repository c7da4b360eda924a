"""Templates with values in the places of their names, within bounds of time and memory."""

from collections.abc import Callable
from html import escape
from typing import Any, cast

import msgspec

from brickyard.contract import JsonObject
from brickyard.engines.mail.line import one_line
from brickyard.services.email.mustache import Node, Section, Variable

STEPS_MAX = 20_000
"""Pieces that are written for one message, and turns of its sections: some 20 ms of work."""

MISSING = object()
"""What a name stands for that was given no value; null is one."""


class Unrenderable(ValueError):  # noqa: N818 - says it
    """Variables that do not fit a template."""

    def __init__(self, pointer: str, detail: str) -> None:
        """Say where in the variables it is, as a JSON Pointer into them, and what is wrong there."""
        super().__init__(detail)
        self.pointer, self.detail = pointer, detail


class Form(msgspec.Struct, frozen=True):
    """How values are written into a kind of text; a ValueError says that one cannot be."""

    plain: Callable[[str], str]
    raw: Callable[[str], str]
    """For those that are to stand as they are."""


def _line(value: str) -> str:
    return one_line(value, "value", len(value))


TEXT = Form(str, str)
HTML = Form(escape, str)
LINE = Form(_line, _line)
"""A header: a line break in a value would begin another one."""


class _Frame(msgspec.Struct, frozen=True):
    """What names are looked up in."""

    value: Any
    pointer: str


class Rendering:
    """The texts of one message, rendered with the same variables."""

    def __init__(self, variables: JsonObject) -> None:
        """Look names up in `variables`."""
        self._frames = [_Frame(variables, "")]
        self._pieces: list[str] = []
        self._left_chars, self._left_steps = 0, STEPS_MAX

    def render(self, nodes: tuple[Node, ...], form: Form, most_chars: int) -> str:
        """Render one text of `most_chars` at most; `Unrenderable` if a value is missing or does not fit."""
        self._pieces, self._left_chars = [], most_chars
        self._all(nodes, form)
        return "".join(self._pieces)

    def _all(self, nodes: tuple[Node, ...], form: Form) -> None:
        for node in nodes:
            self._step()
            if isinstance(node, str):
                self._write(node)
            elif isinstance(node, Variable):
                self._variable(node, form)
            else:
                self._section(node, form)

    def _variable(self, variable: Variable, form: Form) -> None:
        value, pointer = self._find(variable.path)
        text = _text(value, pointer)
        self._fits(text)  # before it is escaped, too: that takes time
        try:
            self._write((form.raw if variable.raw else form.plain)(text))
        except ValueError as error:
            if isinstance(error, Unrenderable):
                raise
            raise Unrenderable(pointer, str(error)) from error

    def _section(self, section: Section, form: Form) -> None:
        value, pointer = self._find(section.path)
        is_there = value is not MISSING and (bool(value) or isinstance(value, dict))
        if section.inverted or not is_there:
            if section.inverted and not is_there:
                self._all(section.inside, form)
            return
        if not isinstance(value, list):
            self._within(_Frame(value, pointer), section, form)
            return
        for number, each in enumerate(cast("list[Any]", value)):
            self._within(_Frame(each, f"{pointer}/{number}"), section, form)

    def _within(self, frame: _Frame, section: Section, form: Form) -> None:
        self._step()
        self._frames.append(frame)
        self._all(section.inside, form)
        self._frames.pop()

    def _find(self, path: tuple[str, ...]) -> tuple[Any, str]:
        """Look a name up from the inside out; gives where it is, or would be, too."""
        if not path:
            return self._frames[-1].value, self._frames[-1].pointer
        objects = [each for each in reversed(self._frames) if isinstance(each.value, dict)]
        frame = next((each for each in objects if path[0] in each.value), objects[0])
        value: Any = frame.value
        pointer = frame.pointer
        for part in path:
            pointer = f"{pointer}/{part}"
            if not isinstance(value, dict) or part not in value:
                return MISSING, pointer
            value = cast("JsonObject", value)[part]
        return value, pointer

    def _write(self, text: str) -> None:
        self._fits(text)
        self._left_chars -= len(text)
        self._pieces.append(text)

    def _fits(self, text: str) -> None:
        if len(text) > self._left_chars:
            raise Unrenderable("", "With these variables the message is too long.")

    def _step(self) -> None:
        self._left_steps -= 1
        if self._left_steps < 0:
            raise Unrenderable("", f"With these variables the message has more than {STEPS_MAX} pieces.")


def _text(value: Any, pointer: str) -> str:
    """Write a value as JSON has it, text without its quotes; nothing for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if value is MISSING:
        name = pointer.rpartition("/")[2]
        raise Unrenderable(pointer, f"The template needs a value for {name!r}; null leaves its place empty.")
    if isinstance(value, dict | list):
        kind = "an object" if isinstance(value, dict) else "a list"
        raise Unrenderable(pointer, f"The template writes this as text, and it is {kind}.")
    return msgspec.json.encode(value).decode()
