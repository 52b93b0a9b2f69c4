"""What every reader returns: a recording, and the remarks in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark in a recording: seconds after its start."""

    onset_s: float
    duration_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as its file has it.

    `samples` (channels, n) float32 in each channel's own unit, NaN where the file has a hole; `units` and `types`
    are "" where the file states none; `start_utc` is ISO 8601, without a zone where the file states none (EDF never
    does), or ""; `left_out` says by label why a channel of the file is not among the samples; `remarks` say where the
    file contradicts itself, and what was believed.
    """

    samples: NDArray[np.float32]
    rate_hz: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    types: tuple[str, ...]
    annotations: tuple[Annotation, ...] = ()
    start_utc: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return float(self.samples.shape[1] / self.rate_hz)

    def left_out_text(self) -> str:
        """Return what is left out in one line, by reason, or "" where nothing is."""
        labels: dict[str, list[str]] = {}
        for label, reason in self.left_out.items():
            labels.setdefault(reason, []).append(label)
        return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in labels.items())
