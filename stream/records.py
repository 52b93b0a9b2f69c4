"""What passes between stages: frozen records with units in their names.

Arrays are (channels, samples), float32. The absolute sample index is the truth; seconds are derived from it.
Times ending in `_s` that are instants are on this host's monotonic clock unless the name says `lsl` or `utc`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.detection.reasons import UNKNOWN, Reasons
from models.detection.shape import Shape
from stream.terms import Polarity, Stage

Samples = NDArray[np.float32]
"""(channels, samples)."""

Mask = NDArray[np.bool_]
"""(channels, samples): True where a sample may be analysed."""

Fate = Literal["analysed", "rejected", "missing", "shed"]
PassedOver = Literal["", "wider_hop", "overload"]
"""Why a network on a host that is too slow does not see a hop: a later window holds it, or it is given up."""

SOURCE_CHANGED: Final = "source_changed"
"""Reason of a gap behind which a bed's samples come from a sender that was there beside the one before."""


@dataclass(frozen=True, slots=True)
class Source:
    """The one stream a bed is bound to, as its sender declared it."""

    name: str
    type: str
    source_id: str
    hostname: str
    uid: str
    rate_hz: float
    format: str
    labels: tuple[str, ...]
    units: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive samples, from `acquire` of the stream's channels, from `condition` of derivations (model rate).

    `first` is the absolute index of the first sample at the chunk's own rate.
    `arrival_s`: when the newest sample reached this host. `lsl_s`: that sample's LSL time.
    """

    first: int
    samples: Samples
    valid: Mask
    arrival_s: float
    lsl_s: float

    @property
    def end(self) -> int:
        """Index just past the newest sample."""
        return self.first + int(self.samples.shape[1])


def joined(chunks: Sequence[Chunk]) -> Chunk:
    """Make one chunk of several that follow each other; its times are those of the newest sample."""
    if len(chunks) == 1:
        return chunks[0]
    samples = np.concatenate([chunk.samples for chunk in chunks], axis=1)
    valid = np.concatenate([chunk.valid for chunk in chunks], axis=1)
    return replace(chunks[-1], first=chunks[0].first, samples=samples, valid=valid)


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples [first, first + length) never came, or were gone before they could be read."""

    first: int
    length: int
    fate: Literal["missing", "shed"]
    reason: str
    arrival_s: float

    @property
    def end(self) -> int:
        """Index just past the gap."""
        return self.first + self.length


@dataclass(frozen=True, slots=True)
class Window:
    """One group's derivations over one window, at the model's rate: samples (rows, window_samples), microvolts.

    `index` says which of the bed's groups it is: its derivations are the hop's rows from rows * index on.
    """

    bed: str
    group: str
    index: int
    channels: tuple[str, ...]
    first: int
    samples: Samples


@dataclass(frozen=True, slots=True)
class Rejected:
    """A window that was not scored, and why; `channels` are the electrodes that may be at fault, if known."""

    bed: str
    group: str
    reason: str
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hop:
    """All that became due when sample `end` (exclusive, model rate) of one bed was conditioned.

    `samples` (rows, hop_samples) are the derivations since the hop before; `usable` (rows,) says which rows may be
    analysed over all of them.
    """

    bed: str
    end: int
    windows: tuple[Window, ...]
    rejected: tuple[Rejected, ...]
    samples: Samples
    usable: NDArray[np.bool_]
    arrival_s: float
    lsl_s: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of the stream's samples [first, end): every sample has exactly one fate."""

    first: int
    end: int
    fate: Fate
    reason: str


@dataclass(frozen=True, slots=True)
class SpanScore:
    """What the network saw in all or in a part of a window: probability in [0, 1], and at which sample (model rate)."""

    probability: float
    peak: int


@dataclass(frozen=True, slots=True)
class Score:
    """The network's answer for one window, which it looks at whole and at its newest part (`models.networks.sc`).

    `stages`: probabilities of `models.sleep_stages.STAGES`, from a network that also scores sleep; else none.
    """

    window: Window
    spans: tuple[SpanScore, ...]
    stages: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """One IED. `sample` is the peak's absolute index at the stream's rate, all filter delays taken off.

    `lsl_s` is the peak's LSL time; `decided` the stream index whose arrival settled it; onset is relative to the peak.
    `lead_channel` is the derivation that peaks first, `cluster` the number of the events that look alike, from 1;
    `similar` tells how many recent ones of them count for this one (`models.detection.recurrence`).
    """

    bed: str
    sample: int
    lsl_s: float
    decided: int
    onset_s: float
    duration_s: float
    group: str
    peak_channel: str
    channels: tuple[str, ...]
    probability: float
    threshold: float
    amplitude_uv: float
    polarity: Polarity
    flags: tuple[str, ...] = field(default=())
    reasons: Reasons = UNKNOWN
    lead_channel: str = ""
    cluster: int = 0
    similar: int = 0
    # Not compared: an array has no one answer, and all that an event says of it stands above.
    shape: Shape | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one hop's windows show most surely, before it is known whether it becomes a detection.

    `lsl_s` is its peak's LSL time as far as it can be told by now; `sample` the peak's index at the stream's rate.
    """

    sample: int
    lsl_s: float
    group: str
    channel: str
    probability: float


@dataclass(frozen=True, slots=True)
class SleepState:
    """The sleep stage of the epoch that ends at absolute index `epoch_end` of the stream, and at LSL time `lsl_s`.

    `probabilities` are of every stage, also while none is `ready`.
    """

    bed: str
    stage: Stage
    probabilities: dict[str, float]
    epoch_end: int
    lookahead_s: float
    ready: bool
    lsl_s: float

    @property
    def confidence(self) -> float:
        """The probability of the stage; 0 while none is known."""
        return self.probabilities.get(self.stage, 0.0)
