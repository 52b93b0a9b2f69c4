"""One bed from the sample log to the journal: every sample one fate, every finding once, whoever dies when."""

import json
from functools import cache
from pathlib import Path

import pytest

from models.detection import recurrence
from stream.config.publish_keys import Publish
from stream.detect import bed as bed_module
from stream.detect.markers import Markers
from stream.logbook import samplelog
from stream.records import Chunk, Gap
from stream.schema.outgoing import message_id
from tests.stream.bed_harness import BedHarness
from tests.stream.patient import binding_of, chunk_of, config_in, patient_eeg, run_stages, source_of

# At the stream's 256 Hz; the recording's 20 s are the 5120 samples below.
HALF_S = 128


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BedHarness:
    """Begin a recording in a place of its own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    return BedHarness(tmp_path)


@cache
def expected_ids(gaps: tuple[Gap, ...] = ()) -> list[str]:
    """Return the ids of the events that the stages find in the whole recording, with gaps in it."""
    samples, labels = patient_eeg()
    binding = binding_of(config_in(Path()), source_of(labels))
    edges = [0, *(edge for gap in gaps for edge in (gap.first, gap.end)), samples.shape[1]]
    records: list[Chunk | Gap] = [chunk_of(samples, edges[0], edges[1])]
    for gap, end in zip(gaps, edges[3::2], strict=True):
        records += [gap, chunk_of(samples, gap.end, end)]
    found = [one for outcome in run_stages(binding, binding.pipeline(), records) for one in outcome.detections]
    sha256 = binding.detector.manifest.sha256
    return [message_id("test", "bed-1", 1, "ied", sha256, one.sample) for one in found]


def test_everything_is_journalled_once(bedside: BedHarness) -> None:
    """Live events are those of the stages over the whole recording; all samples are accounted for."""
    while bedside.writer.head < 5120:
        bedside.feed(HALF_S)
        bedside.work()
    assert bedside.ids() == expected_ids()
    # Else two empty lists would be equal above.
    assert len(bedside.ids()) > 2
    bedside.assert_accounted(5120)
    bedside.assert_numbered()


def test_what_a_lower_threshold_would_have_called_is_journalled_and_is_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a threshold that almost nothing reaches, over a restart too: what the model's own threshold calls."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    config = config_in(tmp_path)
    merge = config.bed[0].merge.model_copy(update={"threshold": 0.9999})
    strict = config.model_copy(update={"bed": [config.bed[0].model_copy(update={"merge": merge})]})
    bedside = BedHarness(tmp_path, strict)
    bedside.feed(2560)
    bedside.work()
    bedside.kill_detector()
    bedside.feed(2560)
    bedside.work()
    bedside.report()
    kept = {row[0] for row in bedside.query("SELECT id FROM withheld")}
    assert bedside.ids() == []
    # Where nothing is called, no event makes another one likelier.
    monkeypatch.setattr(recurrence, "RECENT_S", 0.0)
    alone = expected_ids.__wrapped__()
    # What is seen in the last second and a half may still be called.
    assert set(alone[:-2]) <= kept
    assert len(alone) > 2


def test_markers_have_the_ids_of_the_journals_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event of the recording is one marker at its peak."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    sent: list[str] = []
    # Without an age limit that this test's time line, which has no clock, could break.
    rules = Publish(marker_max_age_ms=60_000.0)
    markers = Markers(rules, lambda text, _: sent.append(json.loads(text).get("id", "stage")), lambda: 0.0)
    monkeypatch.setattr(bed_module, "open_markers", lambda *_: markers)
    bedside = BedHarness(tmp_path)
    bedside.feed(5120)
    bedside.work()
    assert [one for one in sent if one != "stage"] == bedside.ids() == expected_ids()


# 100 is no multiple of a hop's 32 samples: the gap ends in the middle of a hop.
@pytest.mark.parametrize("length", [1, 5, 50, 100, 2500])
def test_s5_a_gap_is_missing_and_the_rest_is_found(bedside: BedHarness, length: int) -> None:
    """With the sender's reason, and nothing joined across it, be it a single sample."""
    lost = Gap(1280, length, "missing", "lost", 0.0)
    bedside.feed(lost.first)
    bedside.work()
    bedside.writer.gap(lost.length, lost.reason, bedside.epoch_s)
    # More than is left: feeding stops with the recording.
    bedside.feed(5120)
    bedside.work()
    assert bedside.report().samples["missing"] == length
    assert (1280, 1280 + length, "missing", "lost") in bedside.coverage()
    # Filters and windows begin anew: the window whose last sample comes 1.5 s after the gap is the first one.
    assert (1280 + length, "rejected") in [(first, fate) for first, _, fate, _ in bedside.coverage()]
    assert bedside.ids() == expected_ids((lost,))
    bedside.assert_accounted(5120)


