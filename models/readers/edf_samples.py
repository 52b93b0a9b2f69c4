"""Samples of an EDF or BDF file, some data records at a time, each where its own time puts it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from models.readers.contract import PIECE_BYTES, Piece
from models.readers.edf_layout import Layout

TOP_BYTE = 3
"""A BDF sample has three bytes; it is read into the upper three of four, so that its sign comes along."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal that is read: its place in the header, and a sample is (digital + `offset`) * `gain`."""

    index: int
    gain: float
    offset: float


@dataclass(frozen=True, slots=True)
class EdfSamples:
    """The samples of `signals`, which have one rate; `begins` are the records' first samples (n,), int64."""

    path: Path
    layout: Layout
    signals: Sequence[Signal]
    begins: NDArray[np.int64]
    piece_bytes: int = PIECE_BYTES

    @property
    def record_samples(self) -> int:
        """How many samples each signal has in a record."""
        return self.layout.signals[self.signals[0].index][1] // self.layout.sample_bytes

    @property
    def length(self) -> int:
        """How many samples there are, with the gaps."""
        return int(self.begins[-1]) + self.record_samples if len(self.begins) else 0

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """Where nothing was recorded: (first sample, one past the last)."""
        behind = np.flatnonzero(np.diff(self.begins) != self.record_samples)
        return tuple((int(self.begins[k]) + self.record_samples, int(self.begins[k + 1])) for k in behind.tolist())

    def pieces(self, first: int = 0) -> Iterator[Piece]:
        """Yield the samples from `first` on, without the gaps."""
        size = self.record_samples
        start = int(np.searchsorted(self.begins + size, first, side="right"))
        with self.path.open("rb") as file:
            for run, end in self._runs(start):
                samples = self._read(file, run, end)
                begin = int(self.begins[run])
                cut = max(0, first - begin)
                yield begin + cut, samples[:, cut:]

    def _runs(self, start: int) -> Iterator[tuple[int, int]]:
        """Yield (first record, one past the last) of records that follow each other, no more than fit a piece."""
        most = max(1, self.piece_bytes // self.layout.record_bytes)
        edges = (np.flatnonzero(np.diff(self.begins) != self.record_samples) + 1).tolist()
        for run, end in pairwise([start, *(edge for edge in edges if edge > start), len(self.begins)]):
            for first in range(run, end, most):
                yield first, min(first + most, end)

    def _read(self, file: BinaryIO, first: int, end: int) -> NDArray[np.float32]:
        layout = self.layout
        file.seek(layout.header_bytes + first * layout.record_bytes)
        content = np.frombuffer(file.read((end - first) * layout.record_bytes), np.uint8)
        records = content.reshape(end - first, layout.record_bytes)
        out = np.empty((len(self.signals), (end - first) * self.record_samples), np.float32)
        for row, signal in zip(out, self.signals, strict=True):
            at, size = layout.signals[signal.index]
            digital = _digital(np.ascontiguousarray(records[:, at : at + size]), layout.sample_bytes)
            row[:] = (digital + signal.offset) * signal.gain
        return out


def _digital(content: NDArray[np.uint8], sample_bytes: int) -> NDArray[np.signedinteger]:
    """Return the digits that bytes stand for."""
    if sample_bytes != TOP_BYTE:
        return content.ravel().view("<i2")
    wide = np.zeros((content.size // TOP_BYTE, 4), np.uint8)
    wide[:, 1:] = content.reshape(-1, TOP_BYTE)
    digital: NDArray[np.int32] = wide.view("<i4").ravel() >> 8
    return digital
