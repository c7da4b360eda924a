"""The services by category, under the headings that people read."""

from collections.abc import Iterable

from brickyard.contract import Contract


def by_category(contracts: Iterable[Contract]) -> dict[str, list[Contract]]:
    """Group services; the headings are in alphabetical order, whatever their case."""
    groups: dict[str, list[Contract]] = {}
    for contract in sorted(contracts, key=lambda each: each.category.casefold()):
        groups.setdefault(_heading(contract.category), []).append(contract)
    return groups


def _heading(category: str) -> str:
    """Begin it with a capital, and leave the rest: initials, as of AI, have more of them."""
    return category[:1].upper() + category[1:]
