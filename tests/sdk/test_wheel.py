"""A wheel built from the source alone has what `make` would have made."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
MADE = "src/brickyard/sdk/services.pyi"
REFERENCE = "src/brickyard/faces/static/reference.js"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel in a copy of the source, where nothing was made but the reference; without a network."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "services.pyi")
    )
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*command, "--wheel-dir", folder / "dist", folder], check=True)
    (wheel,) = (folder / "dist").glob("brickyard-*.whl")
    return wheel


def test_a_wheel_has_what_the_client_and_the_pages_need(built: Path):
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
    assert {"brickyard/sdk/services.pyi", "brickyard/py.typed", "brickyard/faces/look.css"} <= names
    assert not any("__pycache__" in name or name.startswith("tests/") for name in names)


def test_the_stub_in_a_wheel_is_the_one_that_make_makes(built: Path):
    with zipfile.ZipFile(built) as wheel:
        assert wheel.read("brickyard/sdk/services.pyi").decode() == (ROOT / MADE).read_text()


@pytest.mark.skipif(not (ROOT / REFERENCE).exists(), reason="the reference is not built")
def test_a_wheel_has_the_reference_where_it_is_built(built: Path):
    with zipfile.ZipFile(built) as wheel:
        assert "brickyard/faces/static/reference.js" in wheel.namelist()


def test_the_generator_needs_no_library_but_msgspec(tmp_path: Path):
    """That is what an isolated build has installed: the build's requirements."""
    (tmp_path / "msgspec").symlink_to(Path(msgspec.__file__).parent)
    code = f"""
import runpy, sys
sys.path += [{str(tmp_path)!r}, {str(ROOT / "src")!r}]
made = runpy.run_path({str(ROOT / "src/brickyard/sdk/stubs.py")!r})
print(made["stub"](made["discover"](made["services"], made["platform"])), end="")
"""
    alone = [sys.executable, "-I", "-S", "-c", code]  # without anything that is installed
    assert (
        subprocess.run(alone, check=True, capture_output=True, text=True).stdout == (ROOT / MADE).read_text()
    )
