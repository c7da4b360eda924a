"""How the command ends: quietly when it is stopped or its reader leaves; and how little it starts with."""

import json
import signal
import subprocess
import sys

import pytest
from brick import COMMAND, Brick

from cloud import ProcessCloud

LOADED = """
import sys
from brickyard.cli import main
sys.argv = {words!r}
try:
    main()
except SystemExit:
    pass
import json
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
HEAVY = {"uvicorn", "uvloop", "apsw", "httpx2", "rich", "brickyard.app", "brickyard.sdk", "brickyard.gateway"}


@pytest.mark.parametrize(
    "words", [["brick", "--help"], ["brick", "up", "--help"], ["brick", "completion", "zsh"]]
)
def test_help_loads_neither_the_server_nor_the_client(lonely_brick: Brick, words: list[str]):
    ran = subprocess.run(
        [sys.executable, "-c", LOADED.format(words=words)],
        env=lonely_brick.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not HEAVY & set(json.loads(ran.stderr))


def test_a_reader_that_leaves_ends_the_stream_quietly(brick: Brick):
    ran = subprocess.run(
        f"{' '.join(COMMAND)} helloworld stream --messages=1000 | head -1",
        shell=True,
        env=brick.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == '{"message":"Hello"}\n'
    assert ran.stderr == ""


def test_ctrl_c_ends_a_stream_quietly(brick: Brick):
    brick("event", "publish", "--topic=endless", '--message={"n": 1}')
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with brick.start(
        "event", "consume", "--topic=endless", "--offset=2000-01-01T00:00:00Z", **pipes
    ) as process:
        assert process.stdout
        assert process.stderr
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read() == ""
    assert first["message"] == {"n": 1}


def shell(brick: Brick, script: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell, in which `brick` is the command."""
    line = f'brick() {{ {" ".join(COMMAND)} "$@"; }}; {script}'
    return subprocess.run(
        ["bash", "-c", line], env=brick.environment, capture_output=True, text=True, check=False
    )


def test_a_full_disk_is_said_in_a_line(brick: Brick):
    for words in ("helloworld stream --messages=5", "helloworld call", "services", "db --help"):
        ran = shell(brick, f"brick {words} > /dev/full")
        assert ran.returncode == 1
        assert ran.stderr == "Error: the output cannot be written: No space left on device.\n"


def test_an_output_that_is_closed_is_no_obstacle(brick: Brick):
    assert shell(brick, "brick helloworld call >&-").stderr == ""
    assert shell(brick, "brick helloworld call 2>&-").stdout == '{"message":"Hello"}\n'


def test_a_server_that_dies_in_a_stream_ends_it_with_an_error(process_cloud: ProcessCloud):
    brick = Brick(process_cloud.address, process_cloud.home)
    brick("event", "publish", "--topic=cut", '--message={"n": 1}')
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with brick.start("event", "consume", "--topic=cut", "--offset=earliest", **pipes) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process_cloud.process.kill()
        assert process.wait(timeout=30) == 3
        assert json.loads(process.stderr.read())["id"] == "brick.no_server"


def test_nothing_given_shows_the_help(brick: Brick):
    ran = brick()
    assert ran.code == 2
    assert "Usage: brick" in ran.err
