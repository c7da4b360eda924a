"""From query text to its tree: recursive descent, one token at a time, everything bounded."""

import math

from brickyard.contract import BadRequest
from brickyard.services.db.instant import read_instant
from brickyard.services.db.lexer import Token, tokens
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
    Operator,
    Or,
    StartsWith,
)

CHARACTERS_MAX = 4_096
DEPTH_MAX = 32
"""Parentheses and `not` inside each other."""
COMPARISONS_MAX = 64
LIST_MAX = 256
"""Values in one `in (…)`."""
STEPS_MAX = 32
"""Steps of one path."""
INDEX_MAX = 2**31 - 1
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

OPERATORS: dict[str, Operator] = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
CLOSING = {"(": ")", "[": "]"}


def parse_query(text: str, pointer: str = "/query") -> Condition | None:
    """Read a query; None if it is blank.

    `BadRequest` at `pointer` says where it cannot be read and what was expected, or which bound it passes.
    """
    if len(text) > CHARACTERS_MAX:
        raise BadRequest.at(
            pointer, f"The query has {len(text)} characters; at most {CHARACTERS_MAX} are read."
        )
    parser = Parser(text, pointer)
    if parser.at_end:
        return None
    condition = parser.condition()
    parser.finish("'and', 'or' or the end")
    return condition


def parse_path(text: str, pointer: str) -> Path:
    """Read one path, and nothing else."""
    if len(text) > CHARACTERS_MAX:
        raise BadRequest.at(pointer, f"A path has at most {CHARACTERS_MAX} characters.")
    parser = Parser(text, pointer)
    path = parser.path()
    parser.finish("'.', '[' or the end")
    return path


