"""`brick up`: what it says when it starts, and when it cannot."""

import os
import pty
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from brick import Brick


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def starter(home: Path) -> Brick:
    return Brick("http://127.0.0.1:1", home)


def test_it_says_where_it_is_with_which_key_and_what_to_try(starter: Brick, home: Path):
    with starter.start("up", "--port", "0", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        address, key, call = (process.stdout.readline() for _ in range(3))
        assert re.search(r"http://127\.0\.0\.1:\d+", address)
        assert (home / "token").read_text().strip() in key
        assert str(home / "token") in key
        command = call.partition(":")[2]
        answered = subprocess.run(
            command, shell=True, capture_output=True, text=True, check=True, env=starter.environment
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert answered.stdout == '{"message":"Hello you"}'
        assert "Traceback" not in process.stderr.read()


def greeting(starter: Brick) -> str:
    """Start it with its output piped, stop it, and give what it said."""
    with starter.start("up", "--port=0", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        said = "".join(process.stdout.readline() for _ in range(3))
        process.send_signal(signal.SIGINT)
    return said


def test_in_a_pipe_the_key_is_printed_once_and_then_only_where_it_is(starter: Brick, home: Path):
    first, second = greeting(starter), greeting(starter)
    key = (home / "token").read_text().strip()
    assert key in first
    assert key not in second
    assert f"Your key: is kept in {home / 'token'}" in second


def test_on_a_terminal_the_key_is_printed_each_time(starter: Brick, home: Path):
    greeting(starter)
    ours, theirs = pty.openpty()
    with starter.start("up", "--port=0", stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        with os.fdopen(ours, errors="replace") as terminal:
            said = "".join(terminal.readline() for _ in range(3))
            process.terminate()
            process.wait(timeout=30)
    assert (home / "token").read_text().strip() in said


def refused(starter: Brick, *words: str, **environment: str) -> str:
    """Give the one line with which it does not start."""
    ran = starter("up", *words, **environment)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    return ran.err


def test_a_port_in_use_is_said_in_a_line(starter: Brick, home: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(starter, "--port", str(port))
    assert f"127.0.0.1:{port}" in said
    assert "in use" in said
    assert not home.exists(), "nothing was done in vain"


def test_a_host_that_is_not_here_is_said_in_a_line(starter: Brick):
    assert "192.0.2.1" in refused(starter, "--host", "192.0.2.1")


def test_a_home_that_is_a_file_is_said_in_a_line(starter: Brick, home: Path):
    home.write_text("")
    said = refused(starter, "--port=0")
    assert f"The home {home} cannot be used" in said


def test_a_home_below_a_file_is_said_in_a_line(starter: Brick, home: Path):
    home.write_text("")
    assert "cannot be used" in refused(starter, "--port=0", "--home", str(home / "inner"))


def test_a_home_whose_database_is_none_is_said_in_a_line(starter: Brick, home: Path):
    home.mkdir()
    (home / "brickyard.db").write_bytes(os.urandom(8192))
    assert f"The home {home} cannot be used" in refused(starter, "--port=0")


def test_a_database_that_cannot_be_reached_is_said_in_a_line(starter: Brick):
    url = "postgresql://me:hunter2@127.0.0.1:1/cloud"
    said = refused(starter, "--port=0", BRICKYARD_DATABASE_URL=url)
    assert said.startswith("Error: The database postgresql://127.0.0.1:1/cloud cannot be used: ")
    assert "hunter2" not in said


OWN = "from brickyard.contract import Context, Reply, Request, Service, endpoint\n"
OWN_CACHE = f"""{OWN}

class Cache(Service):
    \"\"\"Another cache.\"\"\"

    @endpoint(price=0)
    async def get(self, context: Context, request: Request) -> Reply:
        \"\"\"Get it.\"\"\"
        return Reply()
"""
UNUSABLE = {
    "a file named like ours": ("cache.py", OWN_CACHE, "choose another"),
    "a class named like ours": ("mine.py", OWN_CACHE, "two services are named 'cache'"),
    "a syntax error": ("mine.py", OWN + "class", "SyntaxError: invalid syntax (mine.py, line 2)"),
    "a library that is not there": ("mine.py", OWN + "import nowhere", "'nowhere' (line 2)"),
    "no service": ("mine.py", OWN, "must define one service, and defines 0"),
    "a service that is none": ("mine.py", OWN + "class Mine(Service):\n    ...", "Mine is no service"),
    "a folder with half a service": ("mine/contract.py", OWN_CACHE.replace("Cache", "Mine"), "embedded.py"),
}


@pytest.mark.parametrize(("name", "text", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_service_of_ones_own_that_cannot_be_used_is_said_in_a_line(
    starter: Brick, tmp_path: Path, name: str, text: str, reason: str
):
    file = tmp_path / "own" / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    file.with_name("__init__.py").touch()
    said = refused(starter, "--port=0", BRICKYARD_SERVICES=str(tmp_path / "own"))
    assert said.startswith(f"Error: {file.parent}")
    assert reason in said


@pytest.mark.parametrize(
    ("words", "environment"),
    [(["--port=http"], {}), (["--port=70000"], {}), ([], {"BRICKYARD_BODY_MAX_BYTES": "many"})],
)
def test_a_setting_that_is_none_is_wrong_usage(starter: Brick, words: list[str], environment: dict[str, str]):
    ran = starter("up", *words, **environment)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_options_go_before_the_environment(starter: Brick, home: Path):
    other = home.with_name("other")
    environment = {"BRICKYARD_PORT": "1", "BRICKYARD_HOME": str(home)}
    with starter.start(
        "up", "--port=0", f"--home={other}", stdout=subprocess.PIPE, environment=environment
    ) as process:
        assert process.stdout
        assert not process.stdout.readline().endswith(":1\n")
        process.terminate()
    assert (other / "token").exists()
    assert not home.exists()
