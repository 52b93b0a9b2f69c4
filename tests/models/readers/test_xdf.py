"""XDF: the one stream of electrodes, with holes where it paused."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers import xdf
from models.readers.recording import read
from models.readers.xdf import Wanted
from tests.field_cases import field_case
from tests.models.readers.test_recording import DATA, needs_data
from tests.models.readers.written import NOISE, write_streams, write_xdf, xdf_chunk, xdf_stream


def test_xdf_gives_its_eeg_stream(tmp_path: Path) -> None:
    """Labels and units from the description, the start in UTC."""
    recording = read(write_xdf(tmp_path / "a.xdf"))
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert (recording.rate_hz, recording.labels) == (250.0, ("LA1", "LA2", "LA3"))
    assert recording.units == ("microvolts",) * 3
    assert recording.start_utc == "2026-01-02T02:04:05+00:00"


def test_a_pause_in_xdf_is_a_hole_of_its_length(tmp_path: Path) -> None:
    """Samples after a pause of 3 s stand 3 s later; the hole is NaN."""
    recording = read(write_xdf(tmp_path / "a.xdf", pause_s=3.0))
    np.testing.assert_array_equal(recording.samples[:, :500], NOISE[:, :500])
    assert np.isnan(recording.samples[:, 500:1250]).all()
    assert recording.remarks == ('stream "amp1" pauses for 3.0 s until 5.0 s',)
    np.testing.assert_array_equal(recording.samples[:, 1250:], NOISE[:, 500:])


@pytest.mark.parametrize("kind", ["Signal", "Markers", ""])
def test_xdf_without_eeg_names_the_type_that_it_holds(tmp_path: Path, kind: str) -> None:
    """The error tells each stream's type and the key that takes it, and with that key it is taken."""
    path = write_xdf(tmp_path / "a.xdf", kind=kind)
    with pytest.raises(RecordingError, match=f'holds no stream of type "EEG": "amp1" is of type "{kind}"; set bed'):
        read(path)
    np.testing.assert_array_equal(read(path, Wanted(type=kind)).samples, NOISE)


@pytest.mark.parametrize("kind", ["eeg", "EEG ", " Eeg"])
def test_a_type_is_the_same_word_in_any_case(tmp_path: Path, kind: str) -> None:
    """Blanks around it do not count either."""
    np.testing.assert_array_equal(read(write_xdf(tmp_path / "a.xdf", kind=kind)).samples, NOISE)


@pytest.mark.parametrize("kind", ["ECG", "EEG"])
def test_xdf_keeps_the_stream_with_electrodes(tmp_path: Path, kind: str) -> None:
    """A faster stream of ECG, which some senders type as EEG as well, is left out by name."""
    ecg = xdf_stream(1, kind, ["ECG I", "ECG II"], 1000)
    recording = read(write_streams(tmp_path / "a.xdf", ecg, xdf_stream(2, "EEG", ["LA1", "LA2", "LA3"], 250)))
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert (recording.rate_hz, recording.labels) == (250.0, ("LA1", "LA2", "LA3"))
    reason = "of type ECG, not EEG" if kind == "ECG" else "none of its channels is EEG"
    assert recording.left_out == {"stream amp1": reason}


def two_amplifiers(path: Path, **first: object) -> Path:
    """Write a file of two streams of electrodes that differ in name and source_id."""
    one = xdf_stream(1, "EEG", ["LA1", "LA2", "LA3"], 250, **first)  # type: ignore[arg-type]
    return write_streams(path, one, xdf_stream(2, "eeg", ["LB1", "LB2", "LB3"], 250))


def test_xdf_with_two_streams_of_electrodes_is_refused(tmp_path: Path) -> None:
    """Which one is meant is the user's to say, by keys that the line names with their values."""
    listed = (
        r'holds 2 EEG streams \("amp1" with source_id "id-1" \(1000 samples, type EEG\), "amp2" with source_id "id-2" '
        r"\(1000 samples, type eeg\)\); "
    )
    path = two_amplifiers(tmp_path / "a.xdf")
    with pytest.raises(RecordingError, match=f"{listed}write the one that is meant to a file of its own"):
        read(path)
    with pytest.raises(RecordingError, match=f"{listed}name one with --stream"):
        read(path, Wanted(remedy="name one with --stream"))


@pytest.mark.parametrize("keys", [{"name": "amp2"}, {"source_id": "id-2"}, {"name": "amp2", "source_id": "id-2"}])
def test_keys_decide_among_several_streams(tmp_path: Path, keys: dict[str, str]) -> None:
    """As [bed.acquire] decides live; the other one is named as left out."""
    recording = read(two_amplifiers(tmp_path / "a.xdf"), Wanted(**keys))  # type: ignore[arg-type]
    assert recording.labels == ("LB1", "LB2", "LB3")
    assert recording.left_out == {"stream amp1": "another stream is meant"}


