"""Markers: which findings leave, at which time; and over real LSL."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pylsl
import pytest
from pydantic import ValidationError

from models.zoo import store
from stream.config.keys import Acquire, Bed, Config
from stream.config.merge_keys import Merge
from stream.config.publish_keys import Publish
from stream.detect.markers import Markers, open_markers
from stream.detect.models import Detector
from stream.infer import InferNothing
from stream.pipeline import Outcome
from stream.records import Detection, Glimpse
from tests.stream.hand_clock import HandClock

FOUND = Detection(
    bed="bed-1", sample=2560, lsl_s=10.0, decided=2600, onset_s=-0.05, duration_s=0.1, group="left",
    peak_channel="F7-T3", channels=("F7-T3",), probability=0.91234, threshold=0.5, amplitude_uv=90.0,
    polarity="negative",
)  # fmt: skip


def sent(rules: Publish, *peaks_s: float, now_s: float, sham: float = 0.9) -> list[tuple[dict[str, object], float]]:
    """Return the markers of peaks that are all found at the same time."""
    out: list[tuple[dict[str, object], float]] = []
    markers = Markers(rules, lambda text, at_s: out.append((json.loads(text), at_s)), HandClock(now_s), lambda: sham)
    found = tuple(replace(FOUND, lsl_s=peak_s) for peak_s in peaks_s)
    markers.send(Outcome(2600, (), detections=found), now_s, [f"id-{one.sample}" for one in found])
    return out


def test_a_marker_has_the_time_of_the_peak_and_says_how_old_it_is() -> None:
    """And the id of the event."""
    assert sent(Publish(), 10.0, now_s=10.18) == [
        (
            {"kind": "ied", "id": "id-2560", "group": "left", "peak_channel": "F7-T3", "probability": 0.9123,
             "sample_age_ms": 180.0, "newest_age_ms": 0.0},
            10.0,
        )
    ]  # fmt: skip


def test_nothing_is_sent_for_what_is_too_old() -> None:
    """At the limit it still is."""
    peaks = [at_s for _, at_s in sent(Publish(marker_max_age_ms=500.0), 10.0, 10.25, 10.5, now_s=10.75)]
    assert peaks == [10.25, 10.5]


def test_nothing_is_sent_for_what_is_too_improbable() -> None:
    """The event has 0.91234; at the limit it is sent."""
    assert len(sent(Publish(marker_least=0.91234), 10.0, now_s=10.1)) == 1
    assert sent(Publish(marker_least=0.92), 10.0, now_s=10.1) == []


def test_a_lockout_counts_from_the_last_marker_that_was_sent() -> None:
    """Not from one that was left out, else a series would send one marker alone."""
    peaks = [at_s for _, at_s in sent(Publish(marker_lockout_ms=500.0), 10.0, 10.25, 10.5, 10.75, now_s=10.8)]
    assert peaks == [10.0, 10.5]


def test_a_share_of_markers_is_sham() -> None:
    """By a draw for each."""
    kinds = [sent(Publish(marker_sham=0.5), 10.0, now_s=10.1, sham=draw)[0][0]["kind"] for draw in (0.49, 0.5)]
    assert kinds == ["sham", "ied"]


def test_a_share_of_markers_is_delayed_by_a_drawn_time() -> None:
    """And says so: its ages are those of the moment at which it leaves, its time is the peak's as ever."""
    clock, draws = HandClock(10.1), iter((0.29, 0.3, 0.61, 0.79, 0.8))
    out: list[tuple[dict[str, Any], float]] = []
    waiting: list[tuple[float, Callable[[], None]]] = []
    rules = Publish(marker_sham=0.3, marker_delayed=0.5, marker_delay_ms=(1000.0, 3000.0))
    markers = Markers(
        rules,
        lambda text, at_s: out.append((json.loads(text), at_s)),
        clock,
        lambda: next(draws),
        lambda delay_s, send: waiting.append((delay_s, send)),
    )
    found = tuple(replace(FOUND, lsl_s=peak_s) for peak_s in (10.0, 10.01, 10.02, 10.03))
    markers.send(Outcome(2600, (), detections=found[:1]), 10.1, ["sham"])
    markers.send(Outcome(2600, (), detections=found[1:2]), 10.1, ["first"])
    markers.send(Outcome(2600, (), detections=found[2:3]), 10.1, ["second"])
    assert [marker["kind"] for marker, _ in out] == ["sham"]
    assert [delay_s for delay_s, _ in waiting] == [2.22, 2.6]
    clock.now_s = 12.32
    waiting[0][1]()
    marker, at_s = out[-1]
    assert (marker["kind"], marker["id"], marker["delay_ms"], at_s) == ("delayed", "first", 2220.0, 10.01)
    assert marker["sample_age_ms"] == 2310.0


def test_what_a_sample_was_old_when_it_was_stamped_counts() -> None:
    """In the ages that are told, and for the limit."""
    out: list[dict[str, Any]] = []
    rules = Publish(marker_max_age_ms=500.0)
    markers = Markers(rules, lambda text, _: out.append(json.loads(text)), HandClock(10.5), stamped_age_ms=80.0)
    for peak_s in (10.05, 10.08):
        markers.send(Outcome(2600, (), detections=(replace(FOUND, lsl_s=peak_s),)), 10.5, ["the-id"])
    assert [(marker["sample_age_ms"], marker["newest_age_ms"]) for marker in out] == [(500.0, 80.0)]


