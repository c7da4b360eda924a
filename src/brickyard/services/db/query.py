"""The query language: what a query is made of, and how it reads as text."""

from typing import Literal

import msgspec

from brickyard.services.db.path import Path


class Instant(msgspec.Struct, frozen=True):
    """A moment, written `date("2024-01-01T12:00:00Z")`."""

    milliseconds: int
    """Since 1970-01-01 UTC."""
    text: str
    """As it was written."""


Literal_ = str | int | float | bool | Instant | None
"""A value that fields are compared with."""
Operator = Literal["==", "!=", "<", "<=", ">", ">="]


class Compare(msgspec.Struct, frozen=True):
    """True of a value of the literal's type that stands so to it. Never with null: that is `IsNull`."""

    path: Path
    operator: Operator
    value: str | int | float | bool | Instant


class Contains(msgspec.Struct, frozen=True):
    """True of a string with that substring, and of a list with an element equal to it."""

    path: Path
    value: str | int | float | bool | None


class StartsWith(msgspec.Struct, frozen=True):
    """True of a string that begins so."""

    path: Path
    prefix: str


class IsNull(msgspec.Struct, frozen=True):
    """True where there is null or nothing."""

    path: Path


class IsIn(msgspec.Struct, frozen=True):
    """True of a value equal to one of those given."""

    path: Path
    values: tuple[Literal_, ...]


class Not(msgspec.Struct, frozen=True):
    """True where the condition is not."""

    condition: "Condition"


class And(msgspec.Struct, frozen=True):
    """True where all conditions are."""

    conditions: tuple["Condition", ...]


class Or(msgspec.Struct, frozen=True):
    """True where one of the conditions is."""

    conditions: tuple["Condition", ...]


Condition = Compare | Contains | StartsWith | IsNull | IsIn | Not | And | Or


def written(condition: Condition) -> str:  # noqa: PLR0911 - one for each kind
    """Write a condition as query text, which reads back as the same condition."""
    match condition:
        case Compare(path, operator, value):
            return f"{path} {operator} {literal(value)}"
        case Contains(path, value):
            return f"{path} contains {literal(value)}"
        case StartsWith(path, prefix):
            return f"{path} startswith {literal(prefix)}"
        case IsNull(path):
            return f"{path} is null"
        case IsIn(path, values):
            return f"{path} in ({', '.join(literal(value) for value in values)})"
        case Not(inner):
            return f"not ({written(inner)})"
        case And(conditions):
            return " and ".join(f"({written(each)})" for each in conditions)
        case Or(conditions):
            return " or ".join(f"({written(each)})" for each in conditions)


def literal(value: Literal_) -> str:
    """Write a value as query text."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace('"', '""') + '"'
        case Instant():
            return f"date({literal(value.text)})"
        case _:
            return repr(value)