def test_keys_that_no_stream_has_are_named(tmp_path: Path) -> None:
    """With both streams and their values beside them; of a file with one stream the name does not matter."""
    with pytest.raises(RecordingError, match=r'"amp2" .*none of them with name = "amp3", source_id = "x"; '):
        read(two_amplifiers(tmp_path / "a.xdf"), Wanted(name="amp3", source_id="x"))
    np.testing.assert_array_equal(read(write_xdf(tmp_path / "b.xdf"), Wanted(name="amp3")).samples, NOISE)


def test_an_empty_stream_is_no_candidate(tmp_path: Path) -> None:
    """LabRecorder writes a stream that never sent a sample as well; it is named as left out."""
    recording = read(two_amplifiers(tmp_path / "a.xdf", empty=True))
    assert recording.labels == ("LB1", "LB2", "LB3")
    assert recording.left_out == {"stream amp1": "holds no samples"}


def test_a_file_of_empty_streams_holds_nothing(tmp_path: Path) -> None:
    """The one line says so."""
    nothing = xdf_stream(1, "EEG", ["LA1"], 250, empty=True)
    with pytest.raises(RecordingError, match=r"a.xdf: holds no stream of numbers with samples in it; copy"):
        read(write_streams(tmp_path / "a.xdf", nothing))


def test_markers_are_no_signal_that_is_left_out(tmp_path: Path) -> None:
    """A stream without a rate is not named among what was left out; the header's start is kept."""
    path = write_streams(tmp_path / "a.xdf", xdf_stream(1, "EEG", ["LA1"], 250))
    streams, header, _ = xdf.load(path)
    # By hand: what pyxdf returns of a stream of key presses.
    markers = {"info": {"name": ["keys"], "type": ["Markers"], "nominal_srate": ["0"]}, "time_series": []}
    assert xdf.eeg_stream([*streams, markers]) == (streams[0], {})
    assert xdf.start_utc(header) == "2026-01-02T02:04:05+00:00"


@needs_data
def test_real_xdf_is_read() -> None:
    """Eight channels that the file does not describe are numbered."""
    recording = read(DATA / "xdf/test.xdf")
    assert (recording.samples.shape, recording.rate_hz) == ((8, 9520), 1000.0)
    assert recording.labels[0] == "CH1"


@pytest.mark.parametrize(
    ("case", "file", "rate_hz", "seconds", "remark"),
    [
        ("06-xdf-nominal-rate-is-wrong", "daisy.xdf", 125.0, 60.0, "declares 250 Hz, its time stamps show 125.00 Hz"),
        ("07-xdf-jump-ahead", "jump.xdf", 256.0, 60.0, "jump ahead by 200000.0 s at 30.0 s"),
        ("13-xdf-with-a-zombie-stream", "zombie.xdf", 256.0, 60.0, ""),
    ],
)
def test_files_from_the_field_are_read(
    tmp_path: Path, case: str, file: str, rate_hz: float, seconds: float, remark: str
) -> None:
    """At their true rate, in their true length, with what is odd told once."""
    field_case(case, tmp_path)
    recording = read(tmp_path / file)
    assert (recording.rate_hz, recording.duration_s) == (rate_hz, seconds)
    assert np.isfinite(recording.samples).all()
    assert [remark in found for found in recording.remarks] == [True] * bool(remark)


def test_what_a_sender_left_behind_is_no_candidate(tmp_path: Path) -> None:
    """The stream of the same name before it was started again holds a sample; it is named with that."""
    left_behind = xdf_stream(1, "EEG", ["LA1", "LA2", "LA3"], 1).replace(b"srate>1<", b"srate>4<", 1)
    recording = read(write_streams(tmp_path / "a.xdf", left_behind, xdf_stream(2, "EEG", ["LA1", "LA2", "LA3"], 2000)))
    assert recording.rate_hz == 2000.0
    assert recording.left_out == {"stream amp1": "lasts 1.0 s only"}


def test_a_stream_that_declares_no_rate_is_read_by_its_stamps(tmp_path: Path) -> None:
    """As some senders declare EEG; a slow stream without a rate is events."""
    path = write_xdf(tmp_path / "a.xdf")
    content = path.read_bytes().replace(b"<nominal_srate>250<", b"<nominal_srate>000<", 1)
    path.write_bytes(content)
    recording = read(path)
    assert recording.rate_hz == pytest.approx(250.0)
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert recording.remarks == ('stream "amp1" declares no rate, its time stamps show 250.00 Hz',)


