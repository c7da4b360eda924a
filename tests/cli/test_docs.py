"""The documentation of the command line is true: what it shows can be typed."""

import re
import subprocess
import sys
from pathlib import Path

from brick import Brick

from brickyard.cli.root import OWN
from cloud import ProcessCloud

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
SHOWN = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))


def test_every_command_shown_works(process_cloud: ProcessCloud, tmp_path: Path):
    command = tmp_path / "brick"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m brickyard "$@"\n')
    command.chmod(0o755)
    brick = Brick(process_cloud.address, process_cloud.home)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", SHOWN],
        env=brick.environment | {"PATH": f"{tmp_path}:{brick.environment['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert '{"message":"Hello John"}' in ran.stdout
    assert ran.stdout.count('{"message":"Hello"}') == 4


def test_every_command_and_global_option_is_documented(brick: Brick):
    for each in OWN:
        assert f"brick {each}" in PAGE
    for option in re.findall(r"^  (?:-h, )?--(\w+)", brick("--help").out, re.MULTILINE):
        assert option == "help" or f"`--{option}`" in PAGE
