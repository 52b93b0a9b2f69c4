"""TUEV's rows become the marks they are, on the derivations they mean, or the file is skipped with its reason."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from models.datasets import tuev
from models.datasets.annotations import Choice, Labelled, Mark, Skipped
from models.datasets.windowing import cut_rows
from models.datasets.windowset import SPLITS, Header, load
from models.datasets.windowset_writer import Writer
from tests.models.datasets.handmade import (
    ELECTRODES,
    EVAL_1,
    RATE_HZ,
    TRAIN_1,
    edf_bytes,
    rec,
    tuev_file,
    tuev_tree,
    waves,
)

ALL = Choice("all", frozenset({"spsw"}), frozenset(tuev.CLASSES) - {"spsw"})


def only(folder: Path) -> Labelled | Skipped:
    """Read a corpus of one recording."""
    (found,) = tuev.read(folder)
    return found


def reason(folder: Path) -> str:
    """Read a corpus of one recording that cannot be used."""
    found = only(folder)
    assert isinstance(found, Skipped)
    assert "\n" not in found.reason
    assert found.path.name not in found.reason
    return found.reason


def test_a_row_is_a_mark_of_the_montage_s_derivation(tmp_path: Path) -> None:
    """The number counts derivations, the code is a class, unmarked time is unknown, and train is train."""
    tuev_file(tmp_path, TRAIN_1, [(13, 30.5, 31.5, 6), (0, 1, 2, 1)])
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    assert found.marks == (Mark(30.5, 1.0, "bckg", "T4-A2"), Mark(1.0, 1.0, "spsw", "FP1-F7"))
    assert (found.name, found.subject, found.split, found.complete) == ("aaaaaaar_00000001", "aaaaaaar", "train", False)


def test_the_derivation_is_what_is_cut_not_the_edf_s_channel_of_that_number(tmp_path: Path) -> None:
    """A window of derivation A-B swings at A's frequency and at B's: each electrode of the file has one of its own."""
    # A second for each derivation, so that a window's start tells which one it is.
    tuev_file(tmp_path, TRAIN_1, [(place, 10 + place, 11 + place, 6) for place in range(22)])
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    with Writer(tmp_path / "set", Header("tuev", 1, RATE_HZ, RATE_HZ, notch="off")) as writer:
        assert cut_rows(found, ALL, writer).negatives == 22
    ws = load(tmp_path / "set")
    for window, start_s in zip(ws.windows[:, 0], ws.start_s, strict=True):
        # Windows of one second: bin k of the transform is k Hz.
        strongest_hz = np.sort(np.argsort(np.abs(np.fft.rfft(window)))[-2:])
        named = sorted(ELECTRODES.index(end) + 3 for end in tuev.DERIVATIONS[round(start_s - 10)].split("-"))
        assert strongest_hz.tolist() == named


def test_eval_files_are_the_test_part_each_folder_a_person(tmp_path: Path) -> None:
    """Of the name only the folder's number tells whose it is."""
    tuev_file(tmp_path, EVAL_1, [(0, 1, 2, 1)])
    tuev_file(tmp_path, "eval/007/bckg_007_b_1", [(0, 1, 2, 6)])
    found = [one for one in tuev.read(tmp_path / "edf") if isinstance(one, Labelled)]
    assert [(one.subject, one.split) for one in found] == [("eval-007", "test")] * 2
    assert {one.split for one in found} <= set(SPLITS)


def test_recordings_are_read_one_at_a_time_and_in_order(tmp_path: Path) -> None:
    """Nothing is opened before it is asked for."""
    reading = tuev.read(tuev_tree(tmp_path))
    assert isinstance(next(reading), Labelled)
    # Spoilt after the first was read: a reader that had opened all of them would not notice.
    (tmp_path / "edf" / f"{EVAL_1}.edf").write_bytes(b"")
    second, third = reading
    assert isinstance(second, Labelled)
    assert isinstance(third, Skipped)


