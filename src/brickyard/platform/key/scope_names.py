"""The scopes that mean something: those of the catalog. A key for `db/Reed` would fail only when used."""

from collections.abc import Iterable
from difflib import get_close_matches

from brickyard.contract import BadRequest, Contract


class ScopeNames:
    """Every service and every endpoint there is."""

    def __init__(self, catalog: Iterable[Contract]) -> None:
        """Know the names of a catalog."""
        self._names = {"*": "*"}
        self.control_plane: set[str] = set()
        """The services that `*` does not cover."""
        for contract in catalog:
            if contract.control_plane:
                self.control_plane.add(contract.name)
            self._names[contract.name] = contract.name
            for endpoint in contract.endpoints:
                name = f"{contract.name}/{endpoint.name}"
                self._names[name.lower()] = name

    def check(self, scopes: Iterable[str]) -> None:
        """Raise `BadRequest` at the first scope that names nothing, with the nearest that does."""
        for number, scope in enumerate(scopes):
            if scope.lower() not in self._names:
                near = get_close_matches(scope.lower(), list(self._names), n=1, cutoff=0.5)
                hint = f"Did you mean {self._names[near[0]]}?" if near else "The catalog at /v1 lists them."
                raise BadRequest.at(
                    f"/scopes/{number}", f"{scope!r} is neither a service nor an endpoint. {hint}"
                )
