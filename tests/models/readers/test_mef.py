"""Folders of MEF 3 as pymef writes them: samples and gaps come back; what is refused says what to do."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.datasets import bids
from models.datasets.annotations import Labelled
from models.errors import RecordingError
from models.readers.recording import open_recording, read

LABELS = ("LA1", "LA2", "LA3")
RATE_HZ = 200.0
BEGAN_US = 1_767_323_045_000_000
"""2026-01-02T03:04:05Z."""
COUNTS = np.rint(np.random.default_rng(5).normal(scale=3000, size=(3, 1600))).astype(np.int32)
STEP_UV = 0.1
REMARKS = [
    {"type": "Note", "time": BEGAN_US + 1_000_000, "text": "spike"},
    {"type": "EDFA", "time": BEGAN_US + 7_000_000, "duration": 500_000, "text": "sharp"},
]


def written(
    path: Path,
    password: str | None = None,
    first: int = 0,
    late_us: Mapping[str, int] | None = None,
    steps_uv: Mapping[str, float] | None = None,
) -> Path:
    """Write 4 s, a gap of 2 s and 4 s more; `late_us` are channels whose second part comes later.

    `steps_uv` are channels that state another factor than STEP_UV.
    """
    session_type = pytest.importorskip("pymef.mef_session", reason="pymef is not installed (extra `mef`)").MefSession
    session = session_type(str(path), password, False, True)
    about: dict[str, Any] = {"sampling_frequency": RATE_HZ, "units_conversion_factor": STEP_UV, "start_sample": first}
    about["units_description"] = b"uV"
    offset = {"recording_time_offset": 0}
    for name, row in zip(LABELS, COUNTS, strict=True):
        again_us = BEGAN_US + 6_000_000 + (late_us or {}).get(name, 0)
        key = (name, 0, password, password)
        own = about | {"units_conversion_factor": (steps_uv or {}).get(name, STEP_UV)}
        session.write_mef_ts_segment_metadata(*key, BEGAN_US, BEGAN_US + 4_000_000, own, offset)
        session.write_mef_ts_segment_data(*key, 100, row[:800])
        session.append_mef_ts_segment_data(*key, again_us, again_us + 4_000_000, 100, row[800:], True)
    session.write_mef_records(password, password, BEGAN_US, BEGAN_US + 10_000_000, 0, REMARKS)
    return path


def test_samples_and_gaps_are_those_that_were_written(tmp_path: Path) -> None:
    """At once and in pieces, from the middle of a recording too."""
    path = written(tmp_path / "a.mefd")
    opened = open_recording(path, piece_bytes=8 * 3 * 300)
    head = opened.head
    assert (head.labels, set(head.units), head.rate_hz, opened.length) == (LABELS, {"uV"}, RATE_HZ, 2000)
    assert (head.gaps, head.start_utc) == (((800, 1200),), "2026-01-02T03:04:05+00:00")
    expected = (COUNTS * STEP_UV).astype(np.float32)
    whole = read(path).samples
    np.testing.assert_array_equal(whole[:, :800], expected[:, :800])
    np.testing.assert_array_equal(whole[:, 1200:], expected[:, 800:])
    assert np.isnan(whole[:, 800:1200]).all()
    pieces = list(opened.pieces(100))
    assert [(at, samples.shape[1]) for at, samples in pieces][:4] == [(100, 300), (400, 300), (700, 100), (1200, 300)]
    for at, samples in pieces:
        np.testing.assert_array_equal(samples, whole[:, at : at + samples.shape[1]])


def test_remarks_come_along(tmp_path: Path) -> None:
    """In seconds from the first sample."""
    notes = read(written(tmp_path / "a.mefd")).annotations
    assert [(note.onset_s, note.duration_s, note.text) for note in notes] == [(1.0, 0.0, "spike"), (7.0, 0.5, "sharp")]


def test_a_data_set_of_bids_may_have_them(tmp_path: Path) -> None:
    """With the events beside them."""
    folder = tmp_path / "sub-01" / "ieeg"
    folder.mkdir(parents=True)
    written(folder / "sub-01_task-rest_ieeg.mefd")
    (folder / "sub-01_task-rest_events.tsv").write_text(
        "onset\tduration\ttrial_type\tchannel\n1\t0\tspike\tLA1\n", encoding="utf-8"
    )
    [found] = bids.read(tmp_path)
    assert isinstance(found, Labelled)
    assert [mark.onset_s for mark in found.marks] == [1.0]


def test_without_pymef_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the folder, the extra, and what works without."""
    monkeypatch.setitem(sys.modules, "pymef", None)
    monkeypatch.setitem(sys.modules, "pymef.mef_session", None)
    (tmp_path / "a.mefd").mkdir()
    (tmp_path / "a.mefd" / "LA1.timd").mkdir()
    with pytest.raises(RecordingError) as raised:
        read(tmp_path / "a.mefd")
    remedy = 'pip install "spikewatch[mef]", or export it as EDF'
    assert str(raised.value) == f"{tmp_path}/a.mefd: is read by pymef, which is not installed; {remedy}"


