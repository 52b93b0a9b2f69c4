"""When an EDF file's records say that they were recorded: gaps, other rates, and times that cannot be."""

from pathlib import Path

import edfio
import numpy as np
import pytest

from models.errors import DataError, RecordingError
from models.readers import edf_annotations
from models.readers.recording import open_recording, read
from tests.models.datasets.edfplus import RATE_HZ, SECONDS, edf_plus
from tests.models.readers.edf_bytes import later, paced, written


@pytest.mark.parametrize("bdf", [False, True])
@pytest.mark.parametrize("word", [b"C", b"D"])
def test_a_gap_is_where_the_records_say(tmp_path: Path, bdf: bool, word: bytes) -> None:
    """Whatever the header calls the file; two gaps, and remarks at their own times."""
    plain = edf_plus([(15.5, 0, "eyes open")], bdf=bdf).replace(b"DF+C", b"DF+" + word, 1)
    whole = written(tmp_path / ("a.bdf" if bdf else "a.edf"), plain)
    gaps = written(tmp_path / ("b.bdf" if bdf else "b.edf"), later(later(plain, 12, 30), 5, 0))
    assert whole.duration_s == SECONDS
    assert gaps.duration_s == SECONDS + 30
    hole = slice(12 * RATE_HZ, 42 * RATE_HZ)
    assert np.isnan(gaps.samples[:, hole]).all()
    np.testing.assert_array_equal(np.delete(gaps.samples, np.r_[hole], axis=1), whole.samples)
    assert [note.onset_s for note in gaps.annotations] == [15.5]


@pytest.mark.parametrize("form", ["+{:.1f}", "+{:d},0", "{:d}", "{:d},", "+{:.1e}"])
def test_a_gap_is_there_in_whatever_way_records_write_their_times(tmp_path: Path, form: str) -> None:
    """With a decimal comma, without a sign, or as a power of ten: what is not understood would be no gap."""
    content = later(edf_plus([(15.5, 0, "eyes open")]), 12, 30)
    for time_s in (*range(12), *range(42, 42 + SECONDS - 12)):
        old = f"+{time_s}\x14\x14\x00".encode()
        new = f"{form.format(time_s)}\x14\x14\x00".encode()
        at = content.index(old)
        # Its list ends with zeros, so that there is room.
        content = (
            content[:at] + new + content[at + len(old) :].replace(b"\0" * 20, b"\0" * (20 + len(old) - len(new)), 1)
        )
    gaps = written(tmp_path / "a.edf", content)
    assert gaps.duration_s == SECONDS + 30
    assert gaps.gaps == ((12 * RATE_HZ, 42 * RATE_HZ),)


@pytest.mark.parametrize("bdf", [False, True])
@pytest.mark.parametrize("piece_bytes", [1, 5000, 10**9])
def test_in_pieces_a_file_has_the_same_samples(tmp_path: Path, bdf: bool, piece_bytes: int) -> None:
    """Of whatever size, from whatever sample on, without the gaps; edfio reads the same of a file without any."""
    path = tmp_path / ("a.bdf" if bdf else "a.edf")
    whole = written(path, later(later(edf_plus([], bdf=bdf), 12, 30), 5, 0))
    gap = (12 * RATE_HZ, 42 * RATE_HZ)
    opened = open_recording(path, piece_bytes=piece_bytes)
    assert opened.head.gaps == (gap,)
    assert opened.length == whole.samples.shape[1]
    for first in (0, 7, 13 * RATE_HZ, 45 * RATE_HZ + 1):
        got = np.full_like(whole.samples, np.nan)
        for at, samples in opened.pieces(first):
            got[:, at : at + samples.shape[1]] = samples
        np.testing.assert_array_equal(got[:, first:], whole.samples[:, first:])
    path.write_bytes(edf_plus([], bdf=bdf))
    signals = (edfio.read_bdf(path) if bdf else edfio.read_edf(path)).signals
    expected = np.array([signal.data for signal in signals], np.float32)
    np.testing.assert_array_equal(read(path).samples, expected)


def test_a_file_that_was_never_closed_is_read_up_to_its_last_whole_record(tmp_path: Path) -> None:
    """The number of records is unknown (-1), and the recorder died in the middle of one."""
    content = edf_plus([])
    whole = written(tmp_path / "a.edf", content)
    cut = written(tmp_path / "b.edf", content.replace(f"{SECONDS:<8}".encode(), b"-1      ", 1)[:-3])
    np.testing.assert_array_equal(cut.samples, whole.samples[:, :-RATE_HZ])
    assert cut.remarks == ("was never closed: the last data record is incomplete and was left out",)


