"""frame: conditioned chunks in, overlapping windows out, by absolute index.

A window ends at every multiple of `hop_samples` (model rate), whatever the chunks were, so live and offline give the
same windows. No window spans a gap, nor a sample that may not be analysed, nor is it cut from a signal too bad to be
judged (`models.signal.quality`): such a window is named with the reason.
Where a network looks back on samples before the window, the same holds of those.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.signal.montage import ROWS, Group
from models.signal.quality import QualityGate
from stream.records import Chunk, Hop, Mask, Rejected, Samples, Window

PLAUSIBLE_UV = (0.5, 5000.0)
"""Standard deviation of a group's derivations: below lies an amplifier without a patient or a wrong unit, above too.

Scalp EEG at 1 to 50 Hz has 3 to 60 microvolts, depth EEG up to some thousands; a factor of 1000 in the unit leaves
the range on either side.
"""


class Frame:
    """One bed's window cutter: keeps the newest samples of every derivation, and of each until where it is invalid."""

    def __init__(
        self,
        bed: str,
        groups: tuple[Group, ...],
        *,
        rate_hz: float,
        window_samples: int,
        context_samples: int,
        hop_samples: int,
        check_unit: bool,
        quality_gate: bool = False,
    ) -> None:
        self.bed = bed
        self._rate_hz = rate_hz
        self.groups = groups
        self.window_samples = window_samples
        self.hop_samples = hop_samples
        self._reach_samples = context_samples + window_samples
        self._check_unit = check_unit
        self._live = np.array([bool(name) for group in groups for name in group.derivations])
        self._electrodes, self._of_electrode = _incidence(groups)
        self._rows = len(groups[0].derivations)
        # The gate was fitted on groups of five derivations; of one derivation it cannot tell kinds of noise apart.
        gated = quality_gate and self._rows == ROWS
        self._gate = QualityGate(self._live.reshape(-1, self._rows), rate_hz) if gated else None
        self._live_rows = self._live.reshape(-1, self._rows).sum(axis=1)
        # A hop may be longer than the window, and sleep staging wants all of its samples.
        self._kept = max(window_samples, hop_samples)
        # Twice what is kept: the newest samples lie side by side, so that a window costs one copy, and they move to the
        # front once in a window's length.
        self._block: Samples = np.zeros((len(self._live), 2 * self._kept), np.float32)
        self._filled = self._kept
        self._invalid_until = np.zeros(len(self._live), np.int64)
        self._spoilt_until = 0
        self._next = 0
        self._clean_from = 0

    @property
    def due(self) -> int:
        """Where the next hop ends, if nothing is lost before."""
        return (self._next // self.hop_samples + 1) * self.hop_samples

    def push(self, chunk: Chunk) -> list[Hop]:
        """Return the hops that the next conditioned chunk (rows, n) completes."""
        if chunk.first != self._next:
            # Behind a gap nothing in the block may be used; it is overwritten, not cleared.
            self._next = self._clean_from = chunk.first
            if self._gate:
                self._gate.restart(chunk.first)
        return [self._hop(end, chunk) for end in self._fill(chunk)]

    def _fill(self, chunk: Chunk) -> Iterator[int]:
        """Write the chunk piece by piece; pause at every multiple of the hop."""
        while self._next < chunk.end:
            grid = self.due
            end = min(grid, chunk.end)
            piece = slice(self._next - chunk.first, end - chunk.first)
            self._write(chunk.samples[:, piece], chunk.valid[:, piece])
            # While this waits, the block ends exactly with the hop, whatever the chunk still holds.
            if end == grid:
                yield end

    def _write(self, samples: Samples, valid: Mask) -> None:
        """Append a hop's samples or fewer."""
        n = samples.shape[1]
        if self._gate:
            self._gate.push(samples, valid)
        if self._filled + n > self._block.shape[1]:
            self._block[:, : self._kept] = self._block[:, self._filled - self._kept : self._filled]
            self._filled = self._kept
        self._block[:, self._filled : self._filled + n] = samples
        self._filled += n
        # Nearly always all is valid, and then there is nothing to look for.
        if not valid.all():
            last_bad = self._next + n - np.argmin(valid[:, ::-1], axis=1)
            np.copyto(self._invalid_until, last_bad, where=self._live & ~valid.all(axis=1))
            self._spoilt_until = int(self._invalid_until.max())
        self._next += n

    def _hop(self, end: int, chunk: Chunk) -> Hop:
        # One copy for all windows of the hop: the block is written on while they wait for the network.
        newest = self._block[:, self._filled - self._kept : self._filled].copy()
        reasons = self._objections(end, newest[:, -self.window_samples :])
        at_fault = self._at_fault(end) if "signal" in reasons else [()] * len(self.groups)
        return Hop(
            self.bed,
            end=end,
            windows=tuple(self._window(k, end, newest) for k, reason in enumerate(reasons) if not reason),
            rejected=tuple(
                Rejected(self.bed, group.name, reason, electrodes)
                for group, reason, electrodes in zip(self.groups, reasons, at_fault, strict=True)
                if reason
            ),
            samples=newest[:, -self.hop_samples :],
            usable=self._usable(end - self.hop_samples),
            arrival_s=chunk.arrival_s,
            # The chunk's time is that of its own newest sample, which may lie behind the hop's end.
            lsl_s=chunk.lsl_s - (chunk.end - end) / self._rate_hz,
        )

    def _usable(self, first: int) -> NDArray[np.bool_]:
        """Return the rows that are live and whole from `first` to now."""
        if first < self._clean_from:
            return np.zeros(len(self._live), np.bool_)
        return self._live & (self._invalid_until <= first)

    def _window(self, k: int, end: int, newest: Samples) -> Window:
        samples = newest[self._rows * k : self._rows * (k + 1), -self.window_samples :]
        group = self.groups[k]
        return Window(self.bed, group.name, k, group.derivations, end - self.window_samples, samples)

    def _objections(self, end: int, windows: Samples) -> list[str]:
        """Return for each group why its window may not be scored; "" where it may."""
        first = end - self._reach_samples
        if first < self._clean_from:
            return ["gap" if self._clean_from else "start"] * len(self.groups)
        odd = self._implausible(windows) if self._check_unit else np.zeros(len(self.groups), np.bool_)
        unfit = self._gate.reasons if self._gate else [""] * len(self.groups)
        graver = ["amplitude" if off else poor for off, poor in zip(odd.tolist(), unfit, strict=True)]
        # One number for all rows, so that a clean recording costs one comparison a hop.
        if self._spoilt_until <= first:
            return graver
        spoilt = np.any((self._invalid_until > first).reshape(-1, self._rows), axis=1)
        return ["signal" if bad else other for bad, other in zip(spoilt, graver, strict=True)]

    def _at_fault(self, end: int) -> list[tuple[str, ...]]:
        """Return for each group the electrodes that may have spoilt it: those that are in no good derivation at all.

        An electrode at the end of a lead is in one derivation only, so it is named with the contact beside it.
        """
        bad = self._invalid_until > end - self._reach_samples
        suspect = self._of_electrode & bad[:, None] & ~self._of_electrode[~bad].any(axis=0)
        of_group: Mask = np.any(suspect.reshape(len(self.groups), self._rows, -1), axis=1)
        return [tuple(self._electrodes[column] for column in np.flatnonzero(one)) for one in of_group]

    def _implausible(self, windows: Samples) -> NDArray[np.bool_]:
        """Return which groups have no amplitude of EEG, of windows (rows, window_samples)."""
        # Empty rows are zero and add nothing to either sum; only live ones count as samples.
        samples = self._live_rows * self.window_samples
        # Variance as a difference of two sums: in float32 a small one would drown in the rounding of a large offset.
        of_group = windows.reshape(len(self.groups), -1).astype(np.float64)
        variance_uv2 = np.vecdot(of_group, of_group) / samples - (of_group.sum(axis=1) / samples) ** 2
        low_uv, high_uv = PLAUSIBLE_UV
        plausible: NDArray[np.bool_] = (low_uv**2 <= variance_uv2) & (variance_uv2 <= high_uv**2)
        return ~plausible


def _incidence(groups: tuple[Group, ...]) -> tuple[tuple[str, ...], Mask]:
    """Return the electrodes of all groups, and (rows, electrodes): True where a derivation has the electrode."""
    pairs = [name.split("-") if name else [] for group in groups for name in group.derivations]
    electrodes = tuple(dict.fromkeys(electrode for pair in pairs for electrode in pair))
    return electrodes, np.array([[electrode in pair for electrode in electrodes] for pair in pairs], np.bool_)
