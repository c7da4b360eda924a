"""No server: help works all the same, and calls say clearly what is missing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from brick import Brick

from cloud import ProcessCloud


class Stranger(BaseHTTPRequestHandler):
    """A server of some other kind."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Welcome to nginx!</h1>")

    def log_message(self, *_: object):
        pass


@pytest.fixture
def stranger() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_help_comes_from_this_installation(lonely_brick: Brick):
    assert "list-tables" in lonely_brick("db", "--help").out
    assert "--record JSON" in lonely_brick("db", "create", "--help").out
    assert "helloworld" in lonely_brick("services").out


@pytest.mark.parametrize("words", [("services",), ("describe", "db")])
def test_what_is_shown_without_a_server_says_so(lonely_brick: Brick, nobody: str, words: tuple[str, ...]):
    ran = lonely_brick(*words)
    assert (ran.code, bool(ran.lines)) == (0, True)
    assert f"No server answers at {nobody}." in ran.err


@pytest.mark.parametrize(
    ("name", "said"), [("dbb", "'db'"), ("nope", "brick services"), ("db/Reed", "db/Read")]
)
def test_what_is_not_there_to_be_described_is_told_with_the_nearest(
    lonely_brick: Brick, name: str, said: str
):
    ran = lonely_brick("describe", name)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_the_version_is_told(lonely_brick: Brick):
    ran = lonely_brick("--version")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("brick 0.")


@pytest.mark.parametrize(
    "words", [("db", "list-tables"), ("call", "db/ListTables"), ("helloworld", "stream")]
)
def test_a_call_says_that_no_server_answers(lonely_brick: Brick, nobody: str, words: tuple[str, ...]):
    ran = lonely_brick(*words)
    assert ran.code == 3
    assert ran.problem["detail"] == f"No server answers at {nobody}."


def test_a_person_is_told_how_to_start_one(lonely_brick: Brick, nobody: str):
    ran = lonely_brick.on_terminal("db", "list-tables")
    assert ran.code == 3
    assert f"No server answers at {nobody}." in ran.out
    assert "brick up" in ran.out


def test_an_unknown_service_may_be_one_of_the_server(lonely_brick: Brick, nobody: str):
    ran = lonely_brick("skywatch", "tell")
    assert ran.code == 2
    assert f"No server answers at {nobody}. It may have services not known here." in ran.err


def test_a_server_of_another_kind_is_named_as_such(stranger: str, tmp_path: Path):
    ran = Brick(stranger, tmp_path)("db", "list-tables")
    assert ran.code == 3
    assert f"What answers at {stranger} is no Brickyard" in ran.problem["detail"]


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://[::1", "http://x:y"]
)
def test_an_address_that_is_none_is_wrong_usage(lonely_brick: Brick, url: str):
    ran = lonely_brick("--url", url, "db", "list-tables")
    assert ran.code == 2
    assert "is no address of a server" in ran.err


def test_an_address_with_a_password_is_refused_and_not_repeated(lonely_brick: Brick):
    ran = lonely_brick("--url", "http://me:sesame@127.0.0.1:1", "db", "list-tables")
    assert ran.code == 2
    assert "sesame" not in ran.err


def test_a_home_of_a_user_not_known_is_wrong_usage(lonely_brick: Brick):
    ran = lonely_brick("--home", "~nobody-by-that-name/x", "services")
    assert ran.code == 2
    assert "not known here" in ran.err


def test_a_server_that_is_gone_is_described_by_its_last_catalog(process_cloud: ProcessCloud):
    brick = Brick(process_cloud.address, process_cloud.home)
    services = brick("services").out
    process_cloud.process.terminate()
    process_cloud.process.wait()
    for kept in (process_cloud.home / "cache").iterdir():
        kept.write_text(kept.read_text().replace("Say hello", "Say goodbye"))
    assert brick("services").out == services.replace("Say hello", "Say goodbye")
    assert brick("helloworld", "call").code == 3


def test_a_spoilt_cache_is_no_obstacle(lonely_brick: Brick, brick: Brick):
    home = Path(lonely_brick.environment["BRICKYARD_HOME"])
    assert brick("services", BRICKYARD_HOME=str(home)).code == 0
    for kept in (home / "cache").iterdir():
        kept.write_text("{")
    url = brick.environment["BRICKYARD_URL"]
    assert "\n  helloworld " in lonely_brick("--help", BRICKYARD_URL=url).out


def test_a_home_that_cannot_be_written_to_is_no_obstacle(brick: Brick, tmp_path: Path):
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    assert brick("services", BRICKYARD_HOME=str(no_folder)).code == 0
