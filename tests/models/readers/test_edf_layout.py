"""Where signals lie in a record: annotation signals may stand anywhere among them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers.edf_layout import read_layout
from models.readers.recording import read
from tests.models.datasets.edfplus import LABELS, SECONDS, edf_plus

FIELDS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
"""Widths of what an EDF header says of each signal."""


def in_order(content: bytes, order: Sequence[int], sample_bytes: int = 2) -> bytes:
    """Return an EDF with its signals in another order."""
    signals = len(order)
    at, header, sizes = 256, content[:256], [0] * signals
    for field, width in enumerate(FIELDS):
        values = [content[at + k * width : at + (k + 1) * width] for k in range(signals)]
        header += b"".join(values[k] for k in order)
        sizes = [int(value) * sample_bytes for value in values] if field == 8 else sizes
        at += width * signals
    edges = np.cumsum([0, *sizes])
    records = [content[first : first + edges[-1]] for first in range(at, len(content), edges[-1])]
    return header + b"".join(record[edges[k] : edges[k + 1]] for record in records for k in order)


@pytest.mark.parametrize("bdf", [False, True])
@pytest.mark.parametrize("place", [0, 1])
def test_annotations_may_stand_before_the_signals(tmp_path: Path, bdf: bool, place: int) -> None:
    """Each label keeps its own samples."""
    kind = ".bdf" if bdf else ".edf"
    plain = edf_plus([(15.5, 0, "eyes open")], bdf=bdf)
    (tmp_path / f"a{kind}").write_bytes(plain)
    order = [*range(len(LABELS))]
    order.insert(place, len(LABELS))
    (tmp_path / f"b{kind}").write_bytes(in_order(plain, order, 3 if bdf else 2))
    found, wanted = read(tmp_path / f"b{kind}"), read(tmp_path / f"a{kind}")
    np.testing.assert_array_equal(found.samples, wanted.samples)
    assert (found.labels, found.annotations) == (wanted.labels, wanted.annotations)


@pytest.mark.parametrize("label", [b"EDF annotations", b"EDF Annotations\0", b"BDF Annotations"])
def test_annotations_are_known_in_other_spellings(tmp_path: Path, label: bytes) -> None:
    """Their times count, and they are no signal."""
    content = edf_plus([(15.5, 0, "eyes open")]).replace(b"EDF Annotations ", label.ljust(16), 1)
    (tmp_path / "a.edf").write_bytes(content)
    assert read_layout(tmp_path / "a.edf").ordinary == tuple(range(len(LABELS)))
    found = read(tmp_path / "a.edf")
    assert [note.text for note in found.annotations] == ["eyes open"]
    assert (found.left_out, found.duration_s) == ({}, SECONDS)


@pytest.mark.parametrize("date", [b"        ", b"xx.xx.xx", b"99.99.99", b"1       ", b"\xff\xff.1.20"])
def test_a_date_that_is_none_costs_no_sample(tmp_path: Path, date: bytes) -> None:
    """It says nothing of the EEG."""
    content = edf_plus([])
    (tmp_path / "a.edf").write_bytes(content[:88] + b"Startdate X X X X".ljust(80) + date.ljust(8) + content[176:])
    assert (read(tmp_path / "a.edf").duration_s, read(tmp_path / "a.edf").start_utc) == (SECONDS, "")


def test_a_start_without_a_date_of_its_own_is_that_of_the_first_fields(tmp_path: Path) -> None:
    """EDF+ may hide the date where the older fields state one, and the time."""
    content, hidden = edf_plus([]), b"Startdate X X X X".ljust(80) + b"01.01.8522.00.08"
    (tmp_path / "a.edf").write_bytes(content[:88] + hidden + content[184:])
    assert read(tmp_path / "a.edf").start_utc == "1985-01-01T22:00:08"


def test_records_that_do_not_lie_where_the_header_says_are_refused(tmp_path: Path) -> None:
    """A number of samples that was overwritten moves all that follows: no record has its time where it should stand."""
    content = edf_plus([])
    at = 256 + (16 + 80 + 8 * 5 + 80) * (len(LABELS) + 1)
    (tmp_path / "a.edf").write_bytes(content[:at] + b"0".ljust(8) + content[at + 8 :])
    with pytest.raises(
        RecordingError, match="hardly a data record states its time: they do not lie where its header says"
    ):
        read(tmp_path / "a.edf")


def test_digital_limits_with_a_point_are_limits(tmp_path: Path) -> None:
    """As "-32768.0"; the samples are the same to the bit."""
    plain = edf_plus([(15.5, 0, "eyes open")])
    pointed = plain.replace(b"-32768  ", b"-32768.0").replace(b"32767   ", b"32767.0 ")
    assert pointed != plain
    for name, content in (("a.edf", plain), ("b.edf", pointed)):
        (tmp_path / name).write_bytes(content)
    np.testing.assert_array_equal(read(tmp_path / "b.edf").samples, read(tmp_path / "a.edf").samples)
