"""Findings as an LSL stream of markers, for a recorder or an experiment on the same network.

A marker leaves before the journal is written, at the LSL time of the discharge's peak, which lies in the past. It may
come twice after a kill of the detector; the journal's event has the same id. An outlet for experiments, no therapy.

Provisional markers come with the first window that shows something: most of what makes a discharge an event (a second
window, a second group, the verifier) is still missing then. Each is confirmed or retracted by a marker that names it.
"""
# ruff: noqa: PLC0415  (LSL is loaded only where markers are wanted: the detector needs none)

import json
import math
import random
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from stream.config.keys import Config
from stream.config.publish_keys import Publish
from stream.pipeline import Outcome
from stream.records import Detection, Glimpse, Stage

Push = Callable[[str, float], None]
"""Sends a marker's text with the LSL time (s) that it speaks of."""

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
        returns a number in [0, 1) for each marker: below `marker_sham` it is a sham
    """

    def __init__(
        self,
        rules: Publish,
        push: Push,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._rules = rules
        self._push = push
        self._clock = clock
        self._draw = draw
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
        about |= {"probability": round(found.probability, 4), **self._ages_ms(found.lsl_s, now_lsl_s)}
        if provisional:
            # No trigger: whoever acted did so on the provisional marker, whatever the time since.
            self._push(json.dumps({"kind": "confirmed", "provisional": provisional, **about}), found.lsl_s)
        elif self._may_trigger(found.lsl_s, event_id):
            self._push(json.dumps({"kind": self._drawn("ied"), **about}), found.lsl_s)

    def _send_provisional(self, seen: Glimpse, now_lsl_s: float) -> None:
        known = any(abs(at_s - seen.lsl_s) <= SAME_S for at_s in (*self._open, self._last_event_s))
        name = f"p-{seen.sample}"
        if known or not self._may_trigger(seen.lsl_s, name):
            return
        self._open[seen.lsl_s] = name
        about = {"group": seen.group, "peak_channel": seen.channel, "probability": round(seen.probability, 4)}
        marker = {"kind": self._drawn("provisional"), "provisional": name, **about}
        self._push(json.dumps({**marker, **self._ages_ms(seen.lsl_s, now_lsl_s)}), seen.lsl_s)

    def _may_trigger(self, peak_s: float, name: str) -> bool:
        """Report whether a marker of this peak may be acted on; if so, the lockout begins."""
        age_ms = (self._clock() - peak_s) * 1e3
        if age_ms > self._rules.marker_max_age_ms:
            # After a restart or a stall: a trigger that late would be tied to nothing that goes on now.
            _log.warning("marker not sent: too old", id=name, age_ms=round(age_ms))
            return False
        if peak_s < self._locked_until_s:
            return False
        self._locked_until_s = peak_s + self._rules.marker_lockout_ms / 1e3
        return True

    def _drawn(self, kind: str) -> str:
        return "sham" if self._draw() < self._rules.marker_sham else kind

    def _ages_ms(self, peak_s: float, newest_s: float) -> dict[str, float]:
        now_s = self._clock()
        return {
            "sample_age_ms": round((now_s - peak_s) * 1e3, 1),
            "newest_age_ms": round((now_s - newest_s) * 1e3, 1),
        }


def open_markers(config: Config, bed: str) -> Markers | None:
    """Open the bed's stream of markers, None where none is wanted."""
    if not config.publish.markers:
        return None
    import pylsl

    name = f"spikewatch-{config.site}-{bed}"
    # A stream of one text at irregular times, as LSL's convention for markers wants it.
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, pylsl.IRREGULAR_RATE, "string", name))
    return Markers(config.publish, lambda text, lsl_s: outlet.push_sample([text], lsl_s))
