"""What the source says below a field: the string that follows it is the field's description."""

import ast
import inspect
import textwrap
from functools import cache

import msgspec


@cache
def field_prose(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Give the descriptions of a struct's fields by name, those of its bases too."""
    prose: dict[str, str] = {}
    for kind in reversed(struct.__mro__):
        if issubclass(kind, msgspec.Struct) and not kind.__module__.startswith("msgspec"):
            prose |= _own_prose(kind)
    return prose


def _own_prose(struct: type) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(struct))
    except OSError:  # made at run time: it has no source
        return {}
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef), "a struct is a class"
    pairs = zip(definition.body, definition.body[1:], strict=False)
    return {
        field.target.id: " ".join(str(text.value.value).split())
        for field, text in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def first_sentence(doc: str) -> str:
    """Give the first sentence of a docstring, without its full stop."""
    paragraph = " ".join(doc.split("\n\n", 1)[0].split())
    return paragraph.split(". ", 1)[0].removesuffix(".")
