"""`spikewatch score`: events as they come, an interruption that costs seconds, an exit code that says what failed."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from models.engines.engine import Engine
from models.engines.opening import open_engine
from models.zoo.store import LoadedModel
from stream.cli.checkpoint import asked_for
from stream.cli.scoring import score
from stream.cli.time_left import TimeLeft
from stream.config.load import DEFAULT_CONFIG, load_or_default
from stream.errors import ConfigError
from tests.stream.patient import RATE_HZ, patient_eeg

QUICK = ["infer.sleep=off", "infer.device=cpu"]
SETTINGS = DEFAULT_CONFIG


@pytest.fixture(autouse=True)
def terminated_as_before() -> Iterator[None]:
    """Leave the process's handler of SIGTERM as it was."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a minute of a patient, and work in its folder."""
    monkeypatch.chdir(tmp_path)
    samples, labels = patient_eeg()
    units = np.array(["uV"] * len(labels))
    np.savez("a.npz", x=np.tile(samples, 3), fs=RATE_HZ, labels=np.array(labels), units=units)
    np.savez("short.npz", x=samples[:, :200], fs=RATE_HZ, labels=np.array(labels), units=units)
    return Path("a.npz")


def run(*files: Path, out: str, resume: bool = False) -> int:
    """Score files and return the exit code."""
    with pytest.raises(typer.Exit) as ended:
        score(list(files), SETTINGS, QUICK, out=Path(out), resume=resume)
    return ended.value.exit_code


def found(path: str) -> list[dict[str, Any]]:
    """Return the events in a file; LSL times, which rounding may move, apart."""
    return [{**json.loads(line), "lsl_time_s": 0.0} for line in Path(path).read_text(encoding="utf-8").splitlines()]


def test_a_file_of_which_nothing_is_analysed_is_exit_code_3(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too short for a window: no error, and no result either."""
    assert run(Path("short.npz"), out="a.csv") == 3
    assert "short.npz: nothing of it could be analysed" in capsys.readouterr().err
    assert sorted(path.name for path in recording.absolute().parent.iterdir()) == ["a.csv", "a.npz", "short.npz"]


def test_an_output_takes_no_recordings_or_experts_place(recording: Path) -> None:
    """By whatever name; its own output of a run before is written anew."""
    content = recording.read_bytes()
    Path("link.npz").symlink_to(recording)
    for out in (recording.name, "link.npz"):
        with pytest.raises(ConfigError, match="is one of the recordings; name another file"):
            run(recording, out=out)
    for text in ("onset,label\n8,spike\n", "time_s\n8\n", "file,time_s\na.npz,8\n"):
        Path("marks.csv").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="holds marks, which would be lost"):
            run(recording, out="marks.csv")
    Path("a.csv").write_text("file,id,time_s,onset_s,duration_s\na.npz,x,8,0,0\n", encoding="utf-8")
    assert run(Path("short.npz"), out="a.csv") == 3
    assert recording.read_bytes() == content


def test_a_recording_that_is_given_twice_is_refused(recording: Path) -> None:
    """Its events would be written twice, with the same ids."""
    with pytest.raises(ConfigError, match=r"a\.npz: is given twice \(as a\.npz\), and would count twice"):
        run(recording, recording.absolute(), out="a.csv")
    assert not Path("a.csv").exists()


def test_several_files_open_the_network_once(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And only behind a file that can be read; the second has the events of the first."""
    opened: list[str] = []

    def counted(loaded: LoadedModel, *how: Any, **named: Any) -> Engine:  # noqa: ANN401 -- as `open_engine` has them
        opened.append(loaded.manifest.name)
        return open_engine(loaded, *how, **named)

    monkeypatch.setattr("stream.detect.stages.open_engine", counted)
    assert run(Path("gone.npz"), out="gone.jsonl") == 3
    assert opened == []
    with np.load(recording) as eeg:
        for name in ("b.npz", "c.npz"):
            np.savez(name, x=eeg["x"][:, :5120], fs=RATE_HZ, labels=eeg["labels"], units=eeg["units"])
    assert run(Path("b.npz"), Path("c.npz"), out="both.jsonl") == 0
    assert opened == ["sc-small"]
    peaks: dict[str, list[int]] = {"b.npz": [], "c.npz": []}
    for event in found("both.jsonl"):
        peaks[event["file"]].append(event["sample"])
    assert peaks["b.npz"] == peaks["c.npz"] != []


def test_an_interrupted_run_goes_on_where_it_stopped(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ended by SIGTERM between two events: together both parts hold each event once, as one run has them."""
    assert run(recording, out="whole.jsonl") == 0
    account = capsys.readouterr().err
    shown = TimeLeft.show

    def terminated(self: TimeLeft, done_s: float, events: int) -> None:
        shown(self, done_s, events)
        if done_s > 31:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(TimeLeft, "show", terminated)
    with pytest.raises(KeyboardInterrupt):
        score([recording], SETTINGS, QUICK, out=Path("part.jsonl"))
    assert "go on with --resume" in capsys.readouterr().err
    before = found("part.jsonl")
    monkeypatch.setattr(TimeLeft, "show", shown)
    # What a kill leaves behind the last saved place is written once more, not twice.
    with Path("part.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "half a li')
    assert run(recording, out="part.jsonl", resume=True) == 0
    assert 0 < len(before) < len(found("whole.jsonl"))
    assert [event["id"] for event in found("part.jsonl")] == [event["id"] for event in found("whole.jsonl")]
    assert [event["sample"] for event in found("part.jsonl")] == [event["sample"] for event in found("whole.jsonl")]
    # Else the clusters would be numbered from 1 again.
    assert [event["cluster"] for event in found("part.jsonl")] == [event["cluster"] for event in found("whole.jsonl")]
    # The account is that of the whole file as well.
    assert capsys.readouterr().err.replace("part", "whole") == account
    assert not Path("part.jsonl.resume").exists()


def test_files_that_are_done_are_not_scored_again(recording: Path) -> None:
    """A table goes on below its header, at the next file; that one failed before is remembered."""
    config = load_or_default(SETTINGS, QUICK)
    files = [Path("short.npz"), recording]
    Path("a.csv").write_text("what was there,before\n", encoding="utf-8")
    asked = asked_for(config, config.bed[0].id, "", files)
    place = {"files": 2, "size": 22, "failed": True}
    Path("a.csv.resume").write_text(json.dumps({"asked": asked, "place": place}), encoding="utf-8")
    assert run(*files, out="a.csv", resume=True) == 3
    assert not Path("a.csv.resume").exists()
    assert recording.exists()
