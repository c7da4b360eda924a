"""Signing in on the command line."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from brick import Brick

from cloud import ProcessCloud

pytestmark = pytest.mark.only_on("sqlite", "it reads the letter in the database's file")
PASSWORD = "correct horse battery"


def code_in(home: Path, email: str) -> str:
    """Give the code in the newest letter to an address."""
    with closing(sqlite3.connect(home / "brickyard.db")) as database:
        rows = database.execute(
            "SELECT source FROM mail_outbox WHERE recipient = ? ORDER BY id DESC LIMIT 1", (email,)
        ).fetchall()
    text = rows[0][0].decode()
    return text.split("give this code:")[1].split()[0]


@pytest.fixture
def ada(shared_cloud: ProcessCloud, tmp_path: Path) -> Brick:
    """Somebody's own machine, with an account on the server and no key."""
    email = f"{tmp_path.name}@example.com".replace("_", "-")
    machine = Brick(shared_cloud.address, tmp_path / "home")
    assert machine("account", "sign-up", f"--email={email}", f"--password={PASSWORD}").code == 0
    code = code_in(shared_cloud.home, email)
    assert machine("account", "confirm-sign-up", f"--code={code}", f"--password={PASSWORD}").code == 0
    machine.environment["EMAIL"] = email
    return machine


def test_a_session_is_kept_for_its_owners_eyes_only_until_logout(ada: Brick):
    home = Path(ada.environment["BRICKYARD_HOME"])
    assert ada("account", "get").problem["code"] == 401
    assert ada("login", ada.environment["EMAIL"], stdin=f"{PASSWORD}\n").code == 0
    assert (home / "session").stat().st_mode & 0o777 == 0o600
    token = (home / "session").read_text().strip()
    assert ada("account", "get").reply["email"] == ada.environment["EMAIL"]
    assert ada("logout").code == 0
    assert not (home / "session").exists()
    assert ada("account", "get", BRICKYARD_KEY=token).problem["code"] == 401


def test_a_wrong_password_keeps_nothing(ada: Brick):
    ran = ada("login", ada.environment["EMAIL"], stdin="not this one\n")
    assert ran.problem["code"] == 401
    assert not (Path(ada.environment["BRICKYARD_HOME"]) / "session").exists()
    assert ada("logout").code == 1


def test_a_project_is_exported_by_who_is_signed_in_one_row_a_line(ada: Brick):
    assert ada("login", ada.environment["EMAIL"], stdin=f"{PASSWORD}\n").code == 0
    project = ada("account", "export").reply["data"]["projects"][0]["id"]
    ran = ada("project", "export", f"--project={project}")
    assert ran.code == 0, ran.err
    assert [(each["table"], each["row"]["id"]) for each in ran.lines[:1]] == [("projects", project)]
    rest = ada("project", "export", f"--project={project}", f"--cursor={ran.lines[0]['cursor']}")
    assert rest.lines == ran.lines[1:]
