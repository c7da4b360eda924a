"""What the source says below a field: the string that follows it is the field's description."""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType

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
    module = sys.modules.get(struct.__module__)
    definition = module and _definitions(module).get(struct.__qualname__)
    if definition is None:  # made at run time: it has no source
        return {}
    pairs = zip(definition.body, definition.body[1:], strict=False)
    return {
        field.target.id: " ".join(str(text.value.value).split())
        for field, text in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


@cache
def _definitions(module: ModuleType) -> dict[str, ast.ClassDef]:
    """Give the classes of a module's source by their qualified names; none if it has no source."""
    try:
        source = inspect.getsource(module)
    except (OSError, TypeError):
        return {}
    return dict(_classes(ast.parse(source), ""))


def _classes(node: ast.AST, within: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for inner in ast.iter_child_nodes(node):
        match inner:
            case ast.ClassDef(name=name):
                yield within + name, inner
                yield from _classes(inner, f"{within}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield from _classes(inner, f"{within}{name}.<locals>.")
            case ast.stmt():
                yield from _classes(inner, within)
            case _:
                pass


def first_sentence(doc: str) -> str:
    """Give the first sentence of a docstring, without its full stop."""
    paragraph = " ".join(doc.split("\n\n", 1)[0].split())
    return paragraph.split(". ", 1)[0].removesuffix(".")
