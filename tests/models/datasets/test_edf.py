"""A folder of EDF+ files gives its marks exactly, or says of each file why not; damage never loses a mark."""

from pathlib import Path

import pytest

from models.datasets import edf
from models.datasets.annotations import Labelled, Mark, Skipped
from models.datasets.formats import recognise
from models.errors import DataError
from tests.models.datasets.edfplus import RATE_HZ, SECONDS, edf_plus
from tests.models.datasets.one_file import MARKS, NOTES, STAGES, reason, recording
from tests.models.readers.written import WRITERS


@pytest.mark.parametrize(("name", "bdf"), [("anna_1.edf", False), ("anna-1.BDF", True)])
def test_annotations_are_marks_and_stages(tmp_path: Path, name: str, *, bdf: bool) -> None:
    """To the exact second, also where the recording starts within a second, as the format allows."""
    (tmp_path / name).write_bytes(edf_plus(NOTES, first_s=0.25, bdf=bdf))
    found = recording(tmp_path)
    assert (found.marks, found.stages, found.subject, found.complete) == (MARKS, STAGES, "anna", True)
    assert found.recording.samples.shape == (5, SECONDS * RATE_HZ)
    assert edf.is_edf(tmp_path)


@pytest.mark.parametrize(
    ("path", "subject", "name"),
    [
        ("anna_2020.edf", "anna", "anna_2020"),
        ("anna/ses-1/night.edf", "anna", "anna/ses-1/night"),
        ("anna.edf", "anna", "anna"),
        ("_x.edf", "_x", "_x"),
    ],
)
def test_whose_it_is_the_path_says(tmp_path: Path, path: str, subject: str, name: str) -> None:
    """All below one folder is one person's; the header's patient field is never looked at."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    # As long as the field it replaces, so that nothing in the header moves.
    (tmp_path / path).write_bytes(edf_plus(NOTES).replace(b"X X X X", b"B M A b", 1))
    found = recording(tmp_path)
    assert (found.subject, found.name) == (subject, name)


def test_a_table_beside_adds_its_marks(tmp_path: Path) -> None:
    """Seconds, text and channel; a table of no lines says that an expert read the recording."""
    (tmp_path / "a.edf").write_bytes(edf_plus([]))
    assert reason(tmp_path).startswith("no discharge is marked, and no a.csv says that an expert read it")
    (tmp_path / "a.edf").write_bytes(edf_plus([(0, 0, "[Total time]+20.000"), (3, 5, "wake")]))
    assert reason(tmp_path).startswith('none of its texts is a discharge ("[total time]+20.000"), and no a.csv')
    (tmp_path / "a.edf").write_bytes(edf_plus([]))
    (tmp_path / "a.csv").write_text("onset,duration,label,channel\n")
    assert recording(tmp_path).marks == ()
    (tmp_path / "a.csv").write_text("onset,duration,label,channel\n3.5,0,IED,F7-T3\n9,n/a,spike,\n")
    (tmp_path / "a.tsv").write_text("onset\tduration\tlabel\n4\t10\tartefact\n")
    assert recording(tmp_path).marks == (
        Mark(3.5, 0.0, "ied", "F7-T3"), Mark(4.0, 10.0, "artefact"), Mark(9.0, 0.0, "ied")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "a.csv: has no column onset"),
        ("duration,label\n1,spike\n", "a.csv: has no column onset, or two (it has: duration, label)"),
        ("onset,duration,label,label\n1,0,spike,\n", "a.csv: has no column label, or two"),
        ("onset,duration,label\n1,spike\n", "a.csv: line 2 has 2 fields for 3 columns"),
        ("onset,duration,label\nsoon,0,spike\n", '"soon" is no number of seconds'),
        ("onset,duration,label\nnan,0,spike\n", '"nan" is no number of seconds'),
        ("onset,duration,label\n1,-1,spike\n", '"-1" is no number of seconds'),
        # The recording ends at 20 s: its last sample is just before.
        ("onset,duration,label\n20,0,spike\n", "a discharge is marked at 20 s of 20 s"),
        ('onset,duration,label\n1,0,"spike\n', "a.csv: cannot be read as a table"),
        ("onset,duration,label\n1,0,sp\x00ike\n\udcff", "a.csv: is not UTF-8; save it as UTF-8 text"),
    ],
)
def test_a_table_that_cannot_be_right_costs_its_recording(tmp_path: Path, table: str, message: str) -> None:
    """One line that names the table."""
    (tmp_path / "a.edf").write_bytes(edf_plus(NOTES))
    (tmp_path / "a.csv").write_bytes(table.encode(errors="surrogateescape"))
    assert message in reason(tmp_path)


def test_a_recording_that_was_never_closed_is_read_to_its_end(tmp_path: Path) -> None:
    """-1 records in the header: their number follows from the length of the file, as for the samples."""
    whole = edf_plus(NOTES)
    # The number of records is the field at 236.
    (tmp_path / "anna_1.edf").write_bytes(whole[:236] + b"-1".ljust(8) + whole[244:])
    found = recording(tmp_path)
    assert (found.marks, found.stages, found.recording.samples.shape) == (MARKS, STAGES, (5, SECONDS * RATE_HZ))


def test_one_bad_file_does_not_cost_the_others(tmp_path: Path) -> None:
    """Files come in the order of their names, each as what it is."""
    for name in ("a_1.edf", "c_1.edf"):
        (tmp_path / name).write_bytes(edf_plus(NOTES))
    # In the middle, so that a reader that stops there is noticed.
    (tmp_path / "b_1.edf").write_bytes(b"0")
    assert [type(found) for found in edf.read(tmp_path)] == [Labelled, Skipped, Labelled]


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    """There is nothing to skip."""
    with pytest.raises(DataError, match=r"holds no \.edf, \.bdf or \.xdf file"):
        list(edf.read(tmp_path))
    assert not edf.is_edf(tmp_path)


def test_a_table_of_unknown_words_alone_says_nothing(tmp_path: Path) -> None:
    """They may be discharges in another language: the reason names them and what to do; stages of sleep are known."""
    (tmp_path / "a.edf").write_bytes(edf_plus([]))
    (tmp_path / "a.csv").write_text("onset,duration,label\n3.5,0,Spitze T3\n9,0,SW\n")
    assert 'none of its words means a discharge ("spitze t3", "sw"); say which one does with --word' in reason(tmp_path)
    form = recognise(tmp_path, words=("Spitze",))
    (found,) = form.read(tmp_path)
    assert isinstance(found, Labelled)
    assert found.marks == (Mark(3.5, 0.0, "ied", "T3"), Mark(9.0, 0.0, "sw"))
    (tmp_path / "a.csv").write_text("onset,duration,label\n3.5,10,N2\n")
    assert recording(tmp_path).marks == ()


def test_words_are_for_marks_of_texts(tmp_path: Path) -> None:
    """Not for TUEV's codes."""
    with pytest.raises(DataError, match="--word: the marks of tuev are codes and no texts; leave it out"):
        recognise(tmp_path, "tuev", ("spitze",))


