"""What every reader returns: a recording, and the remarks in it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import RecordingError

PIECE_BYTES: Final = 8_000_000
"""Read at a time: large enough that reading is quick, small beside everything else in memory."""
GAP_SAMPLES: Final = 4096
MOST_BYTES: Final = 3_000_000_000
"""Of samples in memory at once, where they are not read in pieces: a day of 19 electrodes at 256 Hz is 1.7 GB."""
MOST_FILLED_S: Final = 86_400.0
"""Gaps longer than this in all are not filled with NaN: nothing would take the memory of everything."""


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
    gaps: tuple[tuple[int, int], ...] = ()

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


Piece = tuple[int, NDArray[np.float32]]
"""The first sample of a piece, and its samples (channels, n)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording that is read in pieces: its length costs no memory.

    `head` says what `Recording` says, and may have no samples; `length` counts them, gaps included. `pieces(first)`
    yields them from sample `first` on, in order, without the gaps. `warned` grows by what the reader warns of then.
    """

    head: Recording
    length: int
    pieces: Callable[[int], Iterator[Piece]]
    warned: list[str] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        """Length of the recording, gaps included."""
        return self.length / self.head.rate_hz

    def filled(self) -> Iterator[Piece]:
        """Yield the samples from the beginning on, and NaN in the gaps."""
        at = 0
        for begin, samples in self.pieces(0):
            # An hour that was not recorded is many short pieces of nothing.
            for first in range(at, begin, GAP_SAMPLES):
                yield first, np.full((len(samples), min(GAP_SAMPLES, begin - first)), np.nan, np.float32)
            yield begin, samples
            at = begin + samples.shape[1]


def in_memory(recording: Recording, piece_bytes: int = PIECE_BYTES) -> Opened:
    """Return a recording whose samples are in memory as one that is read in pieces."""
    length = recording.samples.shape[-1]
    most = max(1, piece_bytes // (recording.samples.itemsize * max(1, len(recording.labels))))
    edges = [0, *(edge for gap in recording.gaps for edge in gap), length]

    def pieces(first: int) -> Iterator[Piece]:
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            for at in range(max(begin, first), end, most):
                yield at, recording.samples[:, at : min(at + most, end)]

    return Opened(recording, length, pieces)


def whole(opened: Opened) -> Recording:
    """Read a recording at once, with NaN in its gaps.

    Raises
    ------
    RecordingError
        if the recording is so long, or its gaps are, that it would take the memory
    """
    head, length = opened.head, opened.length
    if head.samples.shape[1] == length:
        return head
    gaps_s = sum(end - first for first, end in head.gaps) / head.rate_hz
    if gaps_s > MOST_FILLED_S:
        raise RecordingError(f"has gaps of {gaps_s / 3600:.0f} h in all; split the recording there")
    needed = 4 * len(head.labels) * length
    if needed > MOST_BYTES:
        raise RecordingError(
            f"is {needed / 1e9:.1f} GB of samples, read at once up to {MOST_BYTES / 1e9:g} GB; split the recording"
        )
    samples = np.full((len(head.labels), length), np.nan, np.float32)
    for first, piece in opened.pieces(0):
        samples[:, first : first + piece.shape[1]] = piece
    return replace(head, samples=samples)
