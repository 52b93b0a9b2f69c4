"""The command line: its help, and how wrong usage ends."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.stream.cli.command import ROOT, spikewatch


def test_help_has_a_line_for_each_command(folder: Path) -> None:
    """Every command of the contract is there, and the notice too; nothing is cut off."""
    ended = spikewatch(folder, "--help")
    commands = ended.out.partition("Commands:")[2].partition("Exit codes")[0].split("\n")
    assert ended.code == 0
    assert "not a medical device" in ended.out
    # Written out: the list of commands is a contract, and their order is that of the help.
    assert [line.split()[0] for line in commands if line.strip()] == [
        "run", "demo", "streams", "doctor", "replay", "fleet", "score", "events", "report", "export", "purge", "train",
        "evaluate", "calibrate", "adapt", "config", "models", "review", "data",
    ]  # fmt: skip
    assert all(line.endswith(".") for line in commands if line.strip())
    assert not any(line.endswith("...") for line in commands)


def test_help_says_how_commands_end_and_the_version_is_printed(folder: Path) -> None:
    """What a script goes by, and what a report of a fault begins with."""
    helped = " ".join(spikewatch(folder, "-h").out.split())
    assert "Exit codes: 0 done; 1 a check failed; 2 usage or configuration; 3 an input cannot be read" in helped
    assert spikewatch(folder, "--version").out == f"spikewatch {version('spikewatch')}\n"


def test_the_shell_completes_commands_and_their_options(folder: Path) -> None:
    """What the help says to evaluate is a function of bash; nothing is written into a start-up file."""
    helped = " ".join(spikewatch(folder, "-h").out.split())
    assert 'eval "$(_SPIKEWATCH_COMPLETE=source_bash spikewatch)"' in helped
    before = set(folder.iterdir())
    script = spikewatch(folder, HOME=str(folder), _SPIKEWATCH_COMPLETE="source_bash")
    assert (script.code, "complete -o default -F _spikewatch_completion spikewatch" in script.out) == (0, True)
    asked = {"_SPIKEWATCH_COMPLETE": "complete_bash", "COMP_WORDS": "spikewatch score --o", "COMP_CWORD": "2"}
    assert spikewatch(folder, HOME=str(folder), **asked).out.split() == ["--out"]
    assert set(folder.iterdir()) == before


def test_help_does_not_wait_for_torch(folder: Path) -> None:
    """What is heavy is imported by the command that needs it."""
    # In a process of its own: this one has imported all of them already.
    script = (
        "import sys; import stream.cli.__main__; "
        "print([name for name in ('torch', 'scipy', 'pylsl', 'numpy') if name in sys.modules])"
    )
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("words", [["scor"], ["config", "show", "--nope"], ["score"], [], ["config"]])
def test_wrong_usage_is_exit_code_2(folder: Path, words: list[str]) -> None:
    """A command or option that does not exist, a missing file name, or nothing at all."""
    ended = spikewatch(folder, *words)
    assert ended.code == 2
    assert "Traceback" not in ended.err


WRONG = [
    (["config", "show", "--set", "frame.hop=1"], "--set frame.hop: frame.hop is not a key; did you mean frame.hop_ms?"),
    (["config", "show", "--config", "none.toml"], "none.toml: no such file; name one with --config FILE"),
    (["run", "--set", "web.port=0"], "--set web.port: web.port = 0 is not allowed; it takes a whole number from 1 to"),
    (["events", "--bed", "icu"], "--bed icu: no such bed; there are bed-1, bed-2"),
    (["events", "--since", "soon"], "--since soon: neither an age like 8h nor a time like 2026-11-21T08:00"),
    (["events", "--format", "xlsx"], "--format xlsx: no such format; give one of csv, json"),
    (["events", "--format", "csv", "--json"], "--format csv: --json chose another for stdout; give one of the two"),
    (["score", "a.edf", "--format", "csv", "--json"], "--format csv: --json chose another for stdout"),
    (["config", "show", "--set", "site=\x1b[31m\nX"], r'--set site: site = "\u001b[31m\nX" is not allowed'),
    (["config", "show", "--set", "a\x1b\nb"], r'--set a\x1b\nb: no "="'),
]


@pytest.mark.parametrize(("words", "line"), WRONG)
def test_a_configuration_error_is_one_line_and_exit_code_2(folder: Path, words: list[str], line: str) -> None:
    """On stderr, no traceback, nothing on stdout."""
    ended = spikewatch(folder, *words)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith(f"spikewatch: {line}")
    assert ended.err.count("\n") == 1
