"""Spikewatch as a user without rights, on a file system that cannot be written to: one folder is its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_architecture import ROOT

SCRIPT = ROOT / "deploy" / "install" / "read_only.sh"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a folder for state, where everything else can be taken away."""
    if os.geteuid() or not (shutil.which("unshare") and shutil.which("setpriv")):
        pytest.skip("only root may take rights away, with unshare and setpriv of util-linux")
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this machine lets nobody have mounts of his own")
    return tmp_path


def locked_down(state: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [str(SCRIPT), str(state), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_nothing_but_the_state_can_be_written(state: Path) -> None:
    """Otherwise what is tried there shows nothing."""
    ran = locked_down(state, "sh", "-c", f"id -u; for at in /at /tmp/at {ROOT}/at at; do touch $at; done")
    assert ran.stdout.split() == ["65534"]
    assert ran.stderr.count("Read-only file system") == 3
    assert (state / "at").exists()


def test_commands_work_there(state: Path) -> None:
    """A configuration is written, which is said in a line, and read."""
    program = f"{sys.executable} -m stream.cli"
    ran = locked_down(state, "sh", "-ec", f"{program} config init; {program} config show; {program} --version")
    assert (ran.returncode, ran.stderr.count("\n")) == (0, 1), ran.stderr
    assert (state / "config.toml").stat().st_uid == 65534
    assert "spikewatch 0" in ran.stdout
