"""Clouds with the service `probe`, which misbehaves on request."""

from pathlib import Path

from cloud import ProcessCloud

PROBES = Path(__file__).with_name("probes")
BODY_MAX_BYTES = 100_000


def cloud_with_probes(home: Path, **environment: str) -> ProcessCloud:
    """A cloud in a process of its own, with the service `probe` and small bodies."""
    return ProcessCloud(
        home, BRICKYARD_SERVICES=str(PROBES), BRICKYARD_BODY_MAX_BYTES=str(BODY_MAX_BYTES), **environment
    )
