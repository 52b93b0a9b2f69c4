"""A recording as a live LSL stream, at its own pace: what `spikewatch replay FILE` and `demo` play.

The clock is LSL's. Sample i is due at t0 + i / rate and pushed no earlier; a push that was late is stamped with the
time at which it was due, and the next is due no later for it, so the pace never drifts.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Final, TextIO

import numpy as np
import pylsl
from numpy.typing import NDArray

from models.recordings import Recording

BUFFER_S: Final = 360
START_IN_S: Final = 0.2
LINGER_S: Final = 1.0
"""How long the outlet outlives its last sample, so that nothing on its way is lost."""


@dataclass(frozen=True, slots=True)
class Playback:
    """How a recording is played: `wait_s` is how long a consumer is waited for, 0 not at all."""

    name: str = "spikewatch-replay"
    type: str = "EEG"
    source_id: str = "spikewatch-replay"
    chunk_ms: float = 20.0
    repeat: int = 1
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Started:
    """Said before the first sample is pushed: sample i of the stream has LSL time t0_lsl + i / fs."""

    t0_lsl: float
    pad_s: float
    fs: float
    n: int
    labels: tuple[str, ...]


def replay(recording: Recording, playback: Playback = Playback(), out: TextIO | None = None) -> None:
    """Play a recording over LSL and return when it is over.

    One JSON line goes to `out` (standard output) as playing starts and one when it is done.
    """
    say = _speaker(sys.stdout if out is None else out)
    outlet = pylsl.StreamOutlet(_declared(recording, playback), max_buffered=BUFFER_S)
    if playback.wait_s > 0 and not outlet.wait_for_consumers(playback.wait_s):
        say({"warning": f"nobody listens after {playback.wait_s:g} s; playing all the same"})
    total = recording.samples.shape[1] * playback.repeat
    t0_s = pylsl.local_clock() + START_IN_S
    say(asdict(Started(t0_s, 0.0, recording.rate_hz, total, recording.labels)))
    index = 0
    for chunk in _chunks(recording, playback):
        index += len(chunk)
        due_s = t0_s + (index - 1) / recording.rate_hz
        time.sleep(max(0.0, due_s - pylsl.local_clock()))
        outlet.push_chunk(chunk, due_s)
    time.sleep(LINGER_S)
    say({"done": True, "seconds": total / recording.rate_hz})


def _chunks(recording: Recording, playback: Playback) -> Iterator[NDArray[np.float32]]:
    """Cut the recording, and each repeat of it, into chunks (n, channels) for LSL."""
    step = max(1, round(recording.rate_hz * playback.chunk_ms / 1000))
    for _ in range(playback.repeat):
        for start in range(0, recording.samples.shape[1], step):
            yield np.ascontiguousarray(recording.samples[:, start : start + step].T, dtype=np.float32)


def _declared(recording: Recording, playback: Playback) -> pylsl.StreamInfo:
    count = len(recording.labels)
    info = pylsl.StreamInfo(playback.name, playback.type, count, recording.rate_hz, "float32", playback.source_id)
    info.set_channel_labels(list(recording.labels))
    info.set_channel_units(list(recording.units))
    info.set_channel_types(list(recording.types))
    return info


def _speaker(out: TextIO) -> Callable[[dict[str, object]], None]:
    def say(fields: dict[str, object]) -> None:
        out.write(json.dumps(fields) + "\n")
        out.flush()

    return say
