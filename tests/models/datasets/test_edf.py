"""A folder of EDF+ files gives its marks exactly, or says of each file why not; damage never loses a mark."""

from pathlib import Path

import numpy as np
import pytest

from models.datasets import edf
from models.datasets.annotations import Labelled, Mark, Skipped, StageSpan
from models.datasets.formats import recognise
from models.errors import DataError
from tests.models.datasets.edfplus import LIST_BYTES, RATE_HZ, SECONDS, Note, edf_plus
from tests.models.readers.written import WRITERS

NOTES: list[Note] = [
    (0, 8, "Sleep stage W"), (2.5, 0, "spike T3"), (8, 12, "Sleep stage 2"), (8.25, 1.5, "sharp wave"),
    (12, 0, "no spikes"),
]  # fmt: skip
MARKS = (Mark(2.5, 0.0, "ied", "T3"), Mark(8.25, 1.5, "ied"), Mark(12.0, 0.0, "no spikes"))
STAGES = (StageSpan(0.0, 8.0, "W"), StageSpan(8.0, 12.0, "N2"))


def only(folder: Path) -> Labelled | Skipped:
    """Read a folder of one file."""
    (found,) = edf.read(folder)
    return found


def recording(folder: Path) -> Labelled:
    """Read a folder of one file that can be read."""
    found = only(folder)
    assert isinstance(found, Labelled), found
    return found


def reason(folder: Path) -> str:
    """Return why the one file of a folder cannot be read."""
    found = only(folder)
    assert isinstance(found, Skipped), found
    assert "\n" not in found.reason
    return found.reason


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
        ("onset,label\n1,spike\n", "a.csv: has no column duration, or two (it has: onset, label)"),
        ("onset,duration,label\n1,spike\n", "a.csv: line 2 has 2 fields for 3 columns"),
        ("onset,duration,label\nsoon,0,spike\n", '"soon" is no number of seconds'),
        ("onset,duration,label\nnan,0,spike\n", '"nan" is no number of seconds'),
        ("onset,duration,label\n1,-1,spike\n", '"-1" is no number of seconds'),
        # The recording ends at 20 s: its last sample is just before.
        ("onset,duration,label\n20,0,spike\n", "a discharge is marked at 20 s of 20 s"),
        ('onset,duration,label\n1,0,"spike\n', "a.csv: cannot be read as a table"),
        ("onset,duration,label\n1,0,sp\x00ike\n\udcff", "a.csv: cannot be read as a table"),
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


def test_the_caller_may_know_better(tmp_path: Path) -> None:
    """Words of the own, and that not all was read."""
    (tmp_path / "a.edf").write_bytes(edf_plus([(3.0, 0.0, "ETP")]))
    (found,) = edf.read(tmp_path, complete=False, positive_words=("etp",))
    assert isinstance(found, Labelled)
    assert (found.marks, found.complete) == ((Mark(3.0, 0.0, "ied"),), False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"+2.5\x14", b"+2.5\x13", "annotations are damaged"),
        (b"spike T3\x14\x00", b"spike T3\x14 ", "annotations are damaged"),
        (b"+7\x14\x14", b"+9\x14\x14", "data record 9 begins at 8 s"),
        (b"+12\x14no", b"\x0012\x14no", "annotations are damaged"),
        (b"+7\x14\x14\x00", b"\x00\x00\x00\x00\x00", "data record 8 has no time of its own"),
        (
            b"no spikes",
            b"no sp\xffkes",
            'data record 13 is not UTF-8 (in Latin-1 it is "no sp\xffkes"); save',
        ),
    ],
)
def test_damage_is_named(tmp_path: Path, old: bytes, new: bytes, message: str) -> None:
    """What the format does not allow in its annotations costs the file, with the reason."""
    (tmp_path / "a.edf").write_bytes(edf_plus(NOTES).replace(old, new, 1))
    assert message in reason(tmp_path)


@pytest.mark.parametrize("part", [0.0, 0.01, 0.1, 0.3, 0.5, 0.9, 0.9999])
def test_a_file_cut_off_is_skipped(tmp_path: Path, part: float) -> None:
    """Wherever it was cut."""
    whole = edf_plus(NOTES)
    (tmp_path / "a.edf").write_bytes(whole[: int(part * len(whole))])
    assert reason(tmp_path)


def is_exchanged(old: int, new: int) -> bool:
    """Return whether a byte of a text became another that a text may have: what it was cannot be known.

    A text may also end there, and another one begin.
    """
    return 0x20 <= old < 0x7F and (0x20 <= new < 0x7F or new == 0x14)


def test_no_flipped_bit_loses_a_mark_or_moves_it(tmp_path: Path) -> None:
    """Of all bits of the header and of the first annotations, whichever flips: the same marks, or the file is skipped.

    Only where a character of a text or a number became another may marks differ: EDF has no checksum that would tell.
    """
    whole = edf_plus(NOTES)
    # Five electrodes and the annotations: seven times 256 bytes; two bytes a sample.
    header_bytes, record_bytes = 256 * 7, 2 * RATE_HZ * 5 + LIST_BYTES
    # Notes with marks begin at 2.5 s and at 8 s, thus in records 2 and 8.
    lists = [header_bytes + k * record_bytes + record_bytes - LIST_BYTES for k in (2, 8)]
    places = [
        # Of the header: its numbers, labels, and the samples in a record; then the lists with marks, whole.
        *range(184, 256, 2),
        *range(256, 256 + 96, 11),
        *range(1552, 1600, 3),
        *(at + n for at in lists for n in range(48)),
    ]
    path, survivors = tmp_path / "a.edf", 0
    for place in places:
        for bit in range(8):
            content = bytearray(whole)
            content[place] ^= 1 << bit
            path.write_bytes(content)
            found = only(tmp_path)
            if isinstance(found, Skipped):
                continue
            survivors += 1
            in_text = place >= header_bytes and is_exchanged(whole[place], content[place])
            assert (found.marks, found.stages) == (MARKS, STAGES) or in_text, (place, bit)
    # Some flips are harmless and some are not, or the test would prove nothing.
    assert 0 < survivors < 8 * len(places)


def test_texts_of_one_time_are_marks_of_their_own(tmp_path: Path) -> None:
    """A list may hold several; one that has swallowed the next list is refused."""
    path = tmp_path / "a.edf"
    path.write_bytes(edf_plus([(4, 0, "spike\x14lights off")]))
    assert {mark.label for mark in recording(tmp_path).marks} == {"ied", "lights off"}
    path.write_bytes(edf_plus([(4, 0, "spike"), (4.5, 0, "spike")]).replace(b"spike\x14\x00", b"spike\x14 ", 1))
    assert "a time stands where a text should" in reason(tmp_path)


def test_random_damage_is_read_or_skipped_but_never_crashes(tmp_path: Path) -> None:
    """Bytes overwritten anywhere."""
    whole, rng = edf_plus(NOTES), np.random.default_rng(0)
    came = []
    for _ in range(150):
        content = bytearray(whole)
        # Half of the damage in the header, 7 x 256 bytes: anywhere, nearly all of it would hit samples.
        reach = 1800 if rng.random() < 0.5 else len(whole)
        for place in rng.integers(0, reach, rng.integers(1, 6)):
            content[place] = rng.integers(256)
        (tmp_path / "a.edf").write_bytes(content)
        came.append(type(only(tmp_path)))
    assert min(came.count(Labelled), came.count(Skipped)) > 20


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
