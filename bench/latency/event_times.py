"""When the samples that settled an event were taken, and when it was in the journal, from what is published.

An event has the time of its peak, and how long its stages took from the newest sample of the window that settled it;
`info` has the grid on which windows end. So the window's end is known but for whole hops, and of these the last
counts after which there was time for the stages before the message came: right as long as it was less than a hop on
its way.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.signal.resampling import lead_s


@dataclass(frozen=True, slots=True)
class EventTimes:
    """Times of one event received over MQTT; seconds on the clock of LSL, which is the host's monotonic one.

    `newest_s`: when the newest sample of the window that settled it was taken. `committed_s`: when it was in the
    journal. `received_s`: when a subscriber had it.
    """

    newest_s: float
    committed_s: float
    received_s: float

    @property
    def published_ms(self) -> float:
        """From the journal to the subscriber."""
        return 1e3 * (self.received_s - self.committed_s)

    @property
    def newest_to_received_ms(self) -> float:
        """From the newest sample to the subscriber."""
        return 1e3 * (self.received_s - self.newest_s)


def times_of(event: Mapping[str, Any], info: Mapping[str, Any], received_s: float) -> EventTimes | None:
    """Work out an event's times; None where the journal's time was not known yet when it was sent."""
    stages_ms = event["latency_ms"]
    if stages_ms["total"] is None:
        return None
    rate_hz, hop_s = info["model_rate_hz"], info["hop_s"]
    delay_s = sum(info["delay_ms"].values()) / 1e3
    peak = round((event["sample"] / info["rate_hz"] + delay_s - lead_s(info["rate_hz"], rate_hz)) * rate_hz)
    # From the peak to the end of the hop that it lies in: windows end with hops.
    ahead = (-1 - peak) % round(hop_s * rate_hz)
    first_s = event["lsl_time_s"] + delay_s + ahead / rate_hz
    took_s = (stages_ms["acquire"] + stages_ms["total"]) / 1e3
    # The last window's end after which there was time for the stages.
    newest_s = first_s + hop_s * math.floor((received_s - took_s - first_s) / hop_s)
    return EventTimes(newest_s, newest_s + took_s, received_s)
