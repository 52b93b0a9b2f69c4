"""EDF files that are damaged or cut off: each is read or skipped with its reason, and no mark is lost or moved."""

from pathlib import Path

import numpy as np
import pytest

from models.datasets.annotations import Labelled, Mark, Skipped
from tests.models.datasets.edfplus import LIST_BYTES, RATE_HZ, SECONDS, edf_plus
from tests.models.datasets.one_file import MARKS, NOTES, STAGES, only, reason, recording


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"+2.5\x14", b"+2.5\x13", "annotations are damaged"),
        (b"spike T3\x14\x00", b"spike T3\x14 ", "annotations are damaged"),
        (b"+7\x14\x14", b"+9\x14\x14", "data record 8 is at 9 s"),
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


def test_a_table_beside_stands_in_for_annotations_that_are_damaged(tmp_path: Path) -> None:
    """The marks are the table's, and the recording says that its own are left out, and why."""
    (tmp_path / "a.edf").write_bytes(edf_plus(NOTES).replace(b"spike T3\x14\x00", b"spike T3\x14 ", 1))
    (tmp_path / "a.csv").write_text("onset,duration,label\n3.5,0,IED\n")
    found = recording(tmp_path)
    assert found.marks == (Mark(3.5, 0.0, "ied"),)
    why = "its annotations are damaged; export it again"
    told = f"its annotations are left out, and the table beside it alone is used ({why})"
    assert told in found.recording.remarks


@pytest.mark.parametrize("part", [0.0, 0.01, 0.1])
def test_a_file_cut_off_in_its_header_or_first_record_is_skipped(tmp_path: Path, part: float) -> None:
    """Nothing of its signals is whole."""
    whole = edf_plus(NOTES)
    (tmp_path / "a.edf").write_bytes(whole[: int(part * len(whole))])
    assert reason(tmp_path)


@pytest.mark.parametrize("seconds", [3, 9, SECONDS - 1])
def test_a_file_cut_off_later_keeps_the_marks_that_are_there(tmp_path: Path, seconds: int) -> None:
    """Those of its whole records, and the recording says that its end is missing."""
    whole = edf_plus(NOTES)
    record_bytes = 2 * RATE_HZ * 5 + LIST_BYTES
    (tmp_path / "a.edf").write_bytes(whole[: len(whole) - (SECONDS - seconds) * record_bytes + 7])
    found = recording(tmp_path)
    assert found.marks == tuple(mark for mark in MARKS if mark.onset_s < seconds)
    assert "its end is missing" in "".join(found.recording.remarks)


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
