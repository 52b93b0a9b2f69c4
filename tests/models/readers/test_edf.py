"""EDF and BDF files as they are in the field: what the records say counts, and the header where it can be true."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers import edf_annotations
from tests.models.datasets.edfplus import LABELS, LIST_BYTES, RATE_HZ, SECONDS, edf_plus
from tests.models.readers.edf_bytes import stated, written

RECORDS_AT, DURATION_AT = 236, 244
RECORD_BYTES = 2 * RATE_HZ * len(LABELS) + LIST_BYTES
PHYSICAL_MIN = 256 + (16 + 80 + 8) * (len(LABELS) + 1)
"""Where the header states the physical minimum of the first signal."""


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


@pytest.mark.parametrize("number", [b"-1      ", b"0       ", b"        ", b"\0" * 8])
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


@pytest.mark.parametrize("lost_bytes", [3, 9 * RECORD_BYTES, 18 * RECORD_BYTES + 1])
def test_of_a_file_that_was_cut_off_whole_records_are_read(tmp_path: Path, lost_bytes: int) -> None:
    """A copy that broke off: what is there, with a remark that says how much is missing."""
    content = edf_plus([(0.0, 0, "spike")])
    there = (SECONDS * RECORD_BYTES - lost_bytes) // RECORD_BYTES
    found = written(tmp_path / "a.edf", content[:-lost_bytes])
    whole = written(tmp_path / "b.edf", content)
    np.testing.assert_array_equal(found.samples, whole.samples[:, : there * RATE_HZ])
    (remark,) = found.remarks
    assert f"counts {SECONDS} data records, {there} are there, its end is missing" in remark
    assert found.annotations == edf_annotations.read(tmp_path / "a.edf") == whole.annotations


@pytest.mark.parametrize("zeros", [1, RECORD_BYTES - 1, 7 * RECORD_BYTES, 2**20 + 5])
@pytest.mark.parametrize("number", [None, b"-1      ", b"0       "])
def test_zeros_behind_the_last_record_are_no_samples(tmp_path: Path, zeros: int, number: bytes | None) -> None:
    """Room that a recorder made ahead, or what a host leaves that lost its power, whether the header counts or not."""
    content = edf_plus([(3.0, 0, "spike")])
    whole = written(tmp_path / "a.edf", content)
    padded = (stated(content, RECORDS_AT, number) if number else content) + bytes(zeros)
    found = written(tmp_path / "b.edf", padded)
    np.testing.assert_array_equal(found.samples, whole.samples)
    assert found.remarks[0] == f"holds {zeros} bytes of zeros behind its last data record, which were left out"
    assert edf_annotations.read(tmp_path / "b.edf") == whole.annotations


def test_zeros_that_the_header_counts_are_samples(tmp_path: Path) -> None:
    """A flat signal is one; and a record may end with zeros."""
    content = edf_plus([])
    found = written(tmp_path / "a.edf", content[: -3 * RECORD_BYTES] + bytes(3 * RECORD_BYTES))
    assert (found.duration_s, found.remarks) == (SECONDS, ())


def test_what_is_no_whole_record_behind_the_last_one_is_told(tmp_path: Path) -> None:
    """An editor's line feed, or what a file system of the past filled its blocks with."""
    content = edf_plus([])
    found = written(tmp_path / "a.edf", content + b"\r\n")
    np.testing.assert_array_equal(found.samples, written(tmp_path / "b.edf", content).samples)
    assert found.remarks == ("holds 2 bytes behind its last data record, which are none and were left out",)


@pytest.mark.parametrize("bdf", [False, True])
def test_a_copy_that_took_the_samples_for_text_is_refused(tmp_path: Path, bdf: bool) -> None:
    """Each line feed among them has become two bytes, and every sample behind the first one is another."""
    content = edf_plus([], bdf=bdf)
    with pytest.raises(RecordingError, match=r"was copied as if it were text.*copy it as binary"):
        written(tmp_path / "a.edf", content.replace(b"\n", b"\r\n"))


def test_annotations_alone_are_no_recording(tmp_path: Path) -> None:
    """A scorer's file beside the recording; its marks can be read."""
    path = tmp_path / "a.edf"
    with pytest.raises(RecordingError, match="holds annotations alone, no EEG; name the file of the signals"):
        written(path, edf_plus([(3.0, 0, "spike")], labels=()))
    assert [note.text for note in edf_annotations.read(path)] == ["spike"]
