"""The processes that have one home open: who is there, who has ended, and what one tells all others.

Each has a named pipe in a folder of the home, and reads it for as long as it lives. So the operating system
knows who is there: a pipe that nobody reads cannot be opened for writing, from the moment that its process
has ended, however that was.
"""

import errno
import os
import re
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from select import PIPE_BUF
from uuid import uuid4

NAME = re.compile("[0-9a-f]{32}")
LOOK_AROUND = b""
"""The line of one who has come, or goes."""
READ_BYTES = 65_536

Told = Callable[[list[bytes]], None]
"""Hears the lines that others have told, on a thread of its own. After it raised, nothing more is heard."""


class Neighbours:
    """The processes of one home. All of it may be used on any thread."""

    def __init__(self, folder: Path, told: Told) -> None:
        """Come to the others in `folder`, which is made if need be; `told` hears what they tell.

        Only one process at a time may do so.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._told = folder, told
        self._lock = threading.Lock()
        self._pipes: dict[str, int] = {}
        """The others' pipes, open for writing."""
        self.own = uuid4().hex
        self._remove_unfinished()
        self._pipe = _made(folder / self.own)
        self._closed = False
        self._look_around()
        self._thread = threading.Thread(target=self._listen, name="neighbours", daemon=True)
        self._thread.start()
        self._tell(LOOK_AROUND)

    @property
    def any(self) -> bool:
        """Whether there are others, as far as was noticed. It is a moment late."""
        return bool(self._pipes)

    def is_gone(self, name: str) -> bool:
        """Whether a process has ended; one that was never here counts as ended."""
        if name == self.own:
            return False
        if not NAME.fullmatch(name):
            return True
        try:
            os.close(_opened(self._folder / name))
        except OSError as error:
            return _says_gone(error)
        return False

    def tell(self, lines: list[bytes]) -> None:
        """Tell all others. Who has too much to hear already, hears nothing of it; nobody is waited for.

        Lines hold no line break. One that is longer than the system writes at once (`PIPE_BUF`, 512 bytes
        or more) is a ValueError.
        """
        if not self._pipes:
            return
        for piece in _pieces(lines):
            self._write(piece)

    def close(self) -> None:
        """Leave."""
        if self._closed:
            return
        self._closed = True
        (self._folder / self.own).unlink(missing_ok=True)
        self._tell(LOOK_AROUND)
        os.write(self._pipe, b"\n")
        self._thread.join()
        with self._lock:
            for pipe in self._pipes.values():
                os.close(pipe)
            self._pipes.clear()
            os.close(self._pipe)

    def _tell(self, line: bytes) -> None:
        self._write(line + b"\n")

    def _write(self, piece: bytes) -> None:
        with self._lock:
            ended = [name for name, pipe in self._pipes.items() if not _written(pipe, piece)]
        if ended:
            self._look_around()

    def _look_around(self) -> None:
        """Find out who is there, and remove what those left who were killed."""
        with self._lock:
            pipes, self._pipes = self._pipes, {}
            for pipe in pipes.values():
                os.close(pipe)
            for file in self._folder.iterdir():
                if file.name != self.own and NAME.fullmatch(file.name):
                    self._meet(file)

    def _meet(self, file: Path) -> None:
        try:
            self._pipes[file.name] = _opened(file)
        except OSError as error:
            if _says_gone(error):  # else there are too many open files: it is told nothing, and looks itself
                file.unlink(missing_ok=True)

    def _remove_unfinished(self) -> None:
        for draft in self._folder.glob("*.new"):
            draft.unlink(missing_ok=True)

    def _listen(self) -> None:
        rest = b""
        while not self._closed:
            *lines, rest = (rest + os.read(self._pipe, READ_BYTES)).split(b"\n")
            if LOOK_AROUND in lines:
                self._look_around()
            if told := [line for line in lines if line != LOOK_AROUND]:
                self._told(told)


def _made(file: Path) -> int:
    """Make a pipe and open it. Nobody sees it before it is read: else it would seem to be a dead one's."""
    draft = file.with_name(f"{file.name}.new")
    os.mkfifo(draft, mode=0o600)
    pipe = os.open(draft, os.O_RDWR)  # for writing too: else it would end whenever no other is there
    draft.rename(file)
    return pipe


def _opened(file: Path) -> int:
    """Open another's pipe for writing; an OSError if nobody reads it."""
    pipe = os.open(file, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    if not stat.S_ISFIFO(os.fstat(pipe).st_mode):
        os.close(pipe)
        raise FileNotFoundError(f"{file} is no pipe")
    return pipe


def _says_gone(error: OSError) -> bool:
    """Whether a pipe could not be opened since nobody reads it (ENXIO), or since it is not there."""
    return isinstance(error, FileNotFoundError) or error.errno == errno.ENXIO


def _written(pipe: int, piece: bytes) -> bool:
    """Write, at once or not at all; False if nobody reads any longer."""
    try:
        with suppress(BlockingIOError):
            os.write(pipe, piece)
    except BrokenPipeError:
        return False
    return True


def _pieces(lines: list[bytes]) -> list[bytes]:
    """Put lines together to as few pieces as can be written at once, each of whole lines."""
    pieces = [b""]
    for line in lines:
        if len(line) >= PIPE_BUF:
            raise ValueError(f"The line has {len(line)} bytes; {PIPE_BUF - 1} are written at once.")
        if len(pieces[-1]) + len(line) >= PIPE_BUF:
            pieces.append(b"")
        pieces[-1] += line + b"\n"
    return pieces
