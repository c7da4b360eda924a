"""The `brick` command as tests run it: a process of its own, with pipes or with a terminal."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "brickyard")
LIMIT_S = 60
READ_BYTES = 65_536


@dataclass
class Ran:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str = ""

    @property
    def lines(self) -> list[Any]:
        """What it printed, a JSON value each line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def reply(self) -> Any:
        """The one reply of a call that has to succeed."""
        assert self.code == 0, self.err
        (reply,) = self.lines
        return reply

    @property
    def problem(self) -> Any:
        """The error object of a call that has to fail."""
        assert self.code != 0, self.out
        assert self.out == ""
        return json.loads(self.err)


class Brick:
    """The command, pointed to a server and a home."""

    def __init__(self, url: str, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BRICKYARD_")}
        self.environment = {
            **kept,
            "BRICKYARD_URL": url,
            "BRICKYARD_HOME": str(home),
            "TERM": "xterm-256color",
            "COLUMNS": "120",
        }

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        """Run it with pipes."""
        ran = subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def on_terminal(self, *arguments: str, **environment: str) -> Ran:
        """Run it on a terminal; all that is seen there is in `out`."""
        ours, theirs = pty.openpty()
        process = self.start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs, environment=environment)
        os.close(theirs)
        seen = b""
        while chunk := _read(ours):
            seen += chunk
        os.close(ours)
        return Ran(process.wait(timeout=LIMIT_S), seen.decode().replace("\r\n", "\n"))

    def start(
        self, *arguments: str, environment: dict[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Start it and leave it running."""
        return subprocess.Popen(
            [*COMMAND, *arguments], env=self.environment | (environment or {}), text=True, **options
        )

    def completed(self, words: str, **environment: str) -> list[str]:
        """Ask for completions of the last of `words`, as bash does."""
        asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_BRICK_COMPLETE": "bash_complete"}
        ran = self(**asked, **environment)
        assert (ran.code, ran.err) == (0, ""), ran
        return [line.partition(",")[2] for line in ran.out.splitlines()]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, READ_BYTES)
    except OSError:  # how Linux says that nobody has the other end any more
        return b""
