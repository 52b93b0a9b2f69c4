"""`spikewatch export`: files of the journal, and of recordings that are scored."""

import csv
import json
from pathlib import Path

import edfio
import numpy as np
import pytest

from stream.cli.export import export
from stream.cli.exports.contract import SAID
from stream.logbook.journal import Journal
from stream.records import Coverage
from tests.stream.cli.command import spikewatch
from tests.stream.cli.exports.example import BEGAN
from tests.stream.logbook.journals import SOURCE
from tests.stream.patient import RATE_HZ, patient_eeg


def test_the_journal_is_exported_bed_by_bed(folder: Path) -> None:
    """Both beds, also the one on which nothing was; the command's line says what was lost."""
    journal = Journal(folder / "events.db")
    recording = journal.open_recording("bed-1", "uid", SOURCE, BEGAN, 0.0, BEGAN.timestamp())
    journal.commit("bed-1", recording, 5120, [Coverage(0, 5120, "missing", "gap")], [])
    journal.close()
    ended = spikewatch(folder, "export", "--format", "edf+", "--out", "files")
    assert ended.code == 0, ended.err
    assert ended.err.splitlines() == [
        "bed-1: 0 events, 20.0 s not analysed: bed-1.edf", "bed-2: 0 events, 0.0 s not analysed: bed-2.edf",
    ]  # fmt: skip
    assert [one.text for one in edfio.read_edf(folder / "files" / "bed-1.edf").annotations][1:] == ["missing: gap"]


def test_score_and_export_agree_field_by_field(folder: Path) -> None:
    """One recording as JSON lines, as the table of `score` and as that of `export`: the same fields and values."""
    samples, labels = patient_eeg()
    np.savez(folder / "night.npz", x=samples, fs=RATE_HZ, labels=np.array(labels), units=np.array(["uV"] * len(labels)))
    words = ("night.npz", "--set", "bed.0.acquire.unit=uV", "--set", "infer.device=cpu")
    scored = spikewatch(folder, "score", *words, "--json", "--out", "scored.csv")
    lines = [json.loads(line) for line in scored.out.splitlines()]
    events = [line for line in lines if "summary" not in line]
    assert len(events) > 1
    assert spikewatch(folder, "export", "--format", "csv", *words).code == 0
    tables = []
    for name in ("scored.csv", "night.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            tables.append([{**row, "file": "night.npz"} for row in csv.DictReader(file)])
    # Nobody reviews the events of a file.
    assert {row.pop(name) for row in tables[1] for name in SAID} == {""}
    assert tables[0] == tables[1]
    assert [row["id"] for row in tables[0]] == [event["id"] for event in events]
    assert [float(row["probability"]) for row in tables[0]] == [event["probability"] for event in events]
    assert (folder / "night_not_analysed.csv").read_text(encoding="utf-8").count("\n") > 1


def test_an_export_takes_no_recordings_experts_or_other_programs_place(folder: Path) -> None:
    """Beside the recording, where it is written unless a folder is named; its own of before is written anew."""
    samples, labels = patient_eeg()
    np.savez(folder / "night.npz", x=samples, fs=RATE_HZ, labels=np.array(labels), units=np.array(["uV"] * len(labels)))
    words = ("night.npz", "--set", "infer.device=cpu", "--format")
    for form, name, content in (
        ("edf+", "night.edf", b"0       X X X X  a recording of a night"),
        ("csv", "night.csv", b"onset,label\n8,spike\n"),
        ("bids", "sub-night_task-monitoring_events.tsv", b"onset\tduration\ttrial_type\n8\t0\tspike\n"),
        ("mne", "night-annot.txt", b"# MNE-Annotations\n# onset, duration, description\n8.0, 0.0, spike\n"),
    ):
        (folder / name).write_bytes(content)
        ended = spikewatch(folder, "export", *words, form)
        told = ended.err.splitlines()[-1]
        assert (ended.code, told.startswith(f"spikewatch: --out {name}: holds ")) == (2, True)
        assert told.endswith("which would be lost; name another file, or move it away")
        assert (folder / name).read_bytes() == content
        (folder / name).unlink()
        assert [spikewatch(folder, "export", *words, form).code for _ in range(2)] == [0, 0]
    assert not list(folder.glob(".export-*"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--format", "xlsx"], "--format xlsx: no such format"),
        (["--format", "csv", "--since", "8h", "a.edf"], "--since is for the journal"),
        (["--format", "csv", "a/x.edf", "b/x.edf"], "two files are named x"),
        (["--format", "csv", "--out", "config.toml"], "--out config.toml: File exists"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_a_line(folder: Path, words: list[str], says: str) -> None:
    """Before anything is scored or written."""
    ended = spikewatch(folder, export.__name__, *words)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert says in ended.err