def test_any_type_will_do_where_it_is_asked_for(tmp_path: Path) -> None:
    """Of several, the one of type EEG."""
    path = write_xdf(tmp_path / "a.xdf", kind="Signal")
    np.testing.assert_array_equal(read(path, Wanted(type="")).samples, NOISE)
    signal, eeg = xdf_stream(1, "Signal", ["LB1", "LB2", "LB3"], 250), xdf_stream(2, "EEG", ["LA1", "LA2", "LA3"], 250)
    assert read(write_streams(path, signal, eeg), Wanted(type="")).labels == ("LA1", "LA2", "LA3")


def part_at(
    number: int, later_s: float, labels: tuple[str, ...] = ("LA1", "LA2", "LA3"), name: bytes = b"amp1"
) -> bytes:
    """Return 4 s of a stream of the same sender, so much later."""
    part = xdf_stream(number, "EEG", labels, 250).replace(b"id-%d<" % number, b"id-1<", 1)
    part = part.replace(b"<name>amp%d<" % number, b"<name>" + name + b"<", 1)
    # From the last one on, so that no stamp is moved twice.
    for n in reversed(range(1000)):
        old, new = (b"\x08" + struct.pack("<d", 10.0 + shift_s + n / 250) for shift_s in (0.0, later_s))
        part = part.replace(old, new, 1)
    return part


def test_a_sender_that_was_started_again_is_one_recording_with_a_gap(tmp_path: Path) -> None:
    """LabRecorder writes another stream of the same id; nothing in a configuration could choose between the two."""
    path = write_streams(tmp_path / "a.xdf", part_at(1, 0.0), part_at(2, 34.0))
    for wanted in (Wanted(), Wanted(name="amp1", source_id="id-1")):
        recording = read(path, wanted)
        assert recording.duration_s == pytest.approx(38.0)
        assert recording.gaps == ((1000, 8500),)
        np.testing.assert_array_equal(recording.samples[:, :1000], NOISE)
        np.testing.assert_array_equal(recording.samples[:, 8500:], NOISE)
        assert recording.left_out == {}
        assert recording.remarks[0] == 'stream "amp1" was started 2 times; its parts are one recording'


@pytest.mark.parametrize(
    "second", [part_at(2, 2.0), part_at(2, 34.0, ("LB1", "LB2", "LB3")), part_at(2, 34.0, name=b"amp9")]
)
def test_streams_that_are_not_one_senders_are_not_joined(tmp_path: Path, second: bytes) -> None:
    """At the same time, with other electrodes, or of another name."""
    with pytest.raises(RecordingError, match="holds 2 EEG streams"):
        read(write_streams(tmp_path / "a.xdf", part_at(1, 0.0), second))


def test_one_comparison_of_clocks_that_is_off_bends_no_time(tmp_path: Path) -> None:
    """A recorder that was suspended measures an offset of an hour, once."""
    offsets = [3600.0 if k == 6 else -3.0 for k in range(12)]
    clocks = [xdf_chunk(4, struct.pack("<Idd", 1, 10.0 + k / 3, offset)) for k, offset in enumerate(offsets)]
    recording = read(write_streams(tmp_path / "a.xdf", xdf_stream(1, "EEG", ["LA1", "LA2", "LA3"], 250), *clocks))
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert (recording.rate_hz, recording.remarks) == (250.0, ())


def test_impedances_are_no_eeg(tmp_path: Path) -> None:
    """A stream of the same electrodes, once a second."""
    names = ["LA1", "LA2", "LA3"]
    recording = read(
        write_streams(tmp_path / "a.xdf", xdf_stream(1, "EEG", names, 1), xdf_stream(2, "EEG", names, 250))
    )
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert recording.left_out == {"stream amp1": "1 samples a second are no EEG"}


def test_stamps_that_are_no_numbers_take_the_times_around_them(tmp_path: Path) -> None:
    """No sample is lost by them."""
    content = write_xdf(tmp_path / "a.xdf").read_bytes()
    for n in (0, 400, 999):
        content = content.replace(struct.pack("<d", 10.0 + n / 250), struct.pack("<d", math.nan), 1)
    (tmp_path / "a.xdf").write_bytes(content)
    recording = read(tmp_path / "a.xdf")
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert recording.remarks == ('stream "amp1" has 3 time stamps that are no times; the times around them are taken',)


def test_stamps_that_leave_hardly_anything_but_gaps_take_no_memory(tmp_path: Path) -> None:
    """After 3.6 s, an hour's pause every four samples: a day for half a second of EEG."""
    content = write_xdf(tmp_path / "a.xdf").read_bytes()
    for n in range(900, 1000):
        old, new = (struct.pack("<d", 10.0 + n / 250 + pause_s) for pause_s in (0.0, 3590.0 * (1 + (n - 900) // 4)))
        content = content.replace(old, new, 1)
    (tmp_path / "a.xdf").write_bytes(content)
    with pytest.raises(RecordingError, match=r"has time stamps that leave gaps of 24.9 h in all; split the recording"):
        read(tmp_path / "a.xdf")
