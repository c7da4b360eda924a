"""From a query's tree to an SQL condition on one record: every part of it true or false, never unknown."""

from brickyard.services.db.dialect import Dialect
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

SQL_OPERATORS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
LAST_CHARACTER = "\U0010ffff"
BEFORE_SURROGATES, AFTER_SURROGATES = "\ud7ff", "\ue000"


def compile_condition(condition: Condition, speech: Dialect) -> str:  # noqa: PLR0911 - one for each kind
    """Give the SQL of a condition, binding its paths and values."""
    match condition:
        case And(conditions):
            return "(" + " AND ".join(compile_condition(each, speech) for each in conditions) + ")"
        case Or(conditions):
            return "(" + " OR ".join(compile_condition(each, speech) for each in conditions) + ")"
        case Not(inner):
            return f"(NOT {compile_condition(inner, speech)})"
        case Compare(path, operator, value):
            return f"({_compared(path, SQL_OPERATORS[operator], value, speech)})"
        case IsIn(path, members):
            return f"({_among(path, members, speech)})"
        case Contains(path, value):
            return f"({_containing(path, value, speech)})"
        case StartsWith(path, prefix):
            return f"({_starting(path, prefix, speech)})"
        case IsNull(path):
            return "FALSE" if path.is_id else f"({speech.is_null(speech.place(path))})"


def successor(prefix: str) -> str | None:
    """Give the first string after all that begin with `prefix`; None if there is no such."""
    stem = prefix.rstrip(LAST_CHARACTER)
    if not stem:
        return None
    last = stem[-1]
    following = AFTER_SURROGATES if last == BEFORE_SURROGATES else chr(ord(last) + 1)
    return stem[:-1] + following


def _text_test(path: Path, speech: Dialect, test: str) -> str:
    """Test a string; `{}` in `test` is where it goes."""
    if path.is_id:
        return test.replace("{}", "r.id")
    return speech.where_text(speech.place(path), test)


def _compared(path: Path, operator: str, value: str | float | Instant, speech: Dialect) -> str:
    if isinstance(value, str):
        return _text_test(path, speech, f"{{}} {operator} {speech.bind(value)}")
    if isinstance(value, Instant):
        moment = f"{speech.instant('{}')} {operator} {speech.bind(value.milliseconds)}"
        return _text_test(path, speech, f"COALESCE({moment}, FALSE)")
    if path.is_id:
        return "FALSE"
    place = speech.place(path)
    if isinstance(value, bool):
        return speech.is_truth(place, value if operator == "=" else not value)
    return speech.where_number(place, f"{{}} {operator} {speech.number(value)}")


def _among(path: Path, members: tuple[Literal_, ...], speech: Dialect) -> str:
    """Bind the members of one type together: long lists stay one comparison."""
    texts = [each for each in members if isinstance(each, str)]
    numbers = [each for each in members if isinstance(each, int | float) and not isinstance(each, bool)]
    tests = [_compared(path, "=", each, speech) for each in members if isinstance(each, bool | Instant)]
    if None in members:
        tests.append(compile_condition(IsNull(path), speech))
    if texts:
        listed = ", ".join(speech.bind(each) for each in texts)
        tests.append(_text_test(path, speech, f"{{}} IN ({listed})"))
    if numbers and not path.is_id:
        listed = ", ".join(speech.number(each) for each in numbers)
        tests.append(speech.where_number(speech.place(path), f"{{}} IN ({listed})"))
    return " OR ".join(f"({test})" for test in tests) or "FALSE"


def _containing(path: Path, value: str | float | None, speech: Dialect) -> str:
    if isinstance(value, str):
        text = speech.bind(value)
        inside = _text_test(path, speech, speech.contains_text("{}", text))
        if path.is_id:
            return inside
        element = speech.has_text(speech.place(path), text)
        return f"({inside}) OR ({element})"
    if path.is_id:
        return "FALSE"
    place = speech.place(path)
    if value is None:
        return speech.has_null(place)
    if isinstance(value, bool):
        return speech.has_truth(place, value)
    return speech.has_number(place, speech.number(value))


def _starting(path: Path, prefix: str, speech: Dialect) -> str:
    test = f"{{}} >= {speech.bind(prefix)}"
    end = successor(prefix)
    if end is not None:
        test += f" AND {{}} < {speech.bind(end)}"
    return _text_test(path, speech, test)
