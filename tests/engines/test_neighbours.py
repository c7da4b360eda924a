"""Processes with one home open know of each other: who lives, who has ended, what one tells all others."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from select import PIPE_BUF

import pytest

from brickyard.engines.bus.home import HomeBus
from brickyard.engines.neighbours import Neighbours
from eventually import eventually

ALONE = """
import signal, sys
from pathlib import Path
from brickyard.engines.neighbours import Neighbours

print(Neighbours(Path(sys.argv[1]), print).own, flush=True)
signal.pause()
"""

LIMIT_S = 10.0


class Another:
    """A neighbour in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", ALONE, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.name = self._process.stdout.readline().strip()

    def stand_still(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


class Ear:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def __call__(self, lines: list[bytes]) -> None:
        self.heard += lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "running"


@pytest.fixture
def came(folder: Path) -> Iterator[Callable[[], tuple[Neighbours, Ear]]]:
    """Has one more come."""
    all_of_them: list[Neighbours] = []

    def come() -> tuple[Neighbours, Ear]:
        ear = Ear()
        all_of_them.append(Neighbours(folder, ear))
        return all_of_them[-1], ear

    yield come
    for each in all_of_them:
        each.close()


Came = Callable[[], tuple[Neighbours, Ear]]


def test_who_lives_is_not_gone_and_who_was_killed_is_gone_at_once(folder: Path, came: Came):
    one, _ = came()
    for _ in range(20):
        other = Another(folder)
        assert not one.is_gone(other.name)
        other.kill()
        assert one.is_gone(other.name)
    assert not one.is_gone(one.own)


def test_one_who_stands_still_lives(folder: Path, came: Came):
    one, _ = came()
    other = Another(folder)
    other.stand_still()
    assert not one.is_gone(other.name)
    other.kill()


def test_one_who_left_is_gone(came: Came):
    one, _ = came()
    other, _ = came()
    other.close()
    assert one.is_gone(other.own)


@pytest.mark.parametrize("name", ["", "..", "../../secret", "0" * 32, "A" * 32, "a/b", "\0"])
def test_one_who_never_was_here_is_gone(came: Came, name: str):
    one, _ = came()
    assert one.is_gone(name)


def test_a_file_that_is_no_pipe_is_nobody(folder: Path, came: Came):
    one, _ = came()
    (folder / ("a" * 32)).write_text("")
    assert one.is_gone("a" * 32)


def test_those_who_were_killed_leave_nothing_behind(folder: Path, came: Came):
    others = [Another(folder) for _ in range(3)]
    for other in others:
        other.kill()
    (folder / "half.new").write_text("")  # of one who was killed as it came
    one, _ = came()
    assert [file.name for file in folder.iterdir()] == [one.own]
    one.close()
    assert list(folder.iterdir()) == []


async def test_what_one_tells_all_others_hear(came: Came):
    (one, own), (_, first), (_, second) = came(), came(), came()
    await eventually(lambda: len(one._pipes) == 2)
    one.tell([b"a", b"b"])
    one.tell([b"c"])
    await eventually(lambda: first.heard == second.heard == [b"a", b"b", b"c"])
    assert own.heard == []


async def test_lines_of_many_who_tell_at_once_stay_whole(came: Came):
    _, ear = came()
    tellers = [came()[0] for _ in range(4)]
    lines = {
        teller: [f"{number}:{n:0100d}".encode() for n in range(500)] for number, teller in enumerate(tellers)
    }

    def tell(teller: Neighbours) -> None:
        for line in lines[teller]:
            teller.tell([line])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tell, tellers))
        marks = [f"{number} ends".encode() for number in range(4)]
    for teller, mark in zip(tellers, marks, strict=True):
        await eventually(lambda t=teller, m=mark: t.tell([m]) is None and m in ear.heard)
    whole = {line for each in lines.values() for line in each}
    assert {line for line in ear.heard if line not in marks} <= whole