def test_marks_of_other_programs_lie_beside(tmp_path: Path) -> None:
    """MNE-Python's text and a list of objects, by the clock of the recording, which began at midnight."""
    (tmp_path / "a.edf").write_bytes(edf_plus([]))
    (tmp_path / "a.txt").write_text("# MNE-Annotations\n# onset, duration, description\n3.5,0.0,spike\n")
    (tmp_path / "a.json").write_text('[{"onset": "2020-01-02 00:00:09", "label": "IED"}]')
    assert recording(tmp_path).marks == (Mark(3.5, 0.0, "ied"), Mark(9.0, 0.0, "ied"))


def test_the_caller_may_know_better(tmp_path: Path) -> None:
    """Words of the own, and that not all was read."""
    (tmp_path / "a.edf").write_bytes(edf_plus([(3.0, 0.0, "ETP")]))
    (found,) = edf.read(tmp_path, complete=False, positive_words=("etp",))
    assert isinstance(found, Labelled)
    assert (found.marks, found.complete) == ((Mark(3.0, 0.0, "ied"),), False)


def test_texts_of_one_time_are_marks_of_their_own(tmp_path: Path) -> None:
    """A list may hold several; one that has swallowed the next list is refused."""
    path = tmp_path / "a.edf"
    path.write_bytes(edf_plus([(4, 0, "spike\x14lights off")]))
    assert {mark.label for mark in recording(tmp_path).marks} == {"ied", "lights off"}
    path.write_bytes(edf_plus([(4, 0, "spike"), (4.5, 0, "spike")]).replace(b"spike\x14\x00", b"spike\x14 ", 1))
    assert "a time stands where a text should" in reason(tmp_path)


@pytest.mark.parametrize("name", ["anna_1.xdf", "anna_1.npz", "anna_1.mat"])
def test_recordings_of_other_kinds_are_marked_by_a_table(tmp_path: Path, name: str) -> None:
    """One reader of each format for every command; what has no table beside is no recording, or is skipped."""
    path = tmp_path / name
    WRITERS[f"a{path.suffix}"](path)
    alone = list(edf.read(tmp_path)) if edf.is_edf(tmp_path) else []
    assert [one.reason for one in alone if isinstance(one, Skipped)] == (
        ["no discharge is marked, and no anna_1.csv says that an expert read it; write one, if only its header line"]
        if path.suffix == ".xdf"
        else []
    )
    path.with_suffix(".csv").write_text("onset,duration,label\n1.5,0,spike LA2\n", encoding="utf-8")
    found = recording(tmp_path)
    assert (found.marks, found.subject, found.recording.rate_hz) == ((Mark(1.5, 0.0, "ied", "LA2"),), "anna", 250.0)
    assert recognise(tmp_path).name == "edf"