class Parser:
    """Reads a text from left to right, never looking further than one token ahead."""

    def __init__(self, text: str, pointer: str) -> None:
        """Begin at the first token of `text`, which stands at `pointer` in the request."""
        self._pointer = pointer
        self._tokens = tokens(text, pointer)
        self._token = next(self._tokens)
        self._depth = 0
        self._comparisons = 0

    @property
    def at_end(self) -> bool:
        """Whether everything is read."""
        return self._token.kind == "end"

    def finish(self, expected: str) -> None:
        """Refuse whatever is left."""
        if not self.at_end:
            raise self._error(expected)

    def condition(self) -> Condition:
        """Read conditions joined by `or`, which binds weakest."""
        conditions = [self._conjunction()]
        while self.take_word("or"):
            conditions.append(self._conjunction())
        return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))

    def path(self) -> Path:
        """Read a path: a name or `["any name"]`, then `.name`, `.0`, `[0]` or `["any name"]`."""
        steps: list[str | int] = [self._first_step()]
        while (step := self._further_step()) is not None:
            steps.append(step)
            if len(steps) > STEPS_MAX:
                raise self._refusal(f"a path has at most {STEPS_MAX} steps.")
        return Path(tuple(steps))

    def take_word(self, word: str) -> bool:
        """Go past the keyword `word` if it is next, in whatever case."""
        if self._token.kind == "word" and self._token.text.lower() == word:
            self._advance()
            return True
        return False

    def take_sign(self, sign: str) -> bool:
        """Go past `sign` if it is next."""
        if self._token.kind == "sign" and self._token.text == sign:
            self._advance()
            return True
        return False

    def _conjunction(self) -> Condition:
        conditions = [self._negation()]
        while self.take_word("and"):
            conditions.append(self._negation())
        return conditions[0] if len(conditions) == 1 else And(tuple(conditions))

    def _negation(self) -> Condition:
        if self.take_word("not"):
            self._enter()
            inner = self._negation()
            self._depth -= 1
            return Not(inner)
        if self.take_sign("("):
            self._enter()
            inner = self.condition()
            self._require(")")
            self._depth -= 1
            return inner
        return self._comparison()

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self._refusal(f"parentheses and 'not' are nested more than {DEPTH_MAX} deep.")

    def _comparison(self) -> Condition:
        self._comparisons += 1
        if self._comparisons > COMPARISONS_MAX:
            raise self._refusal(f"a query has at most {COMPARISONS_MAX} comparisons.")
        path = self.path()
        if self._token.kind == "sign" and self._token.text in OPERATORS:
            return self._compared(path, OPERATORS[self._advance().text])
        if self.take_word("in"):
            return IsIn(path, self._list())
        if self.take_word("contains"):
            return self._containing(path)
        if self.take_word("startswith"):
            return self._starting(path)
        if self.take_word("is"):
            return self._nullness(path)
        raise self._error("a comparison (==, !=, <, <=, >, >=, in, contains, startswith, is null)")

    def _compared(self, path: Path, operator: Operator) -> Condition:
        token = self._token
        value = self._literal()
        if operator in ("==", "!="):
            if value is None:
                return IsNull(path) if operator == "==" else Not(IsNull(path))
        elif value is None or isinstance(value, bool):
            raise self._refusal(f"{token.text!r} compares only with == and !=.", token)
        return Compare(path, operator, value)

    def _containing(self, path: Path) -> Condition:
        token = self._token
        value = self._literal()
        if isinstance(value, Instant):
            raise self._refusal("contains takes a string, a number, true, false or null.", token)
        return Contains(path, value)

    def _starting(self, path: Path) -> Condition:
        token = self._token
        prefix = self._literal()
        if not isinstance(prefix, str):
            raise self._refusal("startswith takes a string.", token)
        return StartsWith(path, prefix)

    def _nullness(self, path: Path) -> Condition:
        negated = self.take_word("not")
        if not self.take_word("null"):
            raise self._error("'null'" if negated else "'null' or 'not null'")
        return Not(IsNull(path)) if negated else IsNull(path)

    def _list(self) -> tuple[Literal_, ...]:
        opening = self._token.text
        if self._token.kind != "sign" or opening not in CLOSING:
            raise self._error("a list such as (1, 2)")
        self._advance()
        values = [self._literal()]
        while self.take_sign(","):
            values.append(self._literal())
            if len(values) > LIST_MAX:
                raise self._refusal(f"a list has at most {LIST_MAX} values.")
        self._require(CLOSING[opening])
        return tuple(values)

    def _literal(self) -> Literal_:
        token = self._token
        if token.kind == "string":
            return self._advance().text
        if token.kind == "number":
            return self._number(self._advance())
        if token.kind == "word":
            return self._constant(token)
        raise self._error("a value")

    def _constant(self, token: Token) -> Literal_:
        word = token.text.lower()
        if word not in ("true", "false", "null", "date"):
            raise self._error("a value (text is written in quotes)")
        self._advance()
        if word == "date":
            return self._date()
        return {"true": True, "false": False, "null": None}[word]

    def _date(self) -> Instant:
        self._require("(")
        token = self._token
        if token.kind != "string":
            raise self._error("a date in quotes")
        self._advance()
        self._require(")")
        milliseconds = read_instant(token.text)
        if milliseconds is None:
            raise self._refusal(
                f"{token.text[:40]!r} is no date: write 2024-01-31 or 2024-01-31T12:00:00Z.", token
            )
        return Instant(milliseconds, token.text)

    def _number(self, token: Token) -> int | float:
        if token.text.lstrip("-").isdigit() and INT64_MIN <= int(token.text) <= INT64_MAX:
            return int(token.text)
        number = float(token.text)
        if math.isinf(number):
            raise self._refusal("the number is larger than any that can be kept.", token)
        return number

    def _first_step(self) -> str | int:
        if self._token.kind == "word":
            return self._advance().text
        if self._token.kind == "sign" and self._token.text == "[":
            self._advance()
            step = self._quoted_step()
            self._require("]")
            return step
        raise self._error("a field")

    def _further_step(self) -> str | int | None:
        if self.take_sign("."):
            if self._token.kind == "word":
                return self._advance().text
            return self._list_step()
        if self.take_sign("["):
            step = self._quoted_step() if self._token.kind == "string" else self._list_step()
            self._require("]")
            return step
        return None

    def _quoted_step(self) -> str:
        if self._token.kind != "string":
            raise self._error("a field's name in quotes")
        return self._advance().text

    def _list_step(self) -> int:
        token = self._token
        if token.kind != "number" or not token.text.isdigit() or len(token.text) > 10:  # noqa: PLR2004 - digits of INDEX_MAX
            raise self._error("a name or the number of a list element")
        self._advance()
        if int(token.text) > INDEX_MAX:
            raise self._refusal("no list is that long.", token)
        return int(token.text)

    def _advance(self) -> Token:
        token = self._token
        if token.kind != "end":
            self._token = next(self._tokens)
        return token

    def _require(self, sign: str) -> None:
        if not self.take_sign(sign):
            raise self._error(f"'{sign}'")

    def _error(self, expected: str) -> BadRequest:
        return self._refusal(f"expected {expected}, found {self._token.shown}.")

    def _refusal(self, detail: str, token: Token | None = None) -> BadRequest:
        return BadRequest.at(self._pointer, f"At position {(token or self._token).position}: {detail}")
