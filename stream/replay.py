"""A recording as a live LSL stream, at its own pace: what `spikewatch replay FILE` plays, and how `demo` sends.

The clock is LSL's. Sample i is due at t0 + i / rate and pushed no earlier; a push that was late is stamped with the
time at which it was due, and the next is due no later for it, so the pace never drifts.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from models.readers.contract import Opened
from stream.liblsl import pylsl

BUFFER_S: Final = 360
"""Seconds that LSL keeps for a consumer that is slow or away."""
START_IN_S: Final = 0.2
"""From the first line to the first sample."""
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
    """The line before the first sample is pushed: sample i of the stream has LSL time t0_lsl + i / fs."""

    t0_lsl: float
    pad_s: float
    fs: float
    n: int
    labels: tuple[str, ...]


class Outlet:
    """An LSL stream whose sample i is due at `t0_s` + i / `rate_hz`.

    Parameters
    ----------
    labels, units, types
        One each for a channel.
    """

    def __init__(
        self, playback: Playback, rate_hz: float, labels: Sequence[str], units: Sequence[str], types: Sequence[str]
    ) -> None:
        info = pylsl.StreamInfo(playback.name, playback.type, len(labels), rate_hz, "float32", playback.source_id)
        info.set_channel_labels(list(labels))
        info.set_channel_units(list(units))
        info.set_channel_types(list(types))
        self._outlet = pylsl.StreamOutlet(info, max_buffered=BUFFER_S)
        self._rate_hz = rate_hz
        self._pushed = 0
        self.begin()

    def begin(self) -> None:
        """Let sample 0 be due START_IN_S from now."""
        # Time to make the first chunk, so that it is not late already.
        self.t0_s = float(pylsl.local_clock()) + START_IN_S

    def wait_for_listener(self, within_s: float) -> bool:
        """Wait for a consumer; return True if there is one."""
        return bool(self._outlet.wait_for_consumers(within_s))

    def lsl_s(self, sample: int) -> float:
        """Return the LSL time at which a sample is due."""
        return self.t0_s + sample / self._rate_hz

    def push(self, chunk: NDArray[np.float32]) -> None:
        """Push a chunk (n, channels) as its last sample is due, and not before."""
        self._pushed += len(chunk)
        # From the first sample on, never from the last push: a late one must not delay those after it.
        due_s = self.lsl_s(self._pushed - 1)
        time.sleep(max(0.0, due_s - pylsl.local_clock()))
        self._outlet.push_chunk(chunk, due_s)


def replay(opened: Opened, playback: Playback = Playback(), out: TextIO | None = None) -> None:
    """Play a recording over LSL, read in pieces and with NaN in its gaps, and return when it is over.

    One JSON line goes to `out` (standard output) as playing starts and one when it is done.
    """
    say, recording = speaker(sys.stdout if out is None else out), opened.head
    outlet = Outlet(playback, recording.rate_hz, recording.labels, recording.units, recording.types)
    if playback.wait_s > 0 and not outlet.wait_for_listener(playback.wait_s):
        say({"warning": f"no consumer after {playback.wait_s:g} s; playing all the same"})
    total = opened.length * playback.repeat
    # The wait for a consumer took time.
    outlet.begin()
    say(asdict(Started(outlet.t0_s, 0.0, recording.rate_hz, total, recording.labels)))
    for _ in range(playback.repeat):
        for _, samples in opened.filled():
            for chunk in chunks(samples, recording.rate_hz, playback.chunk_ms):
                outlet.push(chunk)
    time.sleep(LINGER_S)
    say({"done": True, "seconds": total / recording.rate_hz})


def chunks(samples: NDArray[np.float32], rate_hz: float, chunk_ms: float) -> Iterator[NDArray[np.float32]]:
    """Cut samples (channels, n) into chunks (m, channels) for LSL; the last one may be shorter."""
    step = max(1, round(rate_hz * chunk_ms / 1000))
    for start in range(0, samples.shape[1], step):
        # At least one sample a chunk, however slow the stream; LSL takes (samples, channels) in one piece.
        yield np.ascontiguousarray(samples[:, start : start + step].T, dtype=np.float32)


def speaker(out: TextIO) -> Callable[[dict[str, object]], None]:
    """Return what writes JSON lines, each at once."""

    def say(fields: dict[str, object]) -> None:
        out.write(json.dumps(fields) + "\n")
        # The reader of the pipe acts on the line now; a buffer would hold it back until the end.
        out.flush()

    return say
