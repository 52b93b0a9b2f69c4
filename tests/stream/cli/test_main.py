"""The command line as a user meets it: through the installed entry point's own function, in a process of its own."""

import csv
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from stream.cli.results import SHOWN
from stream.config.keys import Config
from stream.logbook.journal import Journal, Outgoing
from tests.stream.acquire.acquire_process import LSL_CONFIG

ROOT = Path(__file__).parents[3]
ENTRY_POINT = "import sys; from stream.cli.__main__ import main; sys.argv[0] = 'spikewatch'; sys.exit(main())"
CONFIG = '[[bed]]\nid = "bed-1"\n[[bed]]\nid = "bed-2"\n[journal]\npath = "events.db"\n'


class Ended:
    """How a command ended."""

    def __init__(self, process: "subprocess.CompletedProcess[str]") -> None:
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.lines = [json.loads(line) for line in process.stdout.splitlines()] if "{" in process.stdout[:1] else []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a config.toml of two beds."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def spikewatch(folder: Path, *words: str, **environment: str) -> Ended:
    """Run the command as the console script does."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("SPIKEWATCH_")}
    env |= {"PYTHONPATH": str(ROOT), "COLUMNS": "120", **environment}
    command = [sys.executable, "-c", ENTRY_POINT, *words]
    return Ended(subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False))


def test_help_has_a_line_for_each_command(folder: Path) -> None:
    """Every command of the contract is there, and the notice too; nothing is cut off."""
    ended = spikewatch(folder, "--help")
    commands = ended.out.partition("Commands:")[2].split("\n")
    assert ended.code == 0
    assert "not a medical device" in ended.out
    assert [line.split()[0] for line in commands if line.strip()] == [
        "run", "demo", "streams", "doctor", "replay", "score", "events", "train", "evaluate", "models", "config",
        "data",
    ]  # fmt: skip
    assert all(line.endswith(".") for line in commands if line.strip())
    assert not any(line.endswith("...") for line in commands)


def test_help_does_not_wait_for_torch(folder: Path) -> None:
    """What is heavy is imported by the command that needs it."""
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


def test_the_environment_is_heard(folder: Path) -> None:
    """A value given there is shown, with its origin."""
    ended = spikewatch(folder, "config", "show", "--origin", SPIKEWATCH_FRAME__HOP_MS="62.5")
    assert "hop_ms = 62.5  # environment SPIKEWATCH_FRAME__HOP_MS\n" in ended.out
    assert 'path = "events.db"  # config.toml\n' in ended.out


def test_a_shown_configuration_can_be_used_again(folder: Path) -> None:
    """Shown as TOML it is a config.toml; shown as JSON it is the same; neither holds the password."""
    shown = spikewatch(folder, "config", "show", "--set", "site=ward", SPIKEWATCH_PUBLISH__PASSWORD="hunter2")
    assert "hunter2" not in shown.out
    (folder / "again.toml").write_text(shown.out, encoding="utf-8")
    first, again = (
        spikewatch(folder, "config", "show", "--json", *words).lines[0]
        for words in (["--set", "site=ward"], ["--config", "again.toml"])
    )
    assert again == first
    assert Config.model_validate(again).site == "ward"


def test_the_schema_is_printed_whole(folder: Path) -> None:
    """It needs no config.toml."""
    (folder / "config.toml").unlink()
    assert spikewatch(folder, "config", "schema").lines == [Config.model_json_schema()]


def test_a_missing_journal_is_exit_code_3(folder: Path) -> None:
    """One line that says how a journal comes about."""
    ended = spikewatch(folder, "events")
    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert "events.db: there is no such file; `spikewatch run` makes it" in ended.err


@pytest.fixture
def journalled(folder: Path) -> Path:
    """Fill a journal: on each bed three IEDs, one an hour, the last one now; and one alarm."""
    now_utc = datetime.now(UTC)
    journal = Journal(folder / "events.db")
    for bed in ("bed-1", "bed-2"):
        for hours in (2, 1, 0):
            utc = now_utc - timedelta(hours=hours)
            payload = {"bed": bed, "utc": utc.isoformat(), "sample": 1000 - hours, "flags": ["late"]}
            event = Outgoing(f"{bed}-{hours}", "ied", "event/ied", payload, retain=False, utc=utc)
            journal.post(bed, [event])
        alarm = {"bed": bed, "name": "silent", "on": True, "utc": now_utc.isoformat()}
        journal.post(bed, [Outgoing(f"{bed}-a", "alarm", "event/alarm", alarm, retain=False, utc=now_utc)])
    journal.close()
    return folder


@pytest.mark.parametrize(
    ("words", "samples"),
    [
        ([], [998, 999, 1000, 998, 999, 1000]),
        (["--bed", "bed-2"], [998, 999, 1000]),
        (["--since", "90m"], [999, 1000, 999, 1000]),
        (["--limit", "1"], [1000, 1000]),
        (["--since", "2999-01-01T00:00"], []),
    ],
)
def test_events_are_filtered(journalled: Path, words: list[str], samples: list[int]) -> None:
    """By bed, by age, by number, oldest first."""
    ended = spikewatch(journalled, "events", "--json", *words)
    assert ended.code == 0
    assert [event["sample"] for event in ended.lines] == samples


def test_events_of_another_kind_are_listed(journalled: Path) -> None:
    """Alarms have columns of their own."""
    ended = spikewatch(journalled, "events", "--kind", "alarm", "--bed", "bed-1")
    assert "silent" in ended.out
    assert "peak_channel" not in ended.out
    assert "late" in spikewatch(journalled, "events").out
    assert spikewatch(journalled, "events", "--kind", "noise").code == 2


def test_events_are_listed_in_any_format(journalled: Path) -> None:
    """As a table for a spreadsheet, with the columns of the kind; in JSON with every key, under either option."""
    table = spikewatch(journalled, "events", "--format", "csv", "--bed", "bed-1").out
    listed = list(csv.DictReader(table.splitlines()))
    assert [row["bed"] for row in listed] == ["bed-1"] * 3
    assert listed[0]["flags"] == "late"
    assert set(listed[0]) == set(SHOWN["ied"])
    assert spikewatch(journalled, "events", "--format", "json").out == spikewatch(journalled, "events", "--json").out


def test_models_are_listed_for_a_program(folder: Path) -> None:
    """Each with name, hash and task; the list is that of the zoo."""
    ended = spikewatch(folder, "models", "--json")
    zoo = sorted(path.parent.name for path in (ROOT / "models/zoo").glob("*/manifest.json"))
    assert ended.code == 0
    assert [model["name"] for model in ended.lines] == zoo


def test_an_unreadable_recording_is_exit_code_3(folder: Path) -> None:
    """One line for each bad file; the others are scored all the same."""
    pytest.importorskip("stream.score")
    (folder / "bad.edf").write_bytes(b"not an EDF")
    ended = spikewatch(folder, "score", "bad.edf", "none.edf", "--out", "events.csv")
    assert ended.code == 3
    assert [line.startswith("spikewatch: ") for line in ended.err.splitlines()] == [True, True]
    with (folder / "events.csv").open(encoding="utf-8") as table:
        assert next(csv.reader(table)) == [
            "file", "id", "bed", "sample", "time_s", "group", "peak_channel", "probability", "threshold",
            "amplitude_uv", "polarity", "sleep_stage", "flags",
        ]  # fmt: skip


def test_an_output_that_cannot_be_written_is_exit_code_2(folder: Path) -> None:
    """Told before any file is scored."""
    ended = spikewatch(folder, "score", "some.edf", "--out", "nowhere/events.csv")
    assert ended.code == 2
    assert "--out nowhere/events.csv: No such file or directory; name a file that can be written" in ended.err


def test_a_replay_plays_to_its_end_and_an_interrupt_is_130(folder: Path) -> None:
    """JSON lines say when; Ctrl-C while playing leaves no traceback."""
    np.savez(folder / "short.npz", samples=np.zeros((2, 50), np.float32), rate_hz=100.0, labels=["Fp1", "F7"])
    played = spikewatch(folder, "replay", "short.npz", **lsl_of_its_own(folder))
    assert played.code == 0
    assert [line.get("done", False) for line in played.lines] == [False, True]

    command = [sys.executable, "-c", ENTRY_POINT, "replay", "short.npz", "--repeat", "1000"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **lsl_of_its_own(folder)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment, **pipes) as process:  # type: ignore[call-overload]
        assert "t0_lsl" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in err


def lsl_of_its_own(folder: Path) -> dict[str, str]:
    """Give the environment of an LSL session that no other test sees."""
    (folder / "lsl_api.cfg").write_text(LSL_CONFIG.format(session=folder.name), encoding="utf-8")
    return {"LSLAPICFG": str(folder / "lsl_api.cfg")}


@pytest.mark.parametrize("file", ["none.edf", "bad.edf"])
def test_a_recording_that_cannot_be_replayed_is_exit_code_3(folder: Path, file: str) -> None:
    """One line that names the file."""
    (folder / "bad.edf").write_bytes(b"not an EDF")
    ended = spikewatch(folder, "replay", file, **lsl_of_its_own(folder))
    assert ended.code == 3
    assert ended.err.startswith("spikewatch: ")
    assert file in ended.err
    assert ended.err.count("\n") == 1
