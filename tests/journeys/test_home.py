"""A home folder is one server's at a time, and holds a whole first key or none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from brickyard.app import FIRST_KEY_SCOPES, Application
from brickyard.settings import Settings
from cloud import ProcessCloud

only_on_sqlite = pytest.mark.only_on("sqlite", "several servers may share a home without a database in it")


@only_on_sqlite
def test_a_second_server_on_a_home_is_refused_in_one_line(process_cloud: ProcessCloud):
    refused = brick_up(process_cloud.home)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        f"Error: The home {process_cloud.home} cannot be used: another server is running on it."
        " Choose another: --home or BRICKYARD_HOME.\n"
    )


@only_on_sqlite
def test_the_server_that_has_the_home_goes_on_when_a_second_is_refused(process_cloud: ProcessCloud):
    process_cloud.call("db/Create", {"record": {"id": "1"}})
    assert brick_up(process_cloud.home).returncode == 1
    assert process_cloud.call("db/Read") == {"records": [{"id": "1"}]}


def test_a_home_is_free_again_however_its_server_ended(process_cloud: ProcessCloud):
    for end in (process_cloud.stop, process_cloud.kill):
        end()
        process_cloud.start()
        assert process_cloud.call("helloworld/Call") == {"message": "Hello"}


async def test_a_first_key_that_could_not_be_written_is_made_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    application = Application(settings)
    with monkeypatch.context() as fault:
        fault.setattr(Path, "write_text", no_room)
        with pytest.raises(OSError, match="No space left"):
            await application.first_key()
    key = await application.first_key()
    assert (await application.keyring.caller(key.encode())).scopes == FIRST_KEY_SCOPES
    assert (application.home / "token").stat().st_mode & 0o777 == 0o600
    application.close()


def no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


def brick_up(home: Path) -> subprocess.CompletedProcess[str]:
    """Start a server that is expected not to start."""
    return subprocess.run(
        [sys.executable, "-m", "brickyard", "up"],
        env=os.environ | {"BRICKYARD_HOME": str(home), "BRICKYARD_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