def test_published_counts_agree_with_each_other() -> None:
    """3,3 less what 1,3 has of positives is gped and pled; 1,3 and 3,3 share their negatives."""
    for part in ("train", "test"):
        assert tuev.TABLE_1["3,3"][part][1] == tuev.TABLE_1["1,3"][part][1]
        assert tuev.TABLE_1["1,1"][part][0] == tuev.TABLE_1["1,3"][part][0]
    assert sum(sum(counts) for counts in tuev.TABLE_1["3,3"].values()) == 84_032 + 29_421


WRONG_ROWS = {
    "22,1,2,6": "derivation 22, code 6",
    "0,1,2,0": "code 0",
    "0,1,2,7": "code 7",
    "-1,1,2,6": "is not like 13,90.4,91.4,6",
    "0,1,2": "is not like",
    "0,2,1,6": "from 2 s to 1 s is no time",
    "0,1,1,6": "is no time",
    "0,nan,1,6": "is not like",
    # More than a float holds is infinity, which is no time.
    "0,1,1e999,6": "is no time",
    "0,40,41,6": "a mark begins at 40 s of 40 s",
    "0,1,2,6;": "is not like",
    # int() would read both: an underscore, and a digit of another script.
    "1_0,1,2,6": "is not like",
    "0,1,2,\u0661": "has a byte that no row has",
    "0,1,2,6\xa0": "has a byte that no row has",
    "": "no marks",
}


def test_a_rec_that_an_editor_saved_again_has_the_same_rows(tmp_path: Path) -> None:
    """With Windows' ends of lines and a mark at its beginning."""
    (tmp_path / "a.rec").write_bytes(b"\xef\xbb\xbf13,90.4,91.4,6\r\n\r\n0,1,2,1\r\n")
    assert [(mark.onset_s, mark.derivation) for mark in tuev.rec_marks(tmp_path / "a.rec")] == [
        (90.4, tuev.DERIVATIONS[13]), (1.0, tuev.DERIVATIONS[0])
    ]  # fmt: skip


@pytest.mark.parametrize(("row", "why"), WRONG_ROWS.items())
def test_a_rec_with_a_wrong_row_is_skipped_whole(tmp_path: Path, row: str, why: str) -> None:
    """The reason says which row and what about it."""
    path = tuev_file(tmp_path, TRAIN_1, [])
    good = "0,1,2,1\n" if row else ""
    path.with_suffix(".rec").write_bytes(f"{good}{row}\n".encode("latin-1" if "\xa0" in row else "utf-8"))
    assert why in reason(tmp_path)


def test_a_recording_that_cannot_be_used_is_skipped(tmp_path: Path) -> None:
    """No marks beside it, a name that tells no person, no electrodes, one electrode twice."""
    path = tuev_file(tmp_path, TRAIN_1, [(0, 1, 2, 1)])
    path.write_bytes(edf_bytes([f"CH{number}" for number in range(21)], waves()))
    assert "none of the 22 derivations" in reason(tmp_path)
    path.write_bytes(edf_bytes(["EEG FP1-REF", "EEG F7-REF", "EEG FP1-LE"], waves(electrodes=ELECTRODES[:3])))
    assert "two channels are both electrode Fp1" in reason(tmp_path)
    path.with_suffix(".rec").unlink()
    assert "aaaaaaar_00000001.rec is not beside it" in reason(tmp_path)
    path.rename(path.with_name("someone_00000001.edf"))
    assert "its name does not follow from its folder aaaaaaar" in reason(tmp_path)


def test_derivations_without_electrodes_are_known(tmp_path: Path) -> None:
    """Without the ears two derivations cannot be made."""
    path = tuev_file(tmp_path, TRAIN_1, [(0, 1, 2, 1)])
    labels = [f"EEG {name}-REF" if name not in {"A1", "A2"} else f"PHOTIC {name}" for name in ELECTRODES]
    path.write_bytes(edf_bytes(labels, waves()))
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    assert tuev.lacking(found.recording) == {"A1-T3", "T4-A2"}


