"""The file of master keys, as several processes change it at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest

from brickyard.engines.seal import KeyFile

PROCESSES = 8
Made = TypeVar("Made")


@pytest.fixture
def files(tmp_path: Path) -> list[KeyFile]:
    """The same file, as each of them has it."""
    return [KeyFile(tmp_path / "secret") for _ in range(PROCESSES)]


def at_once(files: list[KeyFile], work: Callable[[KeyFile], Made]) -> list[Made]:
    ready = Barrier(PROCESSES)

    def begin(file: KeyFile) -> Made:
        ready.wait()
        return work(file)

    with ThreadPoolExecutor(PROCESSES) as threads:
        return list(threads.map(begin, files))


def test_those_who_make_the_first_key_at_once_make_one(files: list[KeyFile]):
    seen = at_once(files, lambda file: tuple(file.keys()))
    assert len(set(seen)) == 1
    assert len(seen[0]) == 1


def test_those_who_add_a_key_at_once_lose_none(files: list[KeyFile]):
    (first,) = files[0].keys()
    added = at_once(files, lambda file: file.add())
    assert set(files[0].keys()) == {first, *added}
    assert len(added) == len(set(added)) == PROCESSES
