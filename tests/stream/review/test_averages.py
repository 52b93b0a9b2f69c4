"""Averages from the journal's sums: the derivations have their names, or there is no average."""

from pathlib import Path
from typing import Any

import numpy as np

from models.detection.clusters import Clusters
from models.detection.shape import BEFORE_S, shape
from stream.config.keys import Bed, Condition
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import JournalReader
from stream.review.averages import Average, averages
from tests.stream.logbook.journals import START
from tests.stream.review.three_foci import NAMES, RATE_HZ, SOURCE, derivations

BED = Bed(id="bed-1")


def events(journal: JournalReader) -> list[dict[str, Any]]:
    """Return all events of the night."""
    return list(journal.events("bed-1", START))


def test_each_focus_has_its_average_with_its_derivations(night: JournalReader) -> None:
    """Three foci, every event counted once; the largest deflection is a derivation of the focus's electrode."""
    found = averages(night, BED, events(night))
    assert sum(one.count for one in found.values()) == len(events(night))
    largest = {name: one.names[int(np.abs(one.field_uv).argmax())] for name, one in found.items()}
    assert [electrode in largest[f"1-{number}"] for number, electrode in enumerate(("F7", "Fp2", "P4"), 1)] == [
        True
    ] * 3
    assert {one.names for one in found.values()} == {NAMES}
    assert found["1-1"].rate_hz == RATE_HZ


def test_derivations_that_the_events_contradict_are_not_named(night: JournalReader) -> None:
    """The montage was changed since: an average under wrong names would be a lie about a place."""
    other = Bed(id="bed-1", condition=Condition(montage={"one": ["Fp1-F7", "F7-T7", "T7-P7", "P7-O1", "Fp2-F8"]}))
    assert averages(night, other, events(night)) == {}
    renamed = [event | {"lead_channel": "Pz-Oz"} for event in events(night)]
    assert averages(night, BED, renamed) == {}
    assert averages(night, BED, [event | {"cluster": ""} for event in events(night)]) == {}


def test_moments_that_few_events_reached_have_no_average(tmp_path: Path) -> None:
    """Two of three events end 100 ms after the peak: what only the third has is not drawn as an average of three."""
    clusters, random = Clusters(), np.random.default_rng(1)
    for known_s in (0.1, 0.1, 0.3):
        peak = RATE_HZ
        samples = derivations("F7", random)[:, : peak + round(known_s * RATE_HZ)]
        clusters.push(shape(samples, int(np.abs(samples[:, peak]).argmax()), peak, RATE_HZ))
    journal = Journal(tmp_path / "events.db")
    recording = journal.open_recording("bed-1", "uid-1", SOURCE, START, 0.0, START.timestamp())
    journal.commit("bed-1", recording, 0, clusters=clusters.take_changed())
    leads = [{"cluster": "1-1", "lead_channel": name} for name in NAMES]
    [average] = averages(journal, BED, leads).values()
    journal.close()
    ends = average.peak + round(0.1 * RATE_HZ)
    assert average.count == 3
    assert np.isfinite(average.mean[:, :ends]).all()
    assert np.isnan(average.mean[:, ends:]).all()


def test_the_order_is_that_of_the_peaks_and_small_derivations_have_no_place() -> None:
    """One 8 ms after the other; the third is too small to say when it peaks."""
    mean = np.zeros((3, 125))
    peak = round(BEFORE_S * 250)
    mean[0, peak + 2], mean[1, peak], mean[2, peak - 5] = 80.0, -100.0, 40.0
    average = Average(("A-B", "B-C", "C-D"), mean, np.zeros((3, 125)), 250.0, 7)
    assert average.order() == [("B-C", 0.0), ("A-B", 8.0)]
    assert average.field_uv.tolist() == [0.0, -100.0, 0.0]
