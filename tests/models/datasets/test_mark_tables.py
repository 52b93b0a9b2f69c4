"""Marks in tables of other programs: MNE-Python's annotations, JSON, ends in place of durations."""

import json
from pathlib import Path

import pytest

from models.datasets import mark_tables
from models.datasets.annotations import Mark
from models.datasets.mark_times import Extent
from models.errors import DataError

EXTENT = Extent("2020-01-01T22:00:00", 60.0)
WANTED = [Mark(8.0, 0.0, "spike"), Mark(13.5, 0.25, "sharp wave")]
MNE_TXT = "# MNE-Annotations\n{}# onset, duration, description{}\n"


def notes(folder: Path, name: str, text: str, extent: Extent = EXTENT) -> list[Mark]:
    """Read a table of this text."""
    (folder / name).write_text(text, encoding="utf-8")
    return mark_tables.notes(folder / name, extent)


@pytest.mark.parametrize(
    "origin", ["", "# orig_time : 2020-01-01 22:00:00\n", "# orig_time : 2020-01-01 21:59:50.000000\n"]
)
def test_annotations_as_mne_saves_them_as_text(tmp_path: Path, origin: str) -> None:
    """Numbers of seconds from the origin, if there is one; a comma in a text is written as it is."""
    moved_s = 10.0 if "21:59:50" in origin else 0.0
    rows = f"{8 + moved_s},0.0,spike\n{13.5 + moved_s},0.25,sharp wave\n"
    assert notes(tmp_path, "a.txt", MNE_TXT.format(origin, "") + rows) == WANTED
    rows = f"{8 + moved_s},0.0,spike, large,EEG T3:EEG F7\n"
    assert notes(tmp_path, "a.txt", MNE_TXT.format(origin, ", ch_names") + rows) == [
        Mark(8.0, 0.0, "spike, large", "EEG T3"), Mark(8.0, 0.0, "spike, large", "EEG F7")
    ]  # fmt: skip


@pytest.mark.parametrize("day", ["2020-01-01 22", "1970-01-01 00"])
def test_annotations_as_mne_saves_them_as_a_table(tmp_path: Path, day: str) -> None:
    """Dates; of a recording without one they count from 1970."""
    rows = f"{day}:00:08.000,0.0,spike\n{day}:00:13.500,0.25,sharp wave\n"
    assert notes(tmp_path, "a.csv", f"onset,duration,description\n{rows}") == WANTED


def test_annotations_as_mne_saves_them_in_fif(tmp_path: Path) -> None:
    """Found beside a recording by the names that MNE-Python wants."""
    mne = pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    for end in mark_tables.FIF_ENDS:
        path = tmp_path / f"a{end}"
        mne.Annotations([8.0, 13.5], [0.0, 0.25], ["spike", "sharp wave"]).save(path, overwrite=True)
        assert mark_tables.notes(path, EXTENT) == WANTED
    assert len(mark_tables.beside(tmp_path / "a.edf")) == len(mark_tables.FIF_ENDS)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"onset": 8, "label": "spike"}, {"onset": "22:00:13.5", "duration": 0.25, "label": "sharp wave"}]),
        json.dumps({"version": 1, "annotations": [{"start": 8.0, "end": 8.0, "text": "spike", "channel": None},
                                                  {"start": 13.5, "end": 13.75, "text": "sharp wave"}]}),
        json.dumps({"onset": [8.0, 13.5], "duration": [0, 0.25], "description": ["spike", "sharp wave"]}),
        json.dumps({"onset": {"0": 8.0, "1": 13.5}, "duration": {"0": 0, "1": 0.25},
                    "description": {"0": "spike", "1": "sharp wave"}}),
        '{"onset_s": 8, "label": "spike"}\n{"onset_s": 13.5, "duration_s": 0.25, "label": "sharp wave"}\n',
    ],
)  # fmt: skip
def test_marks_in_json(tmp_path: Path, text: str) -> None:
    """A list of objects, one within an object, columns (as pandas writes them), and lines."""
    assert notes(tmp_path, "a.json", text) == WANTED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", r"a\.json: is no JSON .*write a list of objects such as"),
        ("[1, 2]", "holds something other than objects"),
        ('[{"when": 8, "label": "spike"}]', r"has no column onset, or two \(it has: when, label\)"),
        ('[{"onset": 8, "label": "spike"}, {"label": "spike"}]', '"" is no number of seconds'),
        ('[{"onset": 8, "end": 7, "label": "spike"}]', "a mark ends before it begins"),
    ],
)
def test_json_without_marks_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """In one line that names the file."""
    with pytest.raises(DataError, match=said):
        notes(tmp_path, "a.json", text)


@pytest.mark.parametrize(
    "text",
    [
        "Start time;End time;Comment\n8;8;spike\n13,5;13,75;sharp wave\n",
        "time\tduration\tevent\n22:00:08\t\tspike\n22:00:13.5\t0.25\tsharp wave\n",
    ],
)
def test_a_text_file_is_a_table_too(tmp_path: Path, text: str) -> None:
    """With other words for when, how long and what."""
    assert notes(tmp_path, "a.txt", text) == WANTED


def test_a_table_of_times_alone_is_of_discharges(tmp_path: Path) -> None:
    """As a table of file,time_s is."""
    assert notes(tmp_path, "a.csv", "time_s\n8\n13.5\n") == [Mark(8.0, 0.0, "ied"), Mark(13.5, 0.0, "ied")]
    assert notes(tmp_path, "a.csv", "onset,channel\n8,T3\n") == [Mark(8.0, 0.0, "ied", "T3")]


def test_beside_a_recording_only_what_holds_marks_is_taken(tmp_path: Path) -> None:
    """Texts and JSON of its name may be anything: a letter, BIDS's sidecar, what Spikewatch found itself."""
    recording = tmp_path / "a.edf"
    for name, text in (
        ("a.txt", "Dear colleague,\nthe onset was at 8 s\n"),
        ("a.json", '{"SamplingFrequency": 256}'),
        ("a.jsonl", '{"kind": "ied", "utc": "2020-01-01T22:00:08Z", "onset_s": -0.01, "label": ""}\n'),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert mark_tables.beside(recording) == []
    (tmp_path / "a.json").write_text(json.dumps([{"onset": 8, "label": "spike"}]), encoding="utf-8")
    assert mark_tables.beside(recording) == [tmp_path / "a.json"]
