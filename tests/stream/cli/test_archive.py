"""`spikewatch score --engine`: the same tables from one process and from Ray, and a line for what is asked wrongly."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from stream.cli.archive import SUMMARY
from stream.cli.scoring import score
from stream.config.load import DEFAULT_CONFIG
from stream.errors import ConfigError
from tests.stream.patient import RATE_HZ, patient_eeg

SET = ["infer.device=cpu", "infer.sleep=off"]
FILES = [Path("a.npz"), Path("short.npz")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write a recording, and one of which nothing can be analysed, and work in their folder."""
    monkeypatch.chdir(tmp_path)
    samples, labels = patient_eeg()
    units = np.array(["uV"] * len(labels))
    for file, seconds in zip(FILES, (20, 1), strict=True):
        eeg = samples[:, : round(seconds * RATE_HZ)]
        np.savez(file, x=eeg, fs=RATE_HZ, labels=np.array(labels), units=units)
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


def scored(engine: str) -> int:
    """Score both recordings, and return the exit code."""
    with pytest.raises(typer.Exit) as ended:
        score(FILES, DEFAULT_CONFIG, SET, out=Path(engine), engine=engine)
    return ended.value.exit_code


def tables(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Read all tables of a folder."""
    from pyarrow.parquet import read_table

    found = {name: read_table(folder / f"{name}.parquet").to_pylist() for name in ("events", "not_analysed")}
    lines = (folder / "files.jsonl").read_text(encoding="utf-8").splitlines()
    return {**found, "files": [json.loads(line) for line in lines]}


def test_both_engines_write_the_same_tables(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the file beside each row; the exit code says that a file could not be analysed."""
    pytest.importorskip("pyarrow", reason="the extra [ray] is not installed")
    assert scored("local") == 3
    told = capsys.readouterr().err
    assert f"[2/2] {folder / 'short.npz'}: 0 events" in told
    assert "spikewatch: nothing of it could be analysed" in told
    found = tables(folder / "local")
    assert {event["file"] for event in found["events"]} == {str(folder / "a.npz")}
    assert {row["file"] for row in found["not_analysed"]} == {str(folder / file) for file in FILES}
    assert [tuple(row) for row in found["files"]] == [(*SUMMARY, "events")] * 2
    assert found["files"][0]["events"] == len(found["events"])
    pytest.importorskip("ray", reason="the extra [ray] is not installed")
    assert scored("ray") == 3
    assert tables(folder / "ray") == found


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"engine": "dask", "out": Path("x")}, "--engine dask: there is none of this name; use local or ray"),
        ({"engine": "local"}, "--engine needs --out FOLDER for its tables"),
        ({"engine": "local", "out": Path("x"), "resume": True}, "--resume does not go with --engine"),
        ({"engine": "local", "out": Path("x"), "sleep": True}, "--sleep does not go with --engine"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(folder: Path, asked: dict[str, Any], line: str) -> None:
    """An engine that there is not, no folder, and options of the other kind of output."""
    with pytest.raises(ConfigError, match=line):
        score(FILES, DEFAULT_CONFIG, SET, **asked)
