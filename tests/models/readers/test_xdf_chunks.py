"""What of an XDF is damaged and not the EEG's costs nothing; what claims more than there is takes no memory."""

import struct
from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers.recording import Recording, read
from models.readers.xdf_chunks import sound
from tests.models.readers.written import NOISE, write_streams, xdf_chunk, xdf_stream

EEG = xdf_stream(1, "EEG", ["LA1", "LA2", "LA3"], 250)
MARKERS = (
    b"<info><name>%s</name><type>Markers</type><channel_count>1</channel_count><nominal_srate>0</nominal_srate>"
    b"<channel_format>string</channel_format></info>"
)


def markers(name: bytes = b"keys", header: bytes = MARKERS) -> bytes:
    """Return a stream of one marker."""
    said = header.replace(b"%s", name)
    marker = struct.pack("<IBIBd", 2, 4, 1, 8, 11.0) + b"\x01\x05spike"
    return xdf_chunk(2, struct.pack("<I", 2) + said) + xdf_chunk(3, marker)


def written(path: Path, *chunks: bytes) -> Recording:
    """Write an XDF of the EEG and more, and read it."""
    return read(write_streams(path / "a.xdf", *chunks))


@pytest.mark.parametrize(
    "name", [b"keys", b"left & right", b"\x1b[31mkeys", b"Stra\xdfe", b"<b", b"</name></info><info><name>"]
)
def test_what_a_marker_stream_is_called_costs_no_eeg(tmp_path: Path, name: bytes) -> None:
    """Characters that XML forbids, in any encoding, before the EEG and behind it."""
    for chunks in ((markers(name), EEG), (EEG, markers(name))):
        np.testing.assert_array_equal(written(tmp_path, *chunks).samples, NOISE)


@pytest.mark.parametrize(
    "header",
    [
        b"", b"<info></info>", MARKERS.replace(b"string", b"float16"), MARKERS.replace(b"_count>1<", b"_count>many<"),
        MARKERS.replace(b"<name>%s</name>", b""), MARKERS.replace(b"rate>0<", b"rate><"),
    ],
)  # fmt: skip
def test_a_stream_that_does_not_say_what_it_is_costs_no_eeg(tmp_path: Path, header: bytes) -> None:
    """Its samples go with it."""
    recording = written(tmp_path, markers(header=header), EEG)
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert all(remark.startswith("stream 2 does not say what its samples are") for remark in recording.remarks)


def test_a_rate_that_is_no_number_is_that_of_the_stamps(tmp_path: Path) -> None:
    """Some write the unit behind it."""
    odd = EEG.replace(b"<nominal_srate>250<", b"<nominal_srate>Hz <", 1)
    recording = written(tmp_path, odd)
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert recording.remarks == ('stream "amp1" declares no rate, its time stamps show 250.00 Hz',)


def test_what_was_left_out_is_told_where_no_eeg_remains(tmp_path: Path) -> None:
    """It may have been the EEG."""
    odd = EEG.replace(b"<channel_count>3<", b"<channel_count>?<", 1)
    with pytest.raises(RecordingError, match=r"holds no stream of numbers .*; stream 1 does not say what its samples"):
        written(tmp_path, odd)


def test_samples_and_clocks_of_no_stream_cost_no_eeg(tmp_path: Path) -> None:
    """A header that was lost; an offset that is no number, of a stream that is there."""
    stray = markers()[len(xdf_chunk(2, struct.pack("<I", 2) + MARKERS.replace(b"%s", b"keys"))) :]
    clocks = [xdf_chunk(4, struct.pack("<Idd", number, 10.0, offset)) for number, offset in ((7, 0.5), (1, np.nan))]
    recording = written(tmp_path, EEG, stray, *clocks)
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert recording.remarks == ("samples of a stream 2 that has no header were left out",)


def test_a_name_in_the_eeg_that_is_no_xml_is_mended(tmp_path: Path) -> None:
    """The stream is the one that is wanted."""
    odd = EEG.replace(b"<name>amp1<", b"<name>am&1<", 1)
    np.testing.assert_array_equal(written(tmp_path, odd).samples, NOISE)


