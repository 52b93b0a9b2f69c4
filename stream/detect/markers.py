"""Findings as an LSL stream of markers, for a recorder or an experiment on the same network.

A marker leaves before the journal is written, at the LSL time of the discharge's peak, which lies in the past. It may
come twice after a kill of the detector; the journal's event has the same id. An outlet for experiments, no therapy.

Two controls of an experiment take the place of a share of triggers: a sham leaves at its time and says so, a delayed
one leaves after a drawn time, where it meets a discharge by chance alone.

Provisional markers come with the first window that shows something: most of what makes a discharge an event (a second
window, a second group, the verifier) is still missing then. Each is confirmed or retracted by a marker that names it.
"""
# ruff: noqa: PLC0415  (LSL is loaded only where markers are wanted: the detector needs none)

import json
import math
import random
import threading
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Final

import structlog

from models.detection.threshold import reaches
from stream.config.keys import Bed, Config
from stream.config.publish_keys import Publish
from stream.detect.models import Detector
from stream.pipeline import Outcome
from stream.records import Detection, Glimpse
from stream.terms import Stage

Push = Callable[[str, float], None]
"""Sends a marker's text with the LSL time (s) that it speaks of."""
Later = Callable[[float, Callable[[], None]], None]
"""Has something done after so many seconds."""

SAME_S: Final = 0.2
"""An event whose peak lies so near to a provisional marker's is the same: the first window knows its peak roughly."""
RESOLVED_S: Final = 1.6
"""Behind so much of the signal nothing can become an event any more: a window's length, and a hop."""

_log = structlog.get_logger()


class Markers:
    """Decides which findings of one bed become markers.

    Parameters
    ----------
    clock
        returns this host's monotonic seconds, which LSL's clock counts as well
    draw
        returns a number in [0, 1) for each marker: below `marker_sham` it is a sham, in the share above it that is
        `marker_delayed` it is delayed, by a time for which another number is drawn
    later
        has a delayed marker sent
    stamped_age_ms
        how old a sample was when its sender stamped it (ms)
    """

    def __init__(
        self,
        rules: Publish,
        push: Push,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
        later: Later | None = None,
        stamped_age_ms: float = 0.0,
    ) -> None:
        self._rules = rules
        self._push = push
        self._clock = clock
        self._draw = draw
        self._later = later or _after
        self._stamped_age_ms = stamped_age_ms
        self._locked_until_s = 0.0
        self._stage: Stage = "unknown"
        # By the LSL time of the peak, in the order in which they were sent.
        self._open: dict[float, str] = {}
        self._last_event_s = -math.inf

    def send(self, outcome: Outcome, now_lsl_s: float, ids: Sequence[str]) -> None:
        """Send what one hop came to; `now_lsl_s` is its newest sample's LSL time, `ids` are those of its events."""
        if outcome.stage != self._stage:
            self._stage = outcome.stage
            self._push(json.dumps({"kind": "stage", "stage": outcome.stage}), now_lsl_s)
        for found, event_id in zip(outcome.detections, ids, strict=True):
            self._send_ied(found, event_id, now_lsl_s)
        if outcome.glimpse:
            self._send_provisional(outcome.glimpse, now_lsl_s)
        for lsl_s in [at_s for at_s in self._open if now_lsl_s - at_s > RESOLVED_S]:
            self._push(json.dumps({"kind": "retracted", "provisional": self._open.pop(lsl_s)}), lsl_s)

    def _send_ied(self, found: Detection, event_id: str, now_lsl_s: float) -> None:
        self._last_event_s = found.lsl_s
        provisional = next((self._open.pop(at_s) for at_s in self._open if abs(at_s - found.lsl_s) <= SAME_S), "")
        about: dict[str, object] = {"id": event_id, "group": found.group, "peak_channel": found.peak_channel}
        about["probability"] = round(found.probability, 4)
        if provisional:
            # A confirmation is no trigger, so neither its age nor the lockout matters: whoever acted did so on the
            # provisional marker.
            marker = {"kind": "confirmed", "provisional": provisional, **about}
            self._push(json.dumps(marker | self._ages_ms(found.lsl_s, now_lsl_s)), found.lsl_s)
        elif self._may_trigger(found.lsl_s, found.probability, event_id):
            self._trigger({"kind": "ied", **about}, found.lsl_s, now_lsl_s)

    def _send_provisional(self, seen: Glimpse, now_lsl_s: float) -> None:
        known = any(abs(at_s - seen.lsl_s) <= SAME_S for at_s in (*self._open, self._last_event_s))
        name = f"p-{seen.sample}"
        if known or not self._may_trigger(seen.lsl_s, seen.probability, name):
            return
        self._open[seen.lsl_s] = name
        about = {"group": seen.group, "peak_channel": seen.channel, "probability": round(seen.probability, 4)}
        self._trigger({"kind": "provisional", "provisional": name, **about}, seen.lsl_s, now_lsl_s)

    def _may_trigger(self, peak_s: float, probability: float, name: str) -> bool:
        """Report whether a marker of this peak may be acted on; if so, the lockout begins."""
        if not reaches(probability, self._rules.marker_least):
            return False
        age_ms = self._age_ms(peak_s)
        if age_ms > self._rules.marker_max_age_ms:
            # After a restart or a stall a marker would come too late to trigger anything.
            _log.warning("marker not sent: too old", id=name, age_ms=round(age_ms))
            return False
        if peak_s < self._locked_until_s:
            return False
        self._locked_until_s = peak_s + self._rules.marker_lockout_ms / 1e3
        return True

    def _trigger(self, marker: dict[str, object], peak_s: float, newest_s: float) -> None:
        """Send what may be acted on, or the control that is drawn in its place."""
        drawn = self._draw()
        sham, delayed = self._rules.marker_sham, self._rules.marker_delayed
        if drawn < sham:
            self._push(json.dumps(marker | {"kind": "sham"} | self._ages_ms(peak_s, newest_s)), peak_s)
        elif drawn < sham + delayed:
            shortest_ms, longest_ms = self._rules.marker_delay_ms
            delay_ms = round(shortest_ms + (longest_ms - shortest_ms) * self._draw(), 1)
            marker |= {"kind": "delayed", "delay_ms": delay_ms}
            self._later(
                # Ages are counted to the moment at which the marker leaves.
                delay_ms / 1e3,
                lambda: self._push(json.dumps(marker | self._ages_ms(peak_s, newest_s)), peak_s),
            )
        else:
            self._push(json.dumps(marker | self._ages_ms(peak_s, newest_s)), peak_s)

    def _ages_ms(self, peak_s: float, newest_s: float) -> dict[str, float]:
        return {"sample_age_ms": self._age_ms(peak_s), "newest_age_ms": self._age_ms(newest_s)}

    def _age_ms(self, lsl_s: float) -> float:
        return round((self._clock() - lsl_s) * 1e3 + self._stamped_age_ms, 1)


