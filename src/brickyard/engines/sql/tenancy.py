"""The rule that keeps tenants apart: every statement says whose rows it means."""

_seen: set[str] = set()


def mentions_project(statement: str) -> str:
    """Give the statement back; a ValueError if it leaves out `?1`, the project."""
    if statement not in _seen:
        if "?1" not in statement:
            raise ValueError(f"The statement does not say whose rows it means (?1): {statement}")
        if len(_seen) < 10_000:  # noqa: PLR2004 - composed statements are many, and need not be remembered
            _seen.add(statement)
    return statement
