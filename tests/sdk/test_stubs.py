import subprocess
import sys
from pathlib import Path

from brickyard import platform, services
from brickyard.contract.catalog import discover
from brickyard.sdk.stubs import stub

ROOT = Path(__file__).parents[2]

RIGHT = """
from brickyard import AsyncBrickyard, Brickyard

client = Brickyard()
made: str = client.db.create(table="notes", record={"a": 1}).id
messages: list[str] = [each.message for each in client.helloworld.stream(name="x", messages=2)]


async def same(client: AsyncBrickyard) -> str:
    async for each in client.helloworld.stream(name="x"):
        print(each.message)
    return (await client.cache.get(key="k")).value
"""
WRONG = """
from brickyard import Brickyard

client = Brickyard()
client.db.create(tabel="notes", record={})
client.db.create(table=5, record={})
client.db.create(table="notes")
number: int = client.cache.get(key="k").value
"""


def checked(tmp_path: Path, snippet: str) -> str:
    (tmp_path / "snippet.py").write_text(snippet)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    command = [Path(sys.executable).with_name("basedpyright"), "--pythonpath", sys.executable]
    return subprocess.run(
        [*command, "-p", tmp_path], capture_output=True, check=False, text=True, cwd=tmp_path
    ).stdout


def test_the_stub_is_what_the_catalog_says_now():
    made = (ROOT / "src/brickyard/sdk/services.pyi").read_text()
    assert made == stub(discover(services, platform)), "make it anew: python -m brickyard.sdk.stubs"


def test_a_type_checker_knows_what_is_right(tmp_path: Path):
    assert "0 errors" in checked(tmp_path, RIGHT)


def test_a_type_checker_knows_what_is_wrong(tmp_path: Path):
    report = checked(tmp_path, WRONG)
    assert "4 errors" in report
    for mistake in ("tabel", "Literal[5]", '"record"', '"str" is not assignable to "int"'):
        assert mistake in report
