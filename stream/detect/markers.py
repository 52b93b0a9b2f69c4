"""Findings as an LSL stream of markers, for a recorder or an experiment on the same network.

A marker leaves before the journal is written, at the LSL time of the discharge's peak, which lies in the past. It may
come twice after a kill of the detector; the journal's event has the same id. An outlet for experiments, no therapy.
"""
# ruff: noqa: PLC0415  (LSL is loaded only where markers are wanted: the detector needs none)

import json
import random
import time
from collections.abc import Callable, Sequence

import structlog

from stream.config.keys import Config
from stream.config.publish_keys import Publish
from stream.pipeline import Outcome
from stream.records import Detection, Stage

Push = Callable[[str, float], None]
"""Sends a marker's text with the LSL time (s) that it speaks of."""

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

    def send(self, outcome: Outcome, now_lsl_s: float, ids: Sequence[str]) -> None:
        """Send what one hop came to; `now_lsl_s` is its newest sample's LSL time, `ids` are those of its events."""
        if outcome.stage != self._stage:
            self._stage = outcome.stage
            self._push(json.dumps({"kind": "stage", "stage": outcome.stage}), now_lsl_s)
        for found, event_id in zip(outcome.detections, ids, strict=True):
            self._send_ied(found, event_id)

    def _send_ied(self, found: Detection, event_id: str) -> None:
        age_ms = (self._clock() - found.lsl_s) * 1e3
        if age_ms > self._rules.marker_max_age_ms:
            # After a restart or a stall: a trigger that late would be tied to nothing that goes on now.
            _log.warning("marker not sent: too old", bed=found.bed, id=event_id, age_ms=round(age_ms))
            return
        if found.lsl_s < self._locked_until_s:
            return
        self._locked_until_s = found.lsl_s + self._rules.marker_lockout_ms / 1e3
        marker = {
            "kind": "sham" if self._draw() < self._rules.marker_sham else "ied",
            "id": event_id,
            "group": found.group,
            "peak_channel": found.peak_channel,
            "probability": round(found.probability, 4),
            "sample_age_ms": round(age_ms, 1),
        }
        self._push(json.dumps(marker), found.lsl_s)


def open_markers(config: Config, bed: str) -> Markers | None:
    """Open the bed's stream of markers, None where none is wanted."""
    if not config.publish.markers:
        return None
    import pylsl

    name = f"spikewatch-{config.site}-{bed}"
    # A stream of one text at irregular times, as LSL's convention for markers wants it.
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, pylsl.IRREGULAR_RATE, "string", name))
    return Markers(config.publish, lambda text, lsl_s: outlet.push_sample([text], lsl_s))
