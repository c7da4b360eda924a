"""From a query's tree to an SQL condition on one record: every part of it true or false, never unknown."""

from brickyard.services.db import dialect
from brickyard.services.db.order import as_kept
from brickyard.services.db.path import Path
from brickyard.services.db.query import (
    And,
    Compare,
    Condition,
    Contains,
    Instant,
    IsIn,
    IsNull,
    Literal_,
    Not,
    Or,
    StartsWith,
)
from brickyard.services.db.values import Values

SQL_OPERATORS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
LAST_CHARACTER = "\U0010ffff"
BEFORE_SURROGATES, AFTER_SURROGATES = "\ud7ff", "\ue000"


def compile_condition(condition: Condition, values: Values) -> str:  # noqa: PLR0911 - one for each kind
    """Give the SQL of a condition, binding its paths and values."""
    match condition:
        case And(conditions):
            return "(" + " AND ".join(compile_condition(each, values) for each in conditions) + ")"
        case Or(conditions):
            return "(" + " OR ".join(compile_condition(each, values) for each in conditions) + ")"
        case Not(inner):
            return f"(NOT {compile_condition(inner, values)})"
        case Compare(path, operator, value):
            return f"({_compared(path, SQL_OPERATORS[operator], value, values)})"
        case IsIn(path, members):
            return f"({_among(path, members, values)})"
        case Contains(path, value):
            return f"({_containing(path, value, values)})"
        case StartsWith(path, prefix):
            return f"({_starting(path, prefix, values)})"
        case IsNull(path):
            return "FALSE" if path.is_id else f"({dialect.is_null(_place(path, values))})"


def successor(prefix: str) -> str | None:
    """Give the first string after all that begin with `prefix`; None if there is no such."""
    stem = prefix.rstrip(LAST_CHARACTER)
    if not stem:
        return None
    last = stem[-1]
    following = AFTER_SURROGATES if last == BEFORE_SURROGATES else chr(ord(last) + 1)
    return stem[:-1] + following


def _place(path: Path, values: Values) -> str:
    return values.bind(dialect.path_value(path))


def _text_test(path: Path, values: Values, test: str) -> str:
    """Test a string; `{}` in `test` is where it goes."""
    if path.is_id:
        return test.replace("{}", "r.id")
    place = _place(path, values)
    return dialect.when(place, dialect.STRINGS, test.replace("{}", dialect.value(place)))


def _compared(path: Path, operator: str, value: str | float | Instant, values: Values) -> str:
    if isinstance(value, str):
        return _text_test(path, values, f"{{}} {operator} {values.bind(value)}")
    if isinstance(value, Instant):
        moment = f"{dialect.instant('{}')} {operator} {values.bind(value.milliseconds)}"
        return _text_test(path, values, f"COALESCE({moment}, FALSE)")
    if path.is_id:
        return "FALSE"
    place = _place(path, values)
    if isinstance(value, bool):
        return dialect.is_kind(place, dialect.TRUTHS[value if operator == "=" else not value])
    number = values.bind(as_kept(value))
    return dialect.when(place, dialect.NUMBERS, f"{dialect.value(place)} {operator} {number}")


def _among(path: Path, members: tuple[Literal_, ...], values: Values) -> str:
    """Bind the members of one type together: long lists stay one comparison."""
    texts = [each for each in members if isinstance(each, str)]
    numbers = [
        as_kept(each) for each in members if isinstance(each, int | float) and not isinstance(each, bool)
    ]
    tests = [_compared(path, "=", each, values) for each in members if isinstance(each, bool | Instant)]
    if None in members:
        tests.append(compile_condition(IsNull(path), values))
    if texts:
        listed = ", ".join(values.bind(each) for each in texts)
        tests.append(_text_test(path, values, f"{{}} IN ({listed})"))
    if numbers and not path.is_id:
        listed = ", ".join(values.bind(each) for each in numbers)
        place = _place(path, values)
        tests.append(dialect.when(place, dialect.NUMBERS, f"{dialect.value(place)} IN ({listed})"))
    return " OR ".join(f"({test})" for test in tests) or "FALSE"


def _containing(path: Path, value: str | float | None, values: Values) -> str:
    if isinstance(value, str):
        text = values.bind(value)
        inside = _text_test(path, values, dialect.contains_text("{}", text))
        if path.is_id:
            return inside
        element = dialect.has_element(_place(path, values), dialect.STRINGS, f"each.atom = {text}")
        return f"({inside}) OR ({element})"
    if path.is_id:
        return "FALSE"
    place = _place(path, values)
    if value is None:
        return dialect.has_element(place, dialect.NULLS, "TRUE")
    if isinstance(value, bool):
        return dialect.has_element(place, dialect.TRUTHS[value], "TRUE")
    return dialect.has_element(place, dialect.NUMBERS, f"each.atom = {values.bind(as_kept(value))}")


def _starting(path: Path, prefix: str, values: Values) -> str:
    test = f"{{}} >= {values.bind(prefix)}"
    end = successor(prefix)
    if end is not None:
        test += f" AND {{}} < {values.bind(end)}"
    return _text_test(path, values, test)
