"""What an event says of its circumstances: found late, or in the stream of another sender than before."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.detect import second_look
from stream.detect.ladder import STEPS, TOP
from stream.logbook import samplelog
from stream.records import SOURCE_CHANGED
from tests.stream.bed_harness import BedHarness
from tests.stream.patient import RATE_HZ, config_in, patient_eeg

# Of the events at 912, 1432, 2392 and 2874 one lies before it, and the two last far enough behind it.
CUT, REST = 1280, 3840


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BedHarness:
    """Begin a recording in a place of its own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    return BedHarness(tmp_path)


def flags(bedside: BedHarness) -> list[tuple[int, list[str]]]:
    """Return each event's sample and flags."""
    payloads = [json.loads(row[0]) for row in bedside.query("SELECT payload FROM messages WHERE kind = 'ied'")]
    return [(payload["sample"], payload["flags"]) for payload in payloads]


def change_source(bedside: BedHarness) -> None:
    """Play the recording up to the cut, and let another sender take over."""
    bedside.feed(CUT)
    bedside.work()
    bedside.report()
    bedside.writer.gap(20, SOURCE_CHANGED, bedside.epoch_s)


@pytest.mark.fault
@pytest.mark.parametrize("between", [BedHarness.work, BedHarness.kill_detector, lambda _: None])
def test_l8_events_of_another_sender_carry_a_flag(bedside: BedHarness, between: Callable[[BedHarness], None]) -> None:
    """All behind the gap and none before it, and an alarm says why."""
    change_source(bedside)
    between(bedside)
    bedside.feed(REST)
    bedside.work()
    assert "source_changed" in bedside.report().alarms
    found = flags(bedside)
    assert [words for sample, words in found if sample < CUT] == [[]] * sum(sample < CUT for sample, _ in found)
    behind = [words for sample, words in found if sample > CUT]
    # Else nothing would be shown.
    assert len(found) > len(behind) > 0
    assert behind == [["source_changed"]] * len(behind)
    bedside.assert_accounted(bedside.writer.head)


@pytest.mark.fault
def test_l8_events_of_another_sender_that_are_found_late_carry_it_too(
    bedside: BedHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that a second look finds behind the gap; those before it, which it sees again, stay without."""
    monkeypatch.setattr(second_look, "ASK_EVERY_S", 0.0)
    bedside.step = STEPS[TOP]
    change_source(bedside)
    bedside.feed(REST)
    bedside.work()
    bedside.report()
    live = flags(bedside)
    bedside.step = STEPS[0]
    while bedside.bed.look_again():
        pass
    late = [one for one in flags(bedside) if one not in live]
    assert late
    assert [(sample > CUT, SOURCE_CHANGED in words) for sample, words in late] == [(True, True)] * len(late)


@pytest.mark.fault
def test_l8_a_detector_that_is_started_again_knows_it_from_the_journal(bedside: BedHarness) -> None:
    """The gap is behind its cursor; a recording that begins anew is accepted."""
    change_source(bedside)
    bedside.feed(320)
    bedside.work()
    bedside.report()
    bedside.kill_detector()
    bedside.feed(REST)
    bedside.work()
    assert "source_changed" in bedside.report().alarms
    assert {tuple(words) for sample, words in flags(bedside) if sample > CUT} == {("source_changed",)}
    bedside.assert_accounted(bedside.writer.head)
    bedside.writer.close()
    bedside.begin_recording(bedside.source)
    bedside.feed(CUT)
    bedside.work()
    assert bedside.report().alarms == {}


@pytest.mark.fault
def test_l4_events_of_a_backlog_are_in_order_and_late(bedside: BedHarness) -> None:
    """What a sender had held back for a minute, and then what comes as it happens."""
    # The harness's samples arrive at its beginning; these were taken a minute before, as their stamps say.
    whole, _ = patient_eeg()
    bedside.writer.append(whole[:, :CUT], bedside.epoch_s, bedside.epoch_s - 60.0)
    bedside.work()
    bedside.writer.append(whole[:, CUT:], bedside.epoch_s, bedside.epoch_s + CUT / RATE_HZ)
    bedside.work()
    found = flags(bedside)
    assert [sample for sample, _ in found] == sorted(sample for sample, _ in found)
    # An event near the seam may be settled by the next piece.
    early, later = (
        [words for sample, words in found if low < sample < high] for low, high in ((0, 1100), (1500, 9999))
    )
    assert early == [["late"]] * len(early) != []
    assert later == [[]] * len(later) != []
    bedside.assert_accounted(bedside.writer.head)


@pytest.mark.parametrize("between", [BedHarness.work, BedHarness.kill_detector])
def test_events_beyond_the_cap_are_flagged_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: Callable[[BedHarness], None]
) -> None:
    """Also by a detector that is started again after the second one; all carry the contract."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    config = config_in(tmp_path)
    merge = config.bed[0].merge.model_copy(update={"most_per_h": 2})
    capped = config.model_copy(update={"bed": [config.bed[0].model_copy(update={"merge": merge})]})
    bedside = BedHarness(tmp_path, capped)
    bedside.feed(2000)
    bedside.work()
    between(bedside)
    bedside.feed(REST)
    bedside.work()
    beyond = ["over_cap" in words for _, words in flags(bedside)]
    assert beyond == [False, False] + [True] * (len(beyond) - 2)
    assert len(beyond) > 2
    [contract] = bedside.query("SELECT DISTINCT json_extract(payload, '$.contract') FROM messages WHERE kind = 'ied'")
    assert contract == (merge.contract("", 0.5),)
