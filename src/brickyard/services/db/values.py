"""The values that go with a statement, numbered as they are bound."""

from collections.abc import Iterator

from brickyard.engines.sql import Value


class Values:
    """Values in the order of their numbers. The engine binds the project itself, as `?1`."""

    def __init__(self) -> None:
        """Begin with none."""
        self._values: list[Value] = []

    def bind(self, value: Value) -> str:
        """Add a value, and give its place in the statement."""
        self._values.append(value)
        return f"?{len(self._values) + 1}"

    def __iter__(self) -> Iterator[Value]:
        return iter(self._values)
