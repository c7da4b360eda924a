"""A home folder may have several servers, and holds a whole first key or none."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from brickyard.app import FIRST_KEY_SCOPES, Application
from brickyard.engines.held import hold
from brickyard.settings import Settings
from cloud import ProcessCloud


def test_a_second_server_on_a_home_is_as_good_as_the_first(process_cloud: ProcessCloud):
    process_cloud.call("db/Create", {"record": {"id": "1"}})
    with ProcessCloud(process_cloud.home) as second:
        assert second.key == process_cloud.key
        assert second.call("db/Read") == {"records": [{"id": "1"}]}
        process_cloud.kill()
        assert second.call("db/Read") == {"records": [{"id": "1"}]}
        process_cloud.start()


def test_eight_that_start_at_once_on_a_new_home_make_one_cloud(tmp_path: Path):
    clouds = [ProcessCloud(tmp_path / "home") for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ProcessCloud.start, clouds))
    assert len({cloud.key for cloud in clouds}) == 1
    for number, cloud in enumerate(clouds):
        cloud.call("db/Create", {"record": {"id": str(number)}})
    for cloud in clouds:
        assert int(cloud.call("db/Count")["count"]) == 8
    assert len(clouds[0].call("key/List")["keys"]) == 1
    for cloud in clouds:
        cloud.stop()


@pytest.mark.only_on("sqlite", "with a database elsewhere, nothing in the home is made for all")
def test_a_server_that_hangs_at_its_start_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr("brickyard.engines.held.HOLD_LIMIT_S", 0.05)
    with hold(home / "lock"), pytest.raises(BlockingIOError, match="another server has held lock"):
        Application(Settings(home=home))
    Application(Settings(home=home)).close()


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