def test_gaps_too_long_to_fill_are_refused_or_left_out(tmp_path: Path) -> None:
    """Read at once they would take the memory; in pieces they cost nothing."""
    content = edf_plus([])
    for record in range(SECONDS - 1, 2, -1):
        late_s = record + 80_000 * (record // 3)
        old, new = (f"+{time_s}\x14\x14\x00".encode() for time_s in (record, late_s))
        content = content.replace(old + b"\0" * (len(new) - len(old)), new, 1)
    with pytest.raises(RecordingError, match="has gaps of 133 h in all; split the recording there"):
        written(tmp_path / "a.edf", content)
    pieces = [samples.shape[1] for _, samples in open_recording(tmp_path / "a.edf").pieces(0)]
    assert sum(pieces) == SECONDS * RATE_HZ


def test_gaps_without_times_are_refused(tmp_path: Path) -> None:
    """The header says that there are gaps, and nothing says where."""
    content = edf_plus([]).replace(b"EDF+C", b"EDF+D", 1).replace(b"+7\x14\x14\x00", b"\0" * 5, 1)
    with pytest.raises(RecordingError, match="data record 8 has no time of its own"):
        written(tmp_path / "a.edf", content)


def test_a_record_may_state_its_own_time_behind_a_remark(tmp_path: Path) -> None:
    """For both readers, and the gap is where it says."""
    path, content = tmp_path / "a.edf", later(edf_plus([]), 12, 30)
    for record in range(SECONDS):
        own = f"+{record + 30 * (record >= 12)}".encode()
        first, both = own + b"\x14\x14\0", own + b"\x14x\x14\0" + own + b"\x14\x14\0"
        content = content.replace(first.ljust(len(both), b"\0"), both, 1)
    found = written(path, content)
    assert (found.gaps, len(found.annotations)) == (((12 * RATE_HZ, 42 * RATE_HZ),), SECONDS)
    assert edf_annotations.read(path) == found.annotations


@pytest.mark.parametrize("word", [b"C", b"D"])
def test_a_rate_that_the_records_contradict_is_theirs(tmp_path: Path, word: bytes) -> None:
    """As the stamps of an XDF do; and no gap behind every record."""
    content = paced(edf_plus([(5.0, 0, "spike")]).replace(b"DF+C", b"DF+" + word, 1), 1.024)
    path = tmp_path / "a.edf"
    found = written(path, content)
    assert found.rate_hz == pytest.approx(RATE_HZ / 1.024)
    assert (found.samples.shape[1], found.gaps) == (SECONDS * RATE_HZ, ())
    assert found.remarks == (
        "says that a data record lasts 1 s, and its records are 1.024 s apart; the latter is used",
    )
    assert [note.onset_s for note in edf_annotations.read(path)] == [5.0]


def test_records_far_apart_are_a_doubt_or_gaps(tmp_path: Path) -> None:
    """Of a file without gaps, by its header, both numbers are told; else the time between them is a gap."""
    content = paced(edf_plus([]), 2)
    with pytest.raises(
        RecordingError, match="lasts 1 s, and its records are 2 s apart: its rate or its times are wrong"
    ):
        written(tmp_path / "a.edf", content)
    assert len(written(tmp_path / "a.edf", content.replace(b"EDF+C", b"EDF+D", 1)).gaps) == SECONDS - 1


def test_records_of_one_time_follow_each_other(tmp_path: Path) -> None:
    """The writer states the same of each; for both readers."""
    path = tmp_path / "a.edf"
    found = written(path, paced(edf_plus([(5.0, 0, "spike")]), 0))
    np.testing.assert_array_equal(found.samples, written(tmp_path / "b.edf", edf_plus([])).samples)
    assert found.remarks == ("its data records all state the same time (0 s); they are taken one after the other",)
    assert [note.onset_s for note in edf_annotations.read(path)] == [5.0]


def test_annotations_behind_midnight_are_at_their_place(tmp_path: Path) -> None:
    """Records and remarks that state the time of the day begin anew at 0; for both readers."""
    content = edf_plus([])
    for record in range(SECONDS):
        time_s = (86_390 + record) % 86_400
        note = f"+{time_s}\x14spike\x14\x00".encode() if record in (5, 15) else b""
        old, new = f"+{record}\x14\x14\x00".encode(), f"+{time_s}\x14\x14\x00".encode() + note
        size = max(len(old), len(new))
        content = content.replace(old.ljust(size, b"\0"), new.ljust(size, b"\0"), 1)
    found = written(tmp_path / "a.edf", content)
    assert ([note.onset_s for note in found.annotations], found.gaps) == ([5.0, 15.0], ())
    assert edf_annotations.read(tmp_path / "a.edf") == found.annotations


def test_of_marks_the_record_whose_time_cannot_be_is_named(tmp_path: Path) -> None:
    """Not the one behind it, whose time is right."""
    path, content = tmp_path / "a.edf", edf_plus([(5.0, 0, "spike")])
    path.write_bytes(content.replace(b"+10\x14\x14\x00\x00", b"+999\x14\x14\x00", 1))
    with pytest.raises(DataError, match="data record 11 is at 999 s, and by those around it should be at 10 s"):
        edf_annotations.read(path)