def test_what_cannot_be_read_is_refused_with_a_remedy(tmp_path: Path) -> None:
    """A password, gaps of one channel alone, numbers that would end pymef, no channel, another folder."""
    refused = {
        written(tmp_path / "a.mefd", password="secret"): "is encrypted, and no password is asked for here",
        written(
            tmp_path / "b.mefd", late_us={"LA2": 1_000_000}
        ): "has not the same beginning, gaps and end in LA1 and LA2",
        written(tmp_path / "c.mefd", first=-1): "has blocks whose samples are not numbered one behind the other",
        tmp_path / "d.mefd": "holds no channel of samples; name the folder of the whole session",
        tmp_path / "e.folder": "is a folder, and of no kind that is read",
    }
    (tmp_path / "d.mefd").mkdir()
    (tmp_path / "e.folder").mkdir()
    for path, words in refused.items():
        with pytest.raises(RecordingError) as raised:
            read(path)
        assert str(raised.value).startswith(f"{path}: {words}")
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("ending", [".tmet", ".tidx", ".tdat"])
def test_a_session_that_lacks_a_file_is_refused_by_its_name(tmp_path: Path, ending: str) -> None:
    """Asked to read it, pymef ends the whole process; without pymef it is refused as well."""
    segment = tmp_path / "a.mefd" / "LA2.timd" / "LA2-000000.segd"
    segment.mkdir(parents=True)
    for other in {".tmet", ".tidx", ".tdat"} - {ending}:
        (segment / f"LA2-000000{other}").touch()
    with pytest.raises(RecordingError, match=f"a.mefd: lacks LA2-000000{ending} in LA2.timd/LA2-000000.segd; copy"):
        read(tmp_path / "a.mefd")


def test_a_channel_without_a_scale_is_left_out_by_name(tmp_path: Path) -> None:
    """It would be flat; where none has one, the recording is refused with the reason."""
    recording = read(written(tmp_path / "a.mefd", steps_uv={"LA2": 0.0}))
    reason = "its factor is 0 or no number, so that nobody knows what its numbers mean"
    assert (recording.labels, recording.left_out) == (("LA1", "LA3"), {"LA2": reason})
    with pytest.raises(RecordingError, match=rf"holds no channel that can be used \(LA1, LA2, LA3: {reason}\); copy"):
        read(written(tmp_path / "b.mefd", steps_uv=dict.fromkeys(LABELS, 0.0)))


def test_a_channel_without_a_segment_is_left_out_by_name(tmp_path: Path) -> None:
    """An empty folder, as a copy leaves it that broke off."""
    path = written(tmp_path / "a.mefd")
    (path / "LA9.timd").mkdir()
    assert read(path).left_out == {"LA9": "has no segment that can be read"}
