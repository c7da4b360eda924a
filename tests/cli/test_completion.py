"""Completion, asked for as shells ask."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from brick import Brick

from cloud import ProcessCloud


def test_commands_and_services_are_completed(brick: Brick):
    names = brick.completed("brick ")
    assert {"up", "call", "services", "db", "helloworld"} <= set(names)
    assert brick.completed("brick hel") == ["helloworld"]


def test_endpoints_and_their_options_are_completed(brick: Brick):
    assert "list-tables" in brick.completed("brick db ")
    assert {"--table", "--record", "--id"} <= set(brick.completed("brick db create --"))
    assert brick.completed("brick db read --with") == ["--with-meta"]
    assert brick.completed("brick db read --order ") == ["asc", "desc"]


def test_the_names_that_commands_take_are_completed(brick: Brick):
    assert "db/ListTables" in brick.completed("brick call db/l")
    assert brick.completed("brick describe hello") == ["helloworld"]


def test_global_options_are_heeded(brick: Brick, nobody: str):
    assert "create" in brick.completed(f"brick --url {nobody} db ")


def test_completion_does_not_wait_for_the_network(process_cloud: ProcessCloud, tmp_path: Path):
    brick = Brick(process_cloud.address, tmp_path)
    assert brick("services").code == 0
    process_cloud.process.terminate()
    process_cloud.process.wait()
    for kept in (tmp_path / "cache").iterdir():
        kept.write_text(kept.read_text().replace('"helloworld"', '"hellomoon"'))
    assert brick.completed("brick hello") == ["hellomoon"]


def test_without_a_server_this_installation_is_completed(lonely_brick: Brick):
    assert "list-tables" in lonely_brick.completed("brick db ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_read_its_script(brick: Brick, shell: str):
    ran = brick("completion", shell)
    assert ran.code == 0
    assert f"{shell}_complete" in ran.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=ran.out, text=True, check=True)


def test_bash_completes_with_the_script(brick: Brick, tmp_path: Path):
    command = tmp_path / "brick"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m brickyard "$@"\n')
    command.chmod(0o755)
    script = (
        'eval "$(brick completion bash)"; COMP_WORDS=(brick db list-t); COMP_CWORD=2; '
        '_brick_completion brick; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}:{brick.environment['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", script],
        env=brick.environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["list-tables"]


def test_a_shell_not_known_is_wrong_usage(brick: Brick):
    ran = brick("completion", "tcsh")
    assert ran.code == 2
    assert "bash" in ran.err