@pytest.mark.parametrize("tag", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("claimed", [2**32 - 1, 2**63, 2**64 - 1])
def test_a_length_that_is_not_there_takes_no_memory(tmp_path: Path, tag: int, claimed: int) -> None:
    """Else pyxdf would ask for as many bytes at once."""
    length = b"\x08" + struct.pack("<Q", claimed)
    path = write_streams(tmp_path / "a.xdf", length + struct.pack("<HI", tag, 1) + b"x" * 10_000, EEG)
    with pytest.raises(RecordingError, match=r"is cut off or damaged \(no whole chunk at byte"):
        read(path)


def test_more_samples_than_a_chunk_has_room_for_take_no_memory(tmp_path: Path) -> None:
    """The number is the file's own claim."""
    path = write_streams(tmp_path / "a.xdf", EEG.replace(struct.pack("<BI", 4, 500), struct.pack("<BI", 4, 2**31), 1))
    with pytest.raises(RecordingError, match="claims 2147483648 samples"):
        read(path)


@pytest.mark.parametrize(
    "odd",
    [
        EEG.replace(b"<channel_count>3<", b"<channel_count>2<", 1),
        EEG.replace(b"<channel_count>3<", b"<channel_count>4<", 1),
        EEG.replace(struct.pack("<BI", 4, 500), struct.pack("<BI", 4, 499), 1),
        markers().replace(b"\x01\x05spike", b"\x01\x04spike", 1),
        markers().replace(b"\x01\x05spike", b"\x01\xffspike", 1),
    ],
    ids=["fewer channels", "more channels", "fewer samples", "a shorter text", "a longer text"],
)
def test_samples_that_do_not_fill_their_chunk_are_damage(tmp_path: Path, odd: bytes) -> None:
    """Else the next chunk would be looked for in the middle of them, and its length believed."""
    path = write_streams(tmp_path / "a.xdf", odd, xdf_stream(3, "EEG", ["C3"], 250))
    with pytest.raises(RecordingError, match=r"is cut off or damaged \(a chunk of \d+ bytes claims \d+ samples\)"):
        read(path)


def test_a_recorder_that_was_ended_costs_its_last_chunk(tmp_path: Path) -> None:
    """No footer, and the last of two chunks cut off: the first is read, and what is missing is told."""
    footer = EEG.rindex(b"<info>") - 11
    path = write_streams(tmp_path / "a.xdf", EEG[: footer - 100])
    recording = read(path)
    np.testing.assert_array_equal(recording.samples, NOISE[:, :500])
    assert ["ends within a chunk" in remark for remark in recording.remarks] == [True, False]
    assert recording.remarks[1] == (
        'stream "amp1" was never closed: its last samples may be missing, and all that are there were read'
    )


def test_a_sound_file_is_read_as_it_is(tmp_path: Path) -> None:
    """Nothing is copied."""
    path = write_streams(tmp_path / "a.xdf", EEG, markers())
    with path.open("rb") as file:
        assert sound(path, file) == (file, ())


def test_empty_words_of_a_description_are_none(tmp_path: Path) -> None:
    """Not the word "None": a type of that name would leave every channel out."""
    odd = EEG.replace(b"<unit>microvolts</unit>", b"<unit/><type></type>")
    odd = odd.replace(b"<label>LA2</label>", b"<label> <b/></label>")
    # The header's length is stated in front of it.
    begin, size = odd.index(b"<info>"), odd.index(b"</info>") + len(b"</info>") - odd.index(b"<info>")
    recording = written(tmp_path, xdf_chunk(2, struct.pack("<I", 1) + odd[begin : begin + size]), odd[begin + size :])
    assert recording.labels == ("LA1", "CH2", "LA3")
    assert (recording.units, recording.types) == (("",) * 3, ("",) * 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<channels>", b"<channels><channel><label>LA0</label></channel>"),
        (b"<channel><label>LA3</label>", b"<other></other></channels><channels><channel>"),
    ],
    ids=["four", "two"],
)
def test_descriptions_of_more_or_fewer_channels_than_there_are_describe_none(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    """As live: which of them is which nobody knows."""
    odd = EEG.replace(old, new, 1)
    begin, size = odd.index(b"<info>"), odd.index(b"</info>") + len(b"</info>") - odd.index(b"<info>")
    recording = written(tmp_path, xdf_chunk(2, struct.pack("<I", 1) + odd[begin : begin + size]), odd[begin + size :])
    assert recording.labels == ("CH1", "CH2", "CH3")
