"""A BIDS data set gives its events and good channels, and says of each recording it cannot use why not."""

from pathlib import Path

import pytest

from models.datasets import bids
from models.datasets.annotations import Labelled, Mark, Skipped, StageSpan
from models.errors import DataError
from tests.models.datasets.edfplus import edf_plus

NAME = "sub-01_ses-a_task-rest"
EVENTS = "onset\tduration\ttrial_type\tchannel\n1.5\t0\tSpike\tF7-T3\n4\tn/a\tIED\tn/a\n0\t10\tSleep stage 2\tn/a\n"
CHANNELS = (
    "name\ttype\tunits\tstatus\nEEG Fp1-REF\tEEG\tuV\tgood\nEEG F7-REF\tEEG\tuV\tbad\nEEG T3-REF\tEOG\tuV\tgood\n"
)


def dataset(
    folder: Path,
    name: str = NAME,
    modality: str = "eeg",
    events: str = EVENTS,
    channels: str = "",
    suffix: str = ".edf",
) -> Path:
    """Write one recording with what lies beside it, and return its folder."""
    where = folder / name.partition("_")[0] / "ses-a" / modality
    where.mkdir(parents=True, exist_ok=True)
    (where / f"{name}_{modality}{suffix}").write_bytes(edf_plus([], bdf=suffix == ".bdf"))
    if events:
        (where / f"{name}_events.tsv").write_text(events)
    if channels:
        (where / f"{name}_channels.tsv").write_text(channels)
    return where


def only(folder: Path) -> Labelled | Skipped:
    """Read a data set of one recording."""
    (found,) = bids.read(folder)
    return found


def reason(folder: Path) -> str:
    """Say why the one recording cannot be used."""
    found = only(folder)
    assert isinstance(found, Skipped), found
    return found.reason


@pytest.mark.parametrize(("modality", "suffix"), [("eeg", ".edf"), ("ieeg", ".bdf")])
def test_events_are_marks_and_stages(tmp_path: Path, modality: str, suffix: str) -> None:
    """Of EEG and iEEG; the subject is the folder's."""
    dataset(tmp_path, modality=modality, suffix=suffix)
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    assert found.marks == (Mark(1.5, 0.0, "ied", "F7-T3"), Mark(4.0, 0.0, "ied"))
    assert found.stages == (StageSpan(0.0, 10.0, "N2"),)
    assert (found.subject, found.name, found.complete) == ("sub-01", NAME, True)
    assert len(found.recording.labels) == 5
    assert bids.is_bids(tmp_path)


def test_bad_channels_are_dropped_and_types_are_the_tables(tmp_path: Path) -> None:
    """A channel that the table does not name stays as the file has it."""
    dataset(tmp_path, channels=CHANNELS)
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    assert found.recording.labels == ("EEG Fp1-REF", "EEG T3-REF", "EEG T5-REF", "EEG O1-REF")
    assert found.recording.types == ("EEG", "EOG", "EEG", "EEG")
    assert found.recording.left_out == {"EEG F7-REF": f"{NAME}_channels.tsv calls it bad"}
    assert found.recording.units == ("uV",) * 4
    # Up from eeg, ses-a and sub-01: the root of the data set.
    (whole,) = bids.read(dataset(tmp_path / "other").parents[2])
    assert isinstance(whole, Labelled)
    # Row 1 is F7, which the table calls bad.
    assert (found.recording.samples == whole.recording.samples[[0, 2, 3, 4]]).all()


@pytest.mark.parametrize(
    ("events", "channels", "message"),
    [
        ("", "", f"has no {NAME}_events.tsv"),
        ("onset\tduration\n1\t0\n", "", "has no column trial_type"),
        ("onset\tduration\ttrial_type\n1\t0\n", "", "line 2 has 2 fields for 3 columns"),
        ("onset\tduration\ttrial_type\nn/a\t0\tspike\n", "", '"n/a" is no number of seconds'),
        ("onset\tduration\ttrial_type\n99\t0\tspike\n", "", "a discharge is marked at 99 s of 20 s"),
        (EVENTS, "name\ttype\nFp1\tEEG\n", "names none of its channels"),
        (EVENTS, "name\tstatus\nFp1\tgood\n", "has no column type"),
        (EVENTS, CHANNELS.replace("good", "bad") + "EEG T5-REF\tEEG\tuV\tbad\nEEG O1-REF\tEEG\tuV\tbad\n",
         "calls all of its channels bad"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_used_are_named(tmp_path: Path, events: str, channels: str, message: str) -> None:
    """The recording is skipped with the table and what is wrong."""
    dataset(tmp_path, events=events, channels=channels)
    assert message in reason(tmp_path)


def test_events_of_something_else_do_not_say_that_anybody_looked_for_discharges(tmp_path: Path) -> None:
    """A task's events are no reading; no events at all, or stages alone, are."""
    header = "onset\tduration\ttrial_type\n"
    dataset(tmp_path / "task", events=header + "1\t0\tface\n2\t0\thouse\n3\t0\tface\n")
    assert 'none of its events is a discharge ("face", "house")' in reason(tmp_path / "task")
    for events in (header, header + "0\t20\tSleep stage W\n"):
        where = dataset(tmp_path / str(len(events)), events=events).parents[2]
        found = only(where)
        assert isinstance(found, Labelled)
        assert found.marks == ()


def test_what_is_not_read_is_said_and_what_is_no_recording_is_not(tmp_path: Path) -> None:
    """BrainVision is named; derivatives, other modalities and files beside are passed over."""
    where = dataset(tmp_path)
    (where / "sub-01_ses-a_task-x_eeg.nwb").write_text("")
    (where / "sub-01_ses-a_task-x_eeg.json").write_text("")
    (tmp_path / "sub-01" / "beh").mkdir()
    (tmp_path / "sub-01" / "beh" / "sub-01_beh.edf").write_bytes(b"")
    dataset(tmp_path / "derivatives", "sub-02_task-rest")
    found = list(bids.read(tmp_path))
    assert [type(one) for one in found] == [Labelled, Skipped]
    assert isinstance(found[1], Skipped)
    assert found[1].reason == ".nwb is not read; convert it to .edf"


def test_a_folder_that_is_no_data_set_is_refused(tmp_path: Path) -> None:
    """Its root is what must be named."""
    (tmp_path / "a.edf").write_bytes(edf_plus([]))
    assert not bids.is_bids(tmp_path)
    with pytest.raises(DataError, match="name the root of the BIDS data set"):
        list(bids.read(tmp_path))


def test_tables_cut_off_are_skipped_or_read_to_a_whole_line(tmp_path: Path) -> None:
    """Wherever events end, every mark that is read is one of the whole table's, with a text that may be cut."""
    where = dataset(tmp_path)
    whole = {(mark.onset_s, mark.duration_s) for mark in (Mark(1.5, 0, ""), Mark(4, 0, ""))}
    read = set[tuple[float, float]]()
    for size in range(len(EVENTS)):
        (where / f"{NAME}_events.tsv").write_text(EVENTS[:size])
        found = only(tmp_path)
        if isinstance(found, Labelled):
            read |= {(mark.onset_s, mark.duration_s) for mark in found.marks}
    assert read == whole
