"""Streams of an XDF file that are one recording, and several that no key tells apart."""

import struct
from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers.recording import read
from models.readers.xdf import Wanted
from models.readers.xdf_parts import without_copies
from tests.models.readers.test_xdf import part_at
from tests.models.readers.written import NOISE, write_streams

BY_KEYS = "name one by [bed.acquire] {keys}"


def numbered(number: int) -> bytes:
    """Return the same stream under another number, as a recorder writes one that it subscribed to twice."""
    return part_at(number, 0.0)


def other_samples(number: int) -> bytes:
    """Return a stream that is alike in every key, with another first sample."""
    first = struct.pack("<f", float(NOISE[0, 0]))
    return part_at(number, 0.0).replace(first, struct.pack("<f", 12.0), 1)


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(name="amp1", source_id="id-1")])
def test_a_stream_that_is_there_twice_is_read_once(tmp_path: Path, wanted: Wanted) -> None:
    """Nothing in a configuration could choose between the two; it is said."""
    recording = read(write_streams(tmp_path / "a.xdf", numbered(1), numbered(2)), wanted)
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert recording.remarks == ('stream "amp1" is there more than once, sample for sample; it was read once',)
    assert recording.left_out == {}


@pytest.mark.parametrize(("first", "second"), [(slice(0, 1000), slice(50, 1000)), (slice(80, 990), slice(0, 950))])
def test_a_copy_may_begin_and_end_elsewhere(first: slice, second: slice) -> None:
    """A recorder subscribes to the two one after the other; the longer one is kept, whichever stands first."""
    info = {"name": ["amp"], "channel_count": ["3"]}
    stamps_s = 10 + np.arange(1000) / 250
    one, other = (
        {"info": info, "time_series": NOISE.T[part], "time_stamps": stamps_s[part]} for part in (first, second)
    )
    longer, shorter = (one, other) if len(stamps_s[first]) >= len(stamps_s[second]) else (other, one)
    [kept], [(original, copy)] = without_copies([one, other])
    assert kept is original is longer
    assert copy is shorter


@pytest.mark.parametrize("remedy", ["write the one that is meant to a file of its own", BY_KEYS])
def test_streams_that_no_key_tells_apart_are_not_to_be_named_by_one(tmp_path: Path, remedy: str) -> None:
    """Their samples differ, so that nobody knows which is meant."""
    path = write_streams(tmp_path / "a.xdf", numbered(1), other_samples(2))
    with pytest.raises(RecordingError, match=r"holds 2 EEG streams .*; no key tells them apart: write the one"):
        read(path, Wanted(remedy=remedy))


def test_parts_of_one_sender_need_no_name_as_a_single_stream_needs_none(tmp_path: Path) -> None:
    """A configuration names the bed's own amplifier, and the file is of another."""
    path = write_streams(tmp_path / "a.xdf", part_at(1, 0.0), part_at(2, 10.0))
    assert read(path, Wanted(name="acceptance")).remarks == (
        'stream "amp1" was started 2 times; its parts are one recording',
        'stream "amp1" pauses for 6.0 s until 10.0 s',
    )


def test_the_keys_that_tell_streams_apart_are_named(tmp_path: Path) -> None:
    """And no other."""
    path = write_streams(tmp_path / "a.xdf", part_at(1, 0.0), part_at(2, 0.0, name=b"amp9"))
    with pytest.raises(RecordingError, match=r"; name one by \[bed.acquire\] name$"):
        read(path, Wanted(remedy=BY_KEYS))
