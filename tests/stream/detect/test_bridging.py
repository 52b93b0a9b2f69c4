"""An electrode that comes off while a bed is watched: its chains are bridged, as in a file, and everybody is told."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models.detection.recurrence import Recurrence
from models.readers.contract import Recording, in_memory
from stream.account import Account
from stream.detect.bridging import LOST
from stream.logbook import samplelog
from stream.records import Detection, Samples
from stream.schema.outgoing import message_id
from stream.schema.reports import ReadyReport
from stream.score import outcomes
from tests.stream.bed_harness import BedHarness
from tests.stream.patient import RATE_HZ, binding_of, config_in, patient_eeg, source_of

SECONDS = 160
LEFT = "left-temporal"


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BedHarness:
    """Begin a recording in a place of its own, whose ring holds all of it."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    bedside = BedHarness(tmp_path)
    bedside.writer.close()
    bedside.begin_recording(bedside.source, capacity_s=600.0)
    return bedside


def channel(*names: str) -> int:
    """Return which channel is an electrode of one of these names."""
    return next(k for k, label in enumerate(patient_eeg()[1]) if label in names)


@cache
def off_between(first_s: float, end_s: float, seconds: int = SECONDS) -> Samples:
    """Return a recording in which T7 is off for a while."""
    samples = np.array(patient_eeg(float(seconds))[0])
    samples[channel("T7", "T3"), round(first_s * RATE_HZ) : round(end_s * RATE_HZ)] = -3276.8
    samples.setflags(write=False)
    return samples


@cache
def scored(first_s: float, end_s: float, seconds: int = SECONDS) -> tuple[tuple[Detection, ...], Account]:
    """Return what is found in the same recording as a file."""
    samples, labels = off_between(first_s, end_s, seconds), patient_eeg()[1]
    recording = Recording(samples, RATE_HZ, labels, ("uV",) * len(labels), ("EEG",) * len(labels))
    binding, account = binding_of(config_in(Path()), source_of(labels)), Account()
    found = [one for outcome in outcomes(binding, in_memory(recording), 100, account) for one in outcome.detections]
    return tuple(found), account


def ids(found: tuple[Detection, ...]) -> list[str]:
    """Return the ids that the journal has for them."""
    sha256 = binding_of(config_in(Path()), source_of(patient_eeg()[1])).detector.manifest.sha256
    return [message_id("test", "bed-1", 1, "ied", sha256, one.sample) for one in found]


def play(bedside: BedHarness, samples: Samples, piece: int = 700) -> None:
    """Have a recording come and be worked off."""
    while bedside.writer.head < samples.shape[1]:
        bedside.feed(piece, samples)
        bedside.work()


def test_s2_a_chain_is_bridged_and_used_whole_again(bedside: BedHarness) -> None:
    """Off from 12 to 25 s: it is not looked at until 20 s, and then across the electrode for 2 min."""
    play(bedside, off_between(12, 25))
    found, account = scored(12, 25)
    assert bedside.ids() == ids(found)
    on_the_left = [(one.sample / RATE_HZ, one.channels) for one in found if one.group == LEFT]
    assert [at_s for at_s, channels in on_the_left if "F7-P7" in channels and at_s < 135]
    assert not [at_s for at_s, channels in on_the_left if 13 < at_s < 18 or (at_s > 138 and "F7-P7" in channels)]
    whole, bridged, again = [one for one in bedside.reports if isinstance(one, ReadyReport)]
    assert whole == again
    assert bridged.groups[LEFT] == ["Fp1-F7", "F7-P7", "P7-O1", "", "Fp1-O1"]
    # From the edge at which it is known to the first one before which no row of four bad slots lies within 2 min.
    assert account.summary()["bridged_s"]["T7"] == pytest.approx(15 + 49 * 2.5 - 20, abs=0.3)
    bedside.assert_accounted(SECONDS * 256)
    bedside.assert_numbered()


def test_a_loose_contact_is_bridged_as_well(bedside: BedHarness) -> None:
    """It is at the rail for a tenth of a second in every two: without a bridge its chain would never be looked at."""
    samples = np.array(patient_eeg(40.0)[0])
    for first in range(0, samples.shape[1], 512):
        samples[channel("T7", "T3"), first : first + 26] = 3276.7
    bedside.feed(9 * 256, samples)
    bedside.work()
    assert bedside.report().groups == {LEFT: "signal"}
    play(bedside, samples)
    assert bedside.report().groups == {}
    assert set(bedside.report().alarms) == {"electrodes_lost"}


