"""The unit file: its keys, and the command that it starts."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.stream.cli.command import spikewatch
from tests.test_architecture import ROOT

UNIT = ROOT / "deploy" / "systemd" / "spikewatch.service"


def values(key: str) -> list[str]:
    """Return what the unit sets a key to, every time that it does."""
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def test_systemd_accepts_it(tmp_path: Path) -> None:
    """By its own checker, but for the program, which is not installed here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/opt/spikewatch/bin/spikewatch", "/bin/true")
    copy.write_text(text, encoding="utf-8")
    checked = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_it_is_a_service_that_notifies_and_comes_back() -> None:
    """Ready when the detector is, killed when nothing reports, started again for ever, but not for a typing error."""
    assert (values("Type"), values("Restart"), values("StartLimitIntervalSec")) == (["notify"], ["always"], ["0"])
    assert values("WatchdogSec") == ["15"]
    assert values("RestartPreventExitStatus") == ["2 3"]
    assert values("LimitCORE") == ["0"]


def test_the_command_that_it_starts_is_one(folder: Path) -> None:
    """Its words are understood: what is missing is the configuration, which the line names."""
    _, *words = shlex.split(values("ExecStart")[0])
    ended = spikewatch(folder, *words)
    assert ended.code == 2
    assert "/etc/spikewatch/config.toml: no such file" in ended.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an empty folder to run commands in."""
    return tmp_path
