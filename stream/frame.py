"""frame: conditioned chunks in, overlapping windows out, by absolute index.

A window ends at every multiple of `hop_samples` (model rate), whatever the chunks were, so live and offline give the
same windows. No window spans a gap, nor a sample that may not be analysed: such a window is named with the reason.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.montage import Group
from stream.records import Chunk, Hop, Rejected, Samples, Window

PLAUSIBLE_UV = (0.5, 5000.0)
"""Standard deviation of a group's derivations: below lies an amplifier without a patient or a wrong unit, above too.

Scalp EEG at 1 to 50 Hz has 3 to 60 microvolts, depth EEG up to some thousands; a factor of 1000 in the unit leaves
the range on either side.
"""


class Frame:
    """One bed's window cutter. Holds a mirrored ring, so that a window is one view and costs one copy."""

    def __init__(
        self,
        bed: str,
        groups: tuple[Group, ...],
        *,
        rate_hz: float,
        window_samples: int,
        hop_samples: int,
        check_unit: bool,
    ) -> None:
        self.bed = bed
        self._rate_hz = rate_hz
        self.groups = groups
        self.window_samples = window_samples
        self.hop_samples = hop_samples
        self._check_unit = check_unit
        rows = sum(len(group.derivations) for group in groups)
        self._live = np.array([bool(name) for group in groups for name in group.derivations])
        self._ring: Samples = np.zeros((rows, 2 * window_samples), np.float32)
        self._invalid_until = np.zeros(rows, np.int64)
        self._next = 0
        self._clean_from = 0

    def push(self, chunk: Chunk) -> list[Hop]:
        """Take the next conditioned chunk (rows, n); give every hop that became due.

        A chunk that does not continue the last one starts afresh behind a gap.
        """
        if chunk.first != self._next:
            self._next = self._clean_from = chunk.first
        return [self._hop(end, chunk) for end in self._fill(chunk)]

    def _fill(self, chunk: Chunk) -> Iterator[int]:
        """Write the chunk piece by piece; pause at every multiple of the hop."""
        while self._next < chunk.end:
            grid = (self._next // self.hop_samples + 1) * self.hop_samples
            end = min(grid, chunk.end)
            piece = slice(self._next - chunk.first, end - chunk.first)
            self._write(chunk.samples[:, piece], chunk.valid[:, piece])
            if end == grid:
                yield end

    def _write(self, samples: Samples, valid: NDArray[np.bool_]) -> None:
        n = samples.shape[1]
        at = (self._next + np.arange(n)) % self.window_samples
        self._ring[:, at] = samples
        self._ring[:, at + self.window_samples] = samples
        bad = ~valid
        last_bad = self._next + n - np.argmax(bad[:, ::-1], axis=1)
        self._invalid_until = np.where(bad.any(axis=1), last_bad, self._invalid_until)
        self._next += n

    def _hop(self, end: int, chunk: Chunk) -> Hop:
        first = end - self.window_samples
        at = end % self.window_samples
        view = self._ring[:, at : at + self.window_samples].copy()
        verdicts = [self._window(k, group, first, view) for k, group in enumerate(self.groups)]
        return Hop(
            self.bed,
            end=end,
            windows=tuple(v for v in verdicts if isinstance(v, Window)),
            rejected=tuple(v for v in verdicts if isinstance(v, Rejected)),
            samples=view[:, -self.hop_samples :],
            usable=self._usable(end - self.hop_samples),
            arrival_s=chunk.arrival_s,
            lsl_s=chunk.lsl_s - (chunk.end - end) / self._rate_hz,
        )

    def _usable(self, first: int) -> NDArray[np.bool_]:
        """Return the rows that are live and whole from `first` to now."""
        if first < self._clean_from:
            return np.zeros(len(self._live), np.bool_)
        return self._live & (self._invalid_until <= first)

    def _window(self, k: int, group: Group, first: int, view: Samples) -> Window | Rejected:
        rows = slice(5 * k, 5 * k + 5)
        samples, live = view[rows], self._live[rows]
        reason = self._objection(first, self._invalid_until[rows][live], samples[live])
        if reason:
            return Rejected(self.bed, group.name, reason)
        return Window(self.bed, group.name, group.derivations, first, samples)

    def _objection(self, first: int, invalid_until: NDArray[np.int64], samples: Samples) -> str:
        """Why a window may not be scored; empty when it may."""
        if first < self._clean_from:
            return "gap" if self._clean_from else "start"
        if (invalid_until > first).any():
            return "signal"
        low, high = PLAUSIBLE_UV
        if self._check_unit and not low <= float(samples.std()) <= high:
            return "amplitude"
        return ""
