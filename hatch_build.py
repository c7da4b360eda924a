"""What is made when a wheel is built: the client's typed stub, which is never committed."""

import runpy
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Stubs(BuildHookInterface[Any]):
    """Makes `sdk/services.pyi` from the contracts. For an editable installation `make` does it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run the generator from the source; of the libraries, it needs msgspec alone."""
        if version == "editable":
            return
        source = Path(self.root) / "src"
        sys.path.insert(0, str(source))
        try:
            # By its path: as a module it would bring the client along, and the client its HTTP library.
            runpy.run_path(str(source / "brickyard/sdk/stubs.py"), run_name="__main__")
        finally:
            sys.path.remove(str(source))
