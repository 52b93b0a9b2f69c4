"""The rate of an XDF stream that declares none."""

from pathlib import Path

import pytest

from models.readers import xdf
from models.readers.recording import read
from tests.models.readers.written import write_xdf


def test_a_stream_without_a_rate_that_pauses_is_a_signal(tmp_path: Path) -> None:
    """Half an hour of nothing makes few samples a second of them all; those between two pauses are many."""
    path = write_xdf(tmp_path / "a.xdf", pause_s=1800.0)
    path.write_bytes(path.read_bytes().replace(b"<nominal_srate>250<", b"<nominal_srate>000<", 1))
    [stream], _, _ = xdf.load(path)
    assert xdf.eeg_stream([stream])[0] is stream
    recording = read(path)
    assert recording.rate_hz == pytest.approx(250.0)
    assert recording.gaps == ((500, 500 + 1800 * 250),)