def test_everybody_is_told(bedside: BedHarness) -> None:
    """Alarm, quality and info name the electrode while it is bridged; before that, the group is refused."""
    samples = off_between(0, 60, 60)
    bedside.feed(9 * 256, samples)
    bedside.work()
    before = bedside.report()
    assert (before.groups, before.channels, before.alarms) == ({LEFT: "signal"}, {"T7": "signal"}, {})
    bedside.feed(9 * 256, samples)
    bedside.work()
    report = bedside.report()
    assert (report.groups, report.channels) == ({}, {"T7": "signal"})
    assert report.alarms == {"electrodes_lost": f"T7: {LOST}; chains are bridged meanwhile"}
    whole, bridged = [one for one in bedside.reports if isinstance(one, ReadyReport)]
    assert whole.groups.keys() == bridged.groups.keys()
    assert set(whole.channels) - set(bridged.channels) == {patient_eeg()[1][channel("T7", "T3")]}
    assert bridged.left_out[patient_eeg()[1][channel("T7", "T3")]] == LOST


def test_from_then_on_all_is_found_that_a_file_shows_of_an_electrode_that_is_dead_throughout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a file the bridge is there from the first sample; live it is known 10 s later, and what follows is equal."""
    # The events of the first 10 s are not equal, and later ones would stand on what was recent.
    monkeypatch.setattr(Recurrence, "similar", lambda *_: 0)
    labels = patient_eeg()[1]
    binding = binding_of(config_in(Path()), source_of(labels))
    dead = replace(binding, dead={channel("T7", "T3"): "flat or at a rail throughout"})
    recording = Recording(off_between(0, 60, 60), RATE_HZ, labels, ("uV",) * len(labels), ("EEG",) * len(labels))
    found = [one for outcome in outcomes(dead, in_memory(recording), 100) for one in outcome.detections]
    assert LEFT in {one.group for one in found if one.sample > 10 * RATE_HZ}
    late = [
        [one.sample for one in all_ if one.decided > 10 * RATE_HZ] for all_ in (found, scored.__wrapped__(0, 60, 60)[0])
    ]
    assert late[0] == late[1]


@pytest.mark.parametrize("piece", [97, 2000])
def test_a_killed_detector_bridges_where_it_would_have(bedside: BedHarness, piece: int) -> None:
    """Killed every few seconds, before and behind the places where the chain changes."""
    samples, kills = off_between(3, 60, 60), 0
    while bedside.writer.head < samples.shape[1]:
        bedside.feed(piece, samples)
        bedside.work()
        if bedside.writer.head // 1100 > kills:
            kills += 1
            bedside.kill_detector()
    bedside.work()
    assert kills > 6
    assert bedside.ids() == ids(scored(3, 60, 60)[0])
    assert LEFT in {one.group for one in scored(3, 60, 60)[0] if one.sample > 18 * RATE_HZ}
    bedside.assert_accounted(samples.shape[1])


def test_s2_a_group_never_vanishes(bedside: BedHarness) -> None:
    """Of a chain with too few electrodes nothing is bridged that it needs: it is refused, and said to be."""
    samples = np.array(patient_eeg(40.0)[0])
    for names in (("F7",), ("T7", "T3"), ("P7", "T5")):
        samples[channel(*names)] = np.nan
    play(bedside, samples)
    report = bedside.report()
    assert report.groups == {LEFT: "signal"}
    [*_, ready] = [one for one in bedside.reports if isinstance(one, ReadyReport)]
    assert len(ready.groups) == 5


def test_what_a_group_that_stays_lost_shares_with_another_is_bridged_for_that_one(bedside: BedHarness) -> None:
    """O1 and three more of the left temple are off: the left parasagittal chain needs O1 alone."""
    samples = np.array(patient_eeg(40.0)[0])
    for names in (("F7",), ("T7", "T3"), ("P7", "T5"), ("O1",)):
        samples[channel(*names)] = np.nan
    play(bedside, samples)
    report = bedside.report()
    assert report.groups == {LEFT: "signal"}
    assert report.alarms["electrodes_lost"].startswith("O1: ")


def test_the_alarm_ends_10_s_after_the_electrode_is_back(bedside: BedHarness) -> None:
    """The nurse is done; the chain is bridged for two minutes more, as `info` says."""
    samples = off_between(0, 20, 60)
    bedside.feed(28 * 256, samples)
    bedside.work()
    assert set(bedside.report().alarms) == {"electrodes_lost"}
    bedside.feed(4 * 256, samples)
    bedside.work()
    report = bedside.report()
    assert (report.alarms, report.channels) == ({}, {})
    play(bedside, samples)
    assert len([one for one in bedside.reports if isinstance(one, ReadyReport)]) == 2


def test_all_electrodes_flat_bridge_nothing(bedside: BedHarness) -> None:
    """A cable that is out is told as such, and what comes behind it is looked at at once."""
    samples = np.array(patient_eeg(60.0)[0])
    samples[:, 10 * 256 : 40 * 256] = 0.0
    play(bedside, samples)
    assert len([one for one in bedside.reports if isinstance(one, ReadyReport)]) == 1
    assert bedside.report().alarms == {}
