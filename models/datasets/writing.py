"""Labelled windows of one recording into a window set, and how many there were."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.datasets.annotations import Labelled, StageSpan
from models.datasets.window_labels import WindowLabel
from models.datasets.windowset import STAGE_CODES, Indices
from models.datasets.windowset_writer import Writer

AT_ONCE: Final = 1024
"""Windows copied at a time, for the memory's sake."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How many windows came of a recording, and how many were left out for which reason.

    `near`: holds a part of a discharge, or one marked elsewhere; `other`: touches a mark with a label in neither set;
    `unmarked`: was not read by an expert; `invalid`: the signal cannot be trusted; `past`: what it should bring of its
    past is not in the recording or cannot be trusted; `marks_lost`: marks of a discharge that no window came of.
    """

    positives: int = 0
    negatives: int = 0
    near: int = 0
    other: int = 0
    unmarked: int = 0
    invalid: int = 0
    past: int = 0
    marks_lost: int = 0

    @classmethod
    def of(cls, counts: NDArray[np.integer]) -> "Cut":
        """Return counts (labels,) by `WindowLabel`."""
        return cls(
            positives=int(counts[WindowLabel.POSITIVE]),
            negatives=int(counts[WindowLabel.NEGATIVE]),
            near=int(counts[WindowLabel.NEAR]),
            other=int(counts[WindowLabel.OTHER]),
            unmarked=int(counts[WindowLabel.UNMARKED]),
            invalid=int(counts[WindowLabel.INVALID]),
            past=int(counts[WindowLabel.PAST]),
        )

    def __add__(self, more: "Cut") -> "Cut":
        pairs = zip(dataclasses.astuple(self), dataclasses.astuple(more), strict=True)
        return Cut(*(ours + theirs for ours, theirs in pairs))


@dataclass(frozen=True, slots=True)
class Into:
    """Where windows go: a set, under the names of a recording, a group and a montage."""

    writer: Writer
    labelled: Labelled
    group: str
    montage: str


def write(into: Into, samples: NDArray[np.float32], starts: Indices, positive: NDArray[np.bool_]) -> None:
    """Write windows of the set's length, and as much of their past as the set brings.

    Parameters
    ----------
    samples
        (channels, n) of one group
    starts
        (m,) where windows begin; the past of each is within `samples`
    positive
        (m,) which hold a discharge
    """
    header, labelled = into.writer.header, into.labelled
    context = header.context_samples
    length = context + header.window_samples
    # A view of every possible window, of which only the chosen ones are copied.
    every = sliding_window_view(samples, length, axis=1) if len(starts) else samples[..., None]
    for first in range(0, len(starts), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        # A window's stage is that of its middle.
        middles_s = (starts[some] + header.window_samples / 2) / header.rate_hz
        into.writer.add(
            every[:, starts[some] - context].swapaxes(0, 1),
            positive[some].astype(np.uint8),
            starts[some] / header.rate_hz,
            subject=labelled.subject,
            recording=labelled.name,
            group=into.group,
            montage=into.montage,
            split=labelled.split,
            stages=stages_at(labelled.stages, np.asarray(middles_s, np.float64)),
        )


def stages_at(spans: Sequence[StageSpan], times_s: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the codes of the stages (m,) at some times (m,); 0, "unknown", where none was scored."""
    codes = np.zeros(len(times_s), np.uint8)
    for span in spans:
        codes[(times_s >= span.onset_s) & (times_s < span.onset_s + span.duration_s)] = STAGE_CODES.index(span.stage)
    return codes