def test_controls_are_shares_of_the_same_markers() -> None:
    """More than all of them is a mistake, and so is a range that ends before it begins."""
    with pytest.raises(ValidationError, match=r"0\.6 and 0\.5 are more than 1 together"):
        Publish(marker_sham=0.6, marker_delayed=0.5)
    with pytest.raises(ValidationError, match="3000 is above 500; give the shortest delay first"):
        Publish(marker_delay_ms=(3000.0, 500.0))


def test_a_stage_is_told_when_it_changes() -> None:
    """At the newest sample, once."""
    out: list[tuple[str, float]] = []
    markers = Markers(Publish(), lambda text, at_s: out.append((text, at_s)), HandClock(0.0))
    for at_s, stage in ((1.0, "unknown"), (2.0, "N2"), (3.0, "N2"), (4.0, "R")):
        markers.send(Outcome(1, (), stage=stage), at_s, [])  # type: ignore[arg-type]
    assert [(json.loads(text)["stage"], at_s) for text, at_s in out] == [("N2", 2.0), ("R", 4.0)]


def resolved(*peaks_s: float) -> list[tuple[str, str, float]]:
    """Return kind, name and time of the markers of something that is glimpsed twice, and of the events that follow."""
    out: list[tuple[str, str, float]] = []

    def push(text: str, at_s: float) -> None:
        marker = json.loads(text)
        out.append((marker["kind"], marker.get("provisional", ""), at_s))

    rules = Publish(marker_provisional=0.5, marker_lockout_ms=500.0)
    markers = Markers(rules, push, HandClock(10.2), lambda: 0.9)
    glimpse = Glimpse(2560, 10.0, "left", "F7-T3", 0.91)
    markers.send(Outcome(2590, (), glimpse=glimpse), 10.1, [])
    markers.send(Outcome(2600, (), glimpse=replace(glimpse, lsl_s=10.05)), 10.13, [])
    for peak_s in peaks_s:
        markers.send(Outcome(2610, (), detections=(replace(FOUND, lsl_s=peak_s),)), 10.2, ["the-id"])
    for now_s in (11.5, 11.7, 13.0):
        markers.send(Outcome(2900, ()), now_s, [])
    return out


def test_a_provisional_marker_is_confirmed_or_retracted() -> None:
    """Once, by its name; what is seen again is not sent again, and no lockout holds a confirmation back."""
    first = ("provisional", "p-2560", 10.0)
    assert resolved(10.03) == [first, ("confirmed", "p-2560", 10.03)]
    assert resolved() == [first, ("retracted", "p-2560", 10.0)]
    # Another discharge is no confirmation: locked at first, then a marker of its own.
    assert resolved(10.4, 10.6) == [first, ("ied", "", 10.6), ("retracted", "p-2560", 10.0)]


def test_what_is_an_event_already_is_not_provisional_again() -> None:
    """Its windows go on showing it; and too old a glimpse is no trigger either."""
    out: list[str] = []
    markers = Markers(Publish(marker_provisional=0.5), lambda text, _: out.append(text), HandClock(10.2), lambda: 0.9)
    markers.send(Outcome(1, (), detections=(FOUND,)), 10.2, ["the-id"])
    markers.send(Outcome(2, (), glimpse=Glimpse(2570, 10.04, "left", "F7-T3", 0.91)), 10.25, [])
    markers.send(Outcome(3, (), glimpse=Glimpse(1, 9.0, "left", "F7-T3", 0.91)), 10.25, [])
    assert [json.loads(text)["kind"] for text in out] == ["ied"]


def test_markers_arrive_at_an_inlet_with_their_time() -> None:
    """Over LSL, as a recorder would receive them, with what decides on them; a bed that wants none opens no stream."""
    bed = Bed(id="bed-1", acquire=Acquire(sample_age_ms=40.0), merge=Merge(threshold=0.75))
    config = Config(site="marker-test", bed=[bed], publish=Publish(markers=True, marker_lockout_ms=2000.0))
    manifest = store.load("sc-small").manifest
    detector = Detector(manifest, InferNothing(), hop_samples=16)
    assert open_markers(config.model_copy(update={"publish": Publish()}), bed, detector) is None
    markers = open_markers(config, bed, detector)
    assert markers is not None
    [info] = pylsl.resolve_byprop("source_id", "spikewatch-marker-test-bed-1", timeout=10)
    assert (info.type(), info.channel_count(), info.nominal_srate()) == ("Markers", 1, 0.0)
    inlet = pylsl.StreamInlet(info)
    inlet.open_stream(timeout=10)
    told = json.loads(inlet.info(10).desc().child_value("ClosedLoopParameters"))
    assert (told["Detector"], told["DetectorSHA256"], told["Threshold"]) == ("sc-small", manifest.sha256, 0.75)
    seconds = ("HopDuration", "SampleAgeAtStamp", "MaximumAge", "MinimumInterTriggerInterval")
    assert [told[name] for name in seconds] == [0.125, 0.04, 1.0, 2.0]
    peak_s = pylsl.local_clock() - 0.1
    markers.send(Outcome(2600, (), detections=(replace(FOUND, lsl_s=peak_s),)), peak_s, ["the-id"])
    texts, at_s = inlet.pull_sample(timeout=10)
    assert at_s == peak_s
    assert json.loads(texts[0])["id"] == "the-id"
    inlet.close_stream()