def test_lab_files_stand_in_for_a_rec_and_are_checked_against_it(tmp_path: Path) -> None:
    """In units of 10 microseconds, a file for each derivation."""
    path = tuev_file(tmp_path, TRAIN_1, [(13, 30, 31, 4), (13, 31, 32, 6), (2, 31, 32, 6)])
    path.with_name(f"{path.stem}_ch013.lab").write_text(
        "3000000 3100000 eyem\n3100000 3200000 spsw\n", encoding="ascii"
    )
    # From 30 s on both say eyem; from 31 s on the .rec says bckg and the .lab spsw.
    assert tuev.contradicted(path) == 1
    path.with_suffix(".rec").unlink()
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    assert [(mark.label, mark.derivation) for mark in found.marks] == [("eyem", "T4-A2"), ("spsw", "T4-A2")]
    assert [mark.onset_s for mark in found.marks] == pytest.approx([30.0, 31.0])
    path.with_name(f"{path.stem}_ch013.lab").write_text("3000000 3100000 seiz\n", encoding="ascii")
    assert "aaaaaaar_00000001_ch013.lab, line 1: is not like" in reason(tmp_path)


def test_a_corpus_is_recognised(tmp_path: Path) -> None:
    """By marks beside recordings in its tree."""
    assert not tuev.is_tuev(tmp_path)
    tuev_tree(tmp_path)
    assert tuev.is_tuev(tmp_path)
    assert tuev.is_tuev(tmp_path / "edf")
    assert not tuev.is_tuev(tmp_path / "edf" / "train")


def test_a_cut_off_rec_never_changes_a_label(tmp_path: Path) -> None:
    """Cut at every byte: either the rows before the cut, or none and a reason."""
    rows = [(13, 30.25, 31.25, 6), (0, 1.0, 2.0, 1), (21, 10.0, 11.0, 5)]
    path = tuev_file(tmp_path, TRAIN_1, rows)
    whole = only(tmp_path)
    assert isinstance(whole, Labelled)
    data = rec(rows).encode()
    for length in range(len(data)):
        path.with_suffix(".rec").write_bytes(data[:length])
        found = only(tmp_path)
        assert isinstance(found, Skipped) or found.marks == whole.marks[: len(found.marks)]


def test_flipped_bytes_give_valid_rows_or_a_reason(tmp_path: Path) -> None:
    """Any byte of the .rec or the EDF: one outcome for the file, never a crash, never a mark that no row can be."""
    rows = [(13, 3.25, 4.25, 6), (0, 1.0, 2.0, 1)]
    path = tuev_file(tmp_path, TRAIN_1, rows, seconds=6)
    kinds: Counter[str] = Counter()
    rng = random.Random(5)
    # All of the .rec; of the EDF its header and the first samples, where a byte still means something.
    for file, upto in ((path.with_suffix(".rec"), 26), (path, 256 * 22 + 200)):
        data = file.read_bytes()
        for _ in range(120):
            at, bit = rng.randrange(min(upto, len(data))), 1 << rng.randrange(8)
            file.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
            found = only(tmp_path)
            kinds[type(found).__name__] += 1
            if isinstance(found, Labelled):
                assert all(mark.label in tuev.CLASSES and mark.derivation in tuev.DERIVATIONS for mark in found.marks)
                assert all(0 <= mark.onset_s < found.recording.duration_s for mark in found.marks)
        file.write_bytes(data)
    # Both outcomes come up, or the test would prove nothing.
    assert min(kinds["Labelled"], kinds["Skipped"]) > 20


def test_a_cut_off_edf_is_skipped_or_says_that_its_end_is_missing(tmp_path: Path) -> None:
    """At any length, header and data."""
    path = tuev_file(tmp_path, TRAIN_1, [(0, 1, 2, 1)], seconds=4)
    data = path.read_bytes()
    # A prime step: the cuts fall everywhere within a record.
    for length in range(0, len(data) - 1, 1499):
        path.write_bytes(data[:length])
        found = only(tmp_path)
        assert isinstance(found, Skipped) or "its end is missing" in found.recording.remarks[-1]
