"""An EDF+ file of annotations, read back by edfio, by this project's own strict reader and by MNE-Python."""

from dataclasses import replace
from datetime import time
from pathlib import Path

import edfio
import pytest

from models.readers import edf_annotations
from stream.cli.exports import edf_plus
from stream.cli.exports.contract import SOFTWARE, marks
from tests.stream.cli.exports.example import event, example


def test_every_mark_is_read_back(tmp_path: Path) -> None:
    """Onset, duration and text of each, behind one that names the software; the date and time of the start."""
    [path] = edf_plus.write(example(), tmp_path)
    file = edfio.read_edf(path)
    software, *found = file.annotations
    assert software.text == SOFTWARE
    expected = [(mark.onset_s, mark.duration_s, mark.text) for mark in marks(example())]
    assert [(one.onset, one.duration, one.text) for one in found] == expected
    assert (file.startdate.isoformat(), file.starttime) == ("2026-03-01", time(22, 30))
    assert [one.text for one in edf_annotations.read(path)][1:] == [text for _, _, text in expected]


def test_a_recording_without_a_date_has_none_in_edf_either(tmp_path: Path) -> None:
    """Nothing is invented: edfio says that the date is anonymised."""
    [path] = edf_plus.write(example(began=None), tmp_path)
    with pytest.raises(edfio.AnonymizedDateError):
        _ = edfio.read_edf(path).startdate


def test_nothing_is_lost_of_many_events(tmp_path: Path) -> None:
    """Two a second for 25 minutes: another library writes one a record, and drops the rest without a word."""
    many = replace(example(), events=tuple(event(128 * (k + 1)) for k in range(3000)))
    [path] = edf_plus.write(many, tmp_path)
    assert sum(one.text.startswith("ied ") for one in edfio.read_edf(path).annotations) == 3000


def test_mne_python_reads_it(tmp_path: Path) -> None:
    """Another program's reader sees the same annotations."""
    mne = pytest.importorskip("mne", reason="MNE-Python is not installed")
    [path] = edf_plus.write(example(), tmp_path)
    assert list(mne.read_annotations(path).description)[1:] == [mark.text for mark in marks(example())]