async def test_many_lines_are_told_in_pieces_and_one_that_is_too_long_is_refused(came: Came):
    (one, _), (_, ear) = came(), came()
    await eventually(lambda: one.any)
    lines = [f"{number:050d}".encode() for number in range(PIPE_BUF // 25)]
    one.tell(lines)
    await eventually(lambda: ear.heard == lines)
    one.tell([b"x" * (PIPE_BUF - 1)])
    await eventually(lambda: len(ear.heard) == len(lines) + 1)
    with pytest.raises(ValueError, match=f"{PIPE_BUF} bytes"):
        one.tell([b"x" * PIPE_BUF])


async def test_one_who_stands_still_holds_up_nobody(folder: Path, came: Came):
    still = Another(folder)
    (one, _), (_, ear) = came(), came()
    await eventually(lambda: len(one._pipes) == 2)
    still.stand_still()
    for _ in range(1_000):  # far more than its pipe holds
        one.tell([b"x" * 1_000])
        await asyncio.sleep(0)
    one.tell([b"end"])
    await eventually(lambda: one.tell([b"end"]) is None and b"end" in ear.heard)
    still.kill()


async def test_who_is_alone_again_notices_it(folder: Path, came: Came):
    one, _ = came()
    assert not one.any
    killed = Another(folder)
    await eventually(lambda: one.any)
    killed.kill()
    one.tell([b"x"])
    assert not one.any
    left, _ = came()
    await eventually(lambda: one.any)
    left.close()
    await eventually(lambda: not one.any)


async def test_a_message_here_is_a_hint_elsewhere(folder: Path):
    here, there = HomeBus(folder), HomeBus(folder)
    await eventually(lambda: here.neighbours.any)
    with (
        here.bound("p").subscribe("a") as ours,
        there.bound("p").subscribe("a") as theirs,
        there.bound("p").subscribe("b") as other_topic,
        there.bound("q").subscribe("a") as other_project,
    ):
        async with asyncio.timeout(LIMIT_S):
            for number in range(3):
                here.bound("p").publish("a", number)
                assert (await anext(ours), await anext(theirs)) == (number, None)
            here.bound("p").publish("b", "end")
            here.bound("q").publish("a", "end")
            assert (await anext(other_topic), await anext(other_project)) == (None, None)
    here.close()
    there.close()


async def test_what_is_published_at_once_is_hinted_at_once(folder: Path):
    here, there = HomeBus(folder), HomeBus(folder)
    await eventually(lambda: here.neighbours.any)
    told: list[list[bytes]] = []
    heard = threading.Event()
    there.neighbours._told = lambda lines: (told.append(lines), heard.set())
    for number in range(100):
        here.bound("p").publish(f"topic{number % 2}", number)
    await asyncio.sleep(0)
    assert await asyncio.to_thread(heard.wait, LIMIT_S)
    assert told == [[b'["p","topic0"]', b'["p","topic1"]']]
    here.close()
    there.close()


async def test_a_topic_too_long_to_tell_of_holds_up_no_other(folder: Path):
    here, there = HomeBus(folder), HomeBus(folder)
    await eventually(lambda: here.neighbours.any)
    with there.bound("p").subscribe("short") as messages:
        here.bound("p").publish("long" * PIPE_BUF, 1)
        here.bound("p").publish("short", 2)
        async with asyncio.timeout(LIMIT_S):
            assert await anext(messages) is None
    here.close()
    there.close()


@pytest.mark.parametrize("line", [b"x", b'{"project":"p"}', b'["p"]', b'["p",1]', b"\xff"])
async def test_a_line_that_is_no_hint_is_passed_over(folder: Path, line: bytes):
    here, there = HomeBus(folder), HomeBus(folder)
    await eventually(lambda: here.neighbours.any)
    with there.bound("p").subscribe("a") as messages:
        here.neighbours.tell([line])
        here.bound("p").publish("a", 1)
        async with asyncio.timeout(LIMIT_S):
            assert await anext(messages) is None
    here.close()
    there.close()
