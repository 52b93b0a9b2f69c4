"""EDF and BDF files as they are in the field: what the records say counts, and the header where it can be true."""

from pathlib import Path

import edfio
import numpy as np
import pytest

from models.errors import RecordingError
from models.readers import edf_annotations
from models.readers.recording import Recording, open_recording, read
from tests.models.datasets.edfplus import LABELS, LIST_BYTES, RATE_HZ, SECONDS, edf_plus

RECORDS_AT, DURATION_AT = 236, 244
PHYSICAL_MIN = 256 + (16 + 80 + 8) * (len(LABELS) + 1)
"""Where the header states the physical minimum of the first signal."""


def written(path: Path, content: bytes) -> Recording:
    """Write a file and read it."""
    path.write_bytes(content)
    return read(path)


def later(content: bytes, record: int, seconds: int) -> bytes:
    """Return a file whose records from `record` on say that they are so much later."""
    for k in range(SECONDS - 1, record - 1, -1):
        old, new = (f"+{time_s}\x14\x14\x00".encode() for time_s in (k, k + seconds))
        content = content.replace(old + b"\0" * (len(new) - len(old)), new, 1)
    return content


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


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1251", "shift_jis", "utf-16-be"])
def test_a_remark_in_any_encoding_costs_no_sample(tmp_path: Path, encoding: str) -> None:
    """Read as far as it can be: the letters that all encodings share at least."""
    text = {"cp1251": "глаза", "shift_jis": "開眼"}.get(encoding, "Augen geöffnet").encode(encoding)
    content = edf_plus([(3.0, 0, "x" * len(text))]).replace(b"x" * len(text), text)
    recording = written(tmp_path / "a.edf", content)
    np.testing.assert_array_equal(recording.samples, written(tmp_path / "b.edf", edf_plus([])).samples)
    if encoding in {"utf-8", "latin-1"}:
        assert [note.text for note in recording.annotations] == ["Augen geöffnet"]


@pytest.mark.parametrize("stated", [b"32767", b"", b"n/a", b"nan"])
def test_a_channel_without_a_scale_is_left_out_by_name(tmp_path: Path, stated: bytes) -> None:
    """Minimum and maximum are equal, or one of them is no number: digits are never taken for microvolts."""
    content = bytearray(edf_plus([]))
    content[PHYSICAL_MIN : PHYSICAL_MIN + 8] = stated.ljust(8)
    recording = written(tmp_path / "a.edf", bytes(content))
    assert recording.labels == LABELS[1:]
    assert recording.left_out == {
        LABELS[0]: "its header states no physical range, so that nobody knows what its numbers mean"
    }


def test_a_file_without_any_scale_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    content = bytearray(edf_plus([]))
    content[PHYSICAL_MIN : PHYSICAL_MIN + 8 * len(LABELS)] = b"32767   " * len(LABELS)
    with pytest.raises(RecordingError, match=r"holds no EEG with a scale .*; export it with one"):
        written(tmp_path / "a.edf", bytes(content))


def stated(content: bytes, at: int, text: bytes) -> bytes:
    """Return a file with another text in its header."""
    return content[:at] + text + content[at + len(text) :]


@pytest.mark.parametrize("bdf", [False, True])
def test_numbers_with_a_comma_are_read(tmp_path: Path, bdf: bool) -> None:
    """As programs in some languages write them: ranges and the length of a record."""
    content = edf_plus([], bdf=bdf)
    name, high = ("a.bdf", b"8388607,") if bdf else ("a.edf", b"32767,0 ")
    maxima_at = PHYSICAL_MIN + 8 * (len(LABELS) + 1)
    with_commas = stated(stated(content, DURATION_AT, b"1,0"), maxima_at, high * len(LABELS))
    found = written(tmp_path / name, with_commas)
    np.testing.assert_array_equal(found.samples, written(tmp_path / name, content).samples)


def test_a_wrong_size_of_the_header_costs_nothing(tmp_path: Path) -> None:
    """It follows from the number of signals."""
    content = edf_plus([])
    found = written(tmp_path / "a.edf", stated(content, 184, b"256     "))
    np.testing.assert_array_equal(found.samples, written(tmp_path / "b.edf", content).samples)


