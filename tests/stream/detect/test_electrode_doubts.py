"""Electrodes that contradict each other on a bed: an alarm that names them, and the others are watched."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stream.logbook import samplelog
from stream.records import Samples
from tests.stream.bed_harness import BedHarness
from tests.stream.patient import patient_eeg


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BedHarness:
    """Begin a recording in a place of its own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    return BedHarness(tmp_path)


def alarms(bedside: BedHarness, samples: Samples) -> dict[str, str]:
    """Play samples and return the alarms at their end."""
    bedside.feed(samples.shape[1], samples)
    bedside.work()
    return bedside.report().alarms


def test_a_channel_that_is_sent_as_two_electrodes_is_an_alarm(bedside: BedHarness) -> None:
    """Nothing in the signal of either is bad, and a discharge is placed on both sides."""
    samples, labels = patient_eeg()
    copied = np.array(samples)
    one, other = (next(k for k, label in enumerate(labels) if label in names) for names in (("T7", "T3"), ("T8", "T4")))
    copied[other] = copied[one]
    told = alarms(bedside, copied)
    assert told == {"electrodes_doubtful": f"{labels[one]} and {labels[other]} send the same samples"}


def test_electrodes_of_the_scalp_that_are_declared_as_something_else_are_an_alarm(bedside: BedHarness) -> None:
    """The right side is not watched for a word in the description; a reference that is declared as one is no doubt."""
    labels = patient_eeg()[1]
    # F4 is left, alone, and in no group: that is no word of its sender's.
    right = [label for label in labels if label[-1] in "2468" and label[0] not in "AM" and label != "F4"]
    bedside.writer.close()
    bedside.begin_recording(
        replace(bedside.source, types=tuple("AUX" if label in right else "EEG" for label in labels))
    )
    told = alarms(bedside, patient_eeg()[0])
    remedy = 'set bed.acquire.channel_type to "EEG" if they are EEG, else give them other names'
    assert set(told) == {"electrodes_doubtful"}
    assert told["electrodes_doubtful"].startswith("electrodes by their labels, and left out: ")
    assert told["electrodes_doubtful"].endswith(f": of type AUX, not EEG; {remedy}")
    assert "F4" not in told["electrodes_doubtful"]
    assert all(label in told["electrodes_doubtful"] for label in right)


def test_volts_that_are_microvolts_are_an_implausible_amplitude(bedside: BedHarness) -> None:
    """Every step is taken for an electrode that pops, and not one for what it is."""
    bedside.writer.close()
    bedside.begin_recording(replace(bedside.source, units=("V",) * len(bedside.source.labels)))
    assert set(alarms(bedside, patient_eeg()[0])) == {"implausible_amplitude"}


def test_a_sound_patient_raises_none(bedside: BedHarness) -> None:
    """All electrodes are declared and sent as what they are."""
    assert alarms(bedside, patient_eeg()[0]) == {}
