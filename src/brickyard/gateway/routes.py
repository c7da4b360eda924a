"""Which endpoint a path means, however it is spelled; and what was probably meant if none."""

from collections.abc import Container, Mapping
from difflib import get_close_matches

from brickyard.contract import NotFound
from brickyard.contract.catalog import Catalog
from brickyard.gateway.operation import Operation

SPELLINGS_MAX = 10_000
"""Spellings of paths remembered at most."""
SPELLING_LENGTH_MAX = 200
"""How long a path may be to be remembered."""


class Routes:
    """The paths below `/v1/`: `db/Create`, `db/create` and `DB/create` are one, and so is `db/Db/Create`."""

    def __init__(self, catalog: Catalog, by_providers: Container[str] = ()) -> None:
        """Lay a path to every endpoint of the catalog; the work of some services is done `by_providers`."""
        self._operations = {
            contract.name: {
                endpoint.name.lower(): Operation(
                    endpoint,
                    control_plane=contract.control_plane,
                    by_providers=contract.name in by_providers,
                )
                for endpoint in contract.endpoints
            }
            for contract in catalog
        }
        self.spelled: dict[str, Operation] = {}
        """Endpoints by the paths that are known to mean them: a first look before `find`."""
        self.plain: dict[bytes, Operation] = {}
        """Those of them that are no streams, by the path as it is sent."""
        for operation in self.operations():
            self._remember(operation.path, operation)

    def operations(self) -> list[Operation]:
        """Give every endpoint, service by service."""
        return [each for operations in self._operations.values() for each in operations.values()]

    def find(self, path: str) -> Operation:
        """Give the endpoint a path means; `NotFound` with the nearest name if none."""
        operation = self.spelled.get(path)
        if operation is None:
            operation = self._resolve(path)
            if len(self.spelled) < SPELLINGS_MAX and len(path) <= SPELLING_LENGTH_MAX:
                self._remember(path, operation)
        return operation

    def _remember(self, path: str, operation: Operation) -> None:
        self.spelled[path] = operation
        if not operation.endpoint.stream and path.isascii():
            self.plain[path.encode()] = operation

    def _resolve(self, path: str) -> Operation:
        parts = [part.lower() for part in path.removeprefix("/v1/").strip("/").split("/")]
        if len(parts) == 3:  # noqa: PLR2004 - service, interface, method
            parts = self._without_interface(*parts)
        if len(parts) == 1 and parts[0] in self._operations:
            raise NotFound(
                f"{parts[0]} is a service: calls are made to its endpoints, such as"
                f" /v1/{parts[0]}/{next(iter(self._operations[parts[0]].values())).endpoint.name}."
                f" /docs/services/{parts[0]} lists them."
            )
        if len(parts) != 2:  # noqa: PLR2004 - service and endpoint
            raise NotFound(f"{shown(path)} is no call: calls are made to /v1/{{service}}/{{endpoint}}.")
        service, endpoint = parts
        operations = self._operations.get(service)
        if operations is None:
            raise NotFound(f"There is no service {shown(service)}.{nearest(service, self._operations)}")
        if endpoint not in operations:
            names = {name: each.endpoint.name for name, each in operations.items()}
            raise NotFound(f"{service} has no endpoint {shown(endpoint)}.{nearest(endpoint, names)}")
        return operations[endpoint]

    def _without_interface(self, service: str, interface: str, method: str) -> list[str]:
        """Read M3O's three-part form: `db/Db/Create`, or a name in two parts: `hello/world/call`."""
        if service + interface in self._operations:
            return [service + interface, method]
        return [service, method] if service == interface else [service, interface, method]


def nearest(name: str, known: Mapping[str, object]) -> str:
    """Give a sentence that names the known name nearest to `name`, or lists them if none is near.

    Where `known` maps to texts, those are how the names are written.
    """
    written = {key: value if isinstance(value, str) else key for key, value in known.items()}
    found = get_close_matches(name[:100], list(written), n=1, cutoff=0.5)
    if found:
        return f" Did you mean {written[found[0]]}?"
    return f" There are: {', '.join(sorted(written.values())[:20])}."


def shown(text: str) -> str:
    """Quote a part of what was sent, cut to a length that can be shown."""
    return repr(text if len(text) <= 100 else text[:100] + "…")  # noqa: PLR2004 - a line's length