@pytest.mark.parametrize("number", [b"-1      ", b"0       "])
def test_records_that_nobody_counted_are_read(tmp_path: Path, number: bytes) -> None:
    """All that are there, by every reader of the format; the header is said to be unfinished."""
    content = edf_plus([(3.0, 0, "spike")])
    path = tmp_path / "a.edf"
    found = written(path, stated(content, RECORDS_AT, number))
    np.testing.assert_array_equal(found.samples, written(tmp_path / "b.edf", content).samples)
    assert found.remarks == (
        "was never closed: its header does not count the data records, and all that are there were read",
    )
    assert [note.text for note in edf_annotations.read(path)] == ["spike"]


@pytest.mark.parametrize(("length", "said"), [(b"0       ", "0 s"), (b"-1      ", "-1 s"), (b"nan     ", "nan s")])
def test_records_without_a_length_are_refused(tmp_path: Path, length: bytes, said: str) -> None:
    """Nothing says what the rate is."""
    with pytest.raises(RecordingError, match=f"its header says that a data record lasts {said}, which leaves no sampl"):
        written(tmp_path / "a.edf", stated(edf_plus([]), DURATION_AT, length))


@pytest.mark.parametrize("bdf", [False, True])
def test_a_file_is_what_it_begins_with(tmp_path: Path, bdf: bool) -> None:
    """A copy may have the ending of the other format."""
    content = edf_plus([(5.0, 0, "spike")], bdf=bdf)
    found, there = (written(tmp_path / f"a.{kind}", content) for kind in (("edf", "bdf") if bdf else ("bdf", "edf")))
    np.testing.assert_array_equal(found.samples, there.samples)
    assert found.annotations == there.annotations


@pytest.mark.parametrize(
    ("spelled", "field"), [(b"128.0", b"128"), (b"128\0\0\0\0\0", b"128"), (b"20\0\0\0\0\0\0", b"20")]
)
def test_counts_are_read_in_other_spellings(tmp_path: Path, spelled: bytes, field: bytes) -> None:
    """With a point, or filled up with zeros."""
    content = edf_plus([])
    odd = content.replace(field.ljust(8), spelled.ljust(8))
    assert odd != content
    np.testing.assert_array_equal(
        written(tmp_path / "a.edf", odd).samples, written(tmp_path / "b.edf", content).samples
    )


def test_more_records_than_are_counted_are_read(tmp_path: Path) -> None:
    """A recorder that was started again appends; the number is told, and the last record may lack its end."""
    content = stated(edf_plus([(15.5, 0, "spike")]), RECORDS_AT, b"12      ")
    found = written(tmp_path / "a.edf", content)
    assert (found.duration_s, found.annotations[0].onset_s) == (SECONDS, 15.5)
    assert found.remarks == ("its header counts 12 data records, 20 are there, and all were read",)
    assert written(tmp_path / "b.edf", content[:-3]).duration_s == SECONDS - 1


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


def test_a_wrong_number_of_records_is_told_with_what_is_there(tmp_path: Path) -> None:
    """More are counted than are there: the file was cut off."""
    with pytest.raises(RecordingError, match=r"header says \(70 data records, 20 are there\)"):
        written(tmp_path / "a.edf", stated(edf_plus([]), RECORDS_AT, b"70      "))
    with pytest.raises(RecordingError, match=r"header says \(20 data records, 19 and \d+ bytes of another are there\)"):
        written(tmp_path / "a.edf", edf_plus([])[:-3])


def test_annotations_alone_are_no_recording(tmp_path: Path) -> None:
    """A scorer's file beside the recording; its marks can be read."""
    path = tmp_path / "a.edf"
    with pytest.raises(RecordingError, match="holds annotations alone, no EEG; name the file of the signals"):
        written(path, edf_plus([(3.0, 0, "spike")], labels=()))
    assert [note.text for note in edf_annotations.read(path)] == ["spike"]


def paced(content: bytes, step_s: float) -> bytes:
    """Return a file whose records say that they begin so far apart."""
    for record in range(SECONDS - 1, -1, -1):
        old, new = (f"+{time_s:g}\x14\x14\x00".encode() for time_s in (record, record * step_s))
        at = content.index(old)
        notes = (new + content[at + len(old) : at + LIST_BYTES]).ljust(LIST_BYTES, b"\0")[:LIST_BYTES]
        content = stated(content, at, notes)
    return content


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