def open_markers(config: Config, bed: Bed, detector: Detector) -> Markers | None:
    """Open the bed's stream of markers, None where none is wanted."""
    if not config.publish.markers:
        return None
    from stream.liblsl import pylsl

    name = f"spikewatch-{config.site}-{bed.id}"
    # A stream of one text at irregular times, as LSL's convention for markers wants it.
    info = pylsl.StreamInfo(name, "Markers", 1, pylsl.IRREGULAR_RATE, "string", name)
    # A recorder keeps the description beside the markers: what was acted on can be read years later.
    info.desc().append_child_value("ClosedLoopParameters", json.dumps(closed_loop(config, bed, detector)))
    outlet = pylsl.StreamOutlet(info)
    pushing = threading.Lock()

    def push(text: str, lsl_s: float) -> None:
        # Delayed markers leave on a thread of their own.
        with pushing:
            outlet.push_sample([text], lsl_s)

    return Markers(config.publish, push, stamped_age_ms=bed.acquire.sample_age_ms)


def closed_loop(config: Config, bed: Bed, detector: Detector) -> dict[str, object]:
    """Return what decides when a marker leaves, for the sidecar of a recording.

    The block's name is the one proposed in https://github.com/bids-standard/bids-specification/issues/2417, where names
    of fields are left to the researcher so far.
    """
    rules, manifest = config.publish, detector.manifest
    return {
        "TriggerFeature": "interictal epileptiform discharge",
        "Software": f"spikewatch {version('spikewatch')}",
        "Detector": manifest.name,
        "DetectorSHA256": manifest.sha256,
        "Threshold": bed.merge.called_from(manifest.threshold),
        "ProvisionalThreshold": rules.marker_provisional,
        "HopDuration": detector.hop_s,
        "FilterCutoffs": list(bed.condition.bandpass_hz),
        "SampleAgeAtStamp": bed.acquire.sample_age_ms / 1e3,
        "MaximumAge": rules.marker_max_age_ms / 1e3,
        "LeastProbability": rules.marker_least,
        "MinimumInterTriggerInterval": rules.marker_lockout_ms / 1e3,
        "ShamShare": rules.marker_sham,
        "DelayedShare": rules.marker_delayed,
        "DelayRange": [delay_ms / 1e3 for delay_ms in rules.marker_delay_ms],
    }


def _after(delay_s: float, send: Callable[[], None]) -> None:
    timer = threading.Timer(delay_s, send)
    # A detector that ends must not wait for it: the marker then does not leave.
    timer.daemon = True
    timer.start()