@pytest.mark.parametrize(("every", "merge"), [(3, True), (1, False)], ids=["after a round", "within a round"])
def test_a_killed_detector_is_carried_on(bedside: BedHarness, every: int, merge: bool) -> None:
    """However often it dies, before or after it journalled what it found: no event lost, none doubled."""
    rounds = 0
    while bedside.writer.head < 5120:
        bedside.feed(4 * HALF_S)
        bedside.work()
        rounds += 1
        if rounds % every == 0:
            # More than a hop of 32: the round before the kill has something due.
            bedside.feed(40)
            # Unmerged, the hop was scored and nothing of it journalled: killed within the round.
            bedside.round(merge=merge)
            bedside.kill_detector()
    bedside.work()
    assert bedside.ids() == expected_ids()
    bedside.assert_accounted(5120)
    bedside.assert_numbered()


def test_samples_that_came_last_are_read_before_the_new_recording(bedside: BedHarness) -> None:
    """A detector that was busy finishes the old ring, which it still holds."""
    bedside.feed(1000)
    # One hop only: most of the old ring is unread when the new one takes its place.
    bedside.round()
    bedside.feed(5120)
    bedside.writer.close()
    bedside.begin_recording(bedside.source)
    bedside.feed(100)
    bedside.work()
    assert bedside.ids() == expected_ids()
    assert sum(bedside.journal.accounting("bed-1", 1).values()) == 5120


def test_i6_overwritten_samples_are_shed_and_an_alarm(bedside: BedHarness) -> None:
    """A ring of four seconds and a detector that sleeps for twenty: what is left is analysed."""
    bedside.writer.close()
    bedside.begin_recording(bedside.source, capacity_s=4.0)
    # A second that is analysed in time: it is not among the shed.
    bedside.feed(256)
    bedside.work()
    while bedside.writer.head < 5120:
        bedside.feed(HALF_S)
    bedside.work()
    report = bedside.report()
    assert "shed" in report.alarms
    # What the ring holds, four seconds, is not lost.
    assert 5120 - 256 - 1024 <= report.samples["shed"] < 5120 - 256
    bedside.assert_accounted(5120)


def test_events_have_their_latency_to_the_end(bedside: BedHarness) -> None:
    """Stages, journal and total, in the message that a subscriber gets."""
    bedside.feed(5120)
    bedside.work()
    newest = bedside.journal.newest("bed-1", "ied", 100)
    assert newest
    for event in newest:
        latency = event["latency_ms"]
        assert set(latency) == {"acquire", "condition", "frame", "infer", "merge", "journal", "total"}
        # Both end with the commit; `total` began with the arrival and so holds the other.
        assert latency["total"] > latency["journal"] > 0
    report = bedside.report()
    assert report.detections["ied"] == len(newest)


def test_the_warm_up_is_not_counted_again(bedside: BedHarness) -> None:
    """What a restart does over for its state is neither a window nor a latency of the live system."""
    bedside.feed(4096)
    bedside.work()
    # Ends the interval: the next report has only what the restarted detector counts.
    bedside.report()
    bedside.kill_detector()
    bedside.feed(1024)
    bedside.work()
    report = bedside.report()
    # Of the 90 s that are conditioned again and the 4 s that are scored again, none counts.
    hops = 1024 // 32
    assert len(report.latency_s["merge"]) == hops
    # A window of each of the five groups at every hop.
    assert sum(report.windows.values()) == 5 * hops
