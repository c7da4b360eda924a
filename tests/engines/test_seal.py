"""Secrets that several processes seal with one file of keys open for all of them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from brickyard.engines.seal import KEY_BYTES, Seal

PROCESSES = 8


@pytest.fixture
def seals(tmp_path: Path) -> list[Seal]:
    """What each of them has."""
    return [Seal(tmp_path / "secret") for _ in range(PROCESSES)]


def test_those_who_make_the_first_key_at_once_make_one(seals: list[Seal], tmp_path: Path):
    ready = Barrier(PROCESSES)

    def close(seal: Seal) -> bytes:
        ready.wait()
        return seal.close(b"a secret", "p")

    with ThreadPoolExecutor(PROCESSES) as threads:
        sealed = list(threads.map(close, seals))
    assert len((tmp_path / "secret").read_bytes()) == KEY_BYTES
    assert {seal.open(each, "p") for seal in seals for each in sealed} == {b"a secret"}


def test_those_who_take_a_new_key_at_once_lose_none(seals: list[Seal], tmp_path: Path):
    before = [seal.close(b"a secret", "p") for seal in seals]
    ready = Barrier(PROCESSES)

    def rotate(seal: Seal) -> bytes:
        ready.wait()
        seal.rotate()
        return seal.close(b"a secret", "p")

    with ThreadPoolExecutor(PROCESSES) as threads:
        after = list(threads.map(rotate, seals))
    assert len((tmp_path / "secret").read_bytes()) == (1 + PROCESSES) * KEY_BYTES
    assert {seal.open(each, "p") for seal in seals for each in before + after} == {b"a secret"}
