"""From the records of a sample log to columns of traces, in as many montages as somebody looks at."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from models.errors import MontageError
from models.signal.block_filter import BlockFilter
from models.signal.channels import NameOf, understand
from models.signal.electrodes import contact_or_electrode, electrode
from models.signal.montage import Montage, build
from stream.acquire.identity import scale_to_uv
from stream.config.keys import Bed
from stream.errors import InputError
from stream.records import Chunk, Gap, Source
from stream.supervise.trace_frames import Columns, thinned

BAND_HZ: Final = (0.5, 35.0)
"""What a reader sees by default on most review stations, mains taken off with the upper edge."""
COLUMNS_PER_S: Final = 128.0
"""At the least, where there are as many samples: a second at 30 mm/s is 113 pixels of CSS wide."""
SPOILS: Final = 0.5
"""A channel without a number leaves a hole in the rows that weigh it so much: an average has a little of every one."""


@dataclass(frozen=True, slots=True)
class ShownMontage:
    """`rows` are (name, group), one for each row of `matrix` (rows, channels used)."""

    rows: tuple[tuple[str, str], ...]
    matrix: NDArray[np.float64]

    def of(self, samples_uv: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rows of channels' samples (channels, n), NaN where there is none."""
        bad = ~np.isfinite(samples_uv)
        if not bad.any():
            return self.matrix @ samples_uv
        rows: NDArray[np.float64] = self.matrix @ np.where(bad, 0.0, samples_uv)
        rows[(np.abs(self.matrix) >= SPOILS) @ bad.astype(np.float64) > 0] = np.nan
        return rows


class TraceMaker:
    """Filters one recording's channels and makes whole columns, which lie on a grid of the absolute index.

    Attributes
    ----------
    montages
        those in which the channels can be shown, the detector's first where there is one
    """

    def __init__(self, source: Source, settings: Bed) -> None:
        types = source.types if settings.acquire.channel_type == "auto" else ()
        electrodes = settings.condition.electrodes()
        labels = [electrodes.get(label, label) for label in source.labels]
        montage: Montage | None
        try:
            montage = build(settings.condition.montage, labels, types)
        except MontageError:
            # Sleep alone needs no groups, and a stream that makes none is an alarm: channels are drawn as sent.
            montage = None
        # More than the detector looks at: a reader of a cap of 64 electrodes has no less.
        known = {one.index for one in understand(labels, types, _name_of(settings)).usable}
        self._channels = sorted(known | set(montage.channels if montage else ())) or list(range(len(labels)))
        self.labels = [labels[channel] for channel in self._channels]
        self.montages = _montages(montage, self._channels, self.labels)
        units = [source.units[channel] for channel in self._channels]
        try:
            self._scale_uv = scale_to_uv(self.labels, units, settings.acquire.unit)[:, None]
        except InputError:
            self._scale_uv = np.ones((len(units), 1))
        self.samples_per_column = max(1, int(source.rate_hz // COLUMNS_PER_S))
        upper_hz = min(BAND_HZ[1], 0.45 * source.rate_hz)
        sections = signal.butter(2, (BAND_HZ[0], upper_hz), "bandpass", fs=source.rate_hz, output="sos")
        self._filter = BlockFilter(sections, len(self._channels))
        self._offset_uv: NDArray[np.float64] | None = None
        # The next sample's index, and those before it that make no whole column yet.
        self._next = 0
        self._rest = self._nothing(0)

    def begin(self, first: int) -> None:
        """Forget what came: the next sample is `first`, and the first column the one that begins there or next."""
        each = self.samples_per_column
        self._restart()
        self._begin(-(-first // each) * each)

    def push(self, records: Iterable[Chunk | Gap], names: Iterable[str]) -> Iterator[tuple[str, Columns]]:
        """Yield the columns that records complete, in each montage named; a gap of whole columns is left out."""
        wanted, each = list(names), self.samples_per_column
        for first, samples_uv in self._pieces(records):
            for name in wanted:
                yield name, thinned(first // each, self.montages[name].of(samples_uv), each)

    def _pieces(self, records: Iterable[Chunk | Gap]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield samples of whole columns, and the index of their first."""
        waiting: list[Chunk] = []
        for record in records:
            if isinstance(record, Chunk):
                waiting.append(record)
                continue
            yield from self._of_chunks(waiting)
            waiting = []
            yield from self._of_gap(record)
        yield from self._of_chunks(waiting)

    def _of_chunks(self, chunks: list[Chunk]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        if not chunks:
            return
        # Amplifiers send a few samples at a time: together they are filtered as fast as a long chunk.
        samples = np.concatenate([chunk.samples[self._channels] for chunk in chunks], axis=1)
        filtered = self._filtered(chunks[0].first, samples)
        # What lies before the first whole column warms the filter and is not shown.
        yield from self._whole(filtered[:, max(0, self._next - chunks[0].first) :])

    def _of_gap(self, gap: Gap) -> Iterator[tuple[int, NDArray[np.float64]]]:
        self._restart()
        each = self.samples_per_column
        end = -(-self._next // each) * each
        if gap.end > self._next:
            yield from self._whole(self._nothing(min(gap.end, end) - self._next))
        if gap.end > end:
            # Whole columns without a sample are left out: who draws sees by the next one's index that they are.
            self._begin(gap.end // each * each)
            yield from self._whole(self._nothing(gap.end % each))

    def _whole(self, samples_uv: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield what is whole with these samples; the rest of it waits for more."""
        samples_uv = np.concatenate([self._rest, samples_uv], axis=1)
        first = self._next - self._rest.shape[1]
        cut = samples_uv.shape[1] // self.samples_per_column * self.samples_per_column
        self._next = first + samples_uv.shape[1]
        self._rest = samples_uv[:, cut:]
        if cut:
            yield first, samples_uv[:, :cut]

    def _filtered(self, first: int, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        samples_uv = samples.astype(np.float64) * self._scale_uv
        bad = ~np.isfinite(samples_uv)
        if self._offset_uv is None:
            # Electrodes have offsets of millivolts: met from zero, they would swing off the page for seconds.
            self._offset_uv = np.where(bad, 0.0, samples_uv)[:, :1]
        _, filtered = self._filter.push(first, np.where(bad, 0.0, samples_uv - self._offset_uv))
        filtered[bad] = np.nan
        return filtered

    def _nothing(self, count: int) -> NDArray[np.float64]:
        return np.full((len(self._channels), count), np.nan)

    def _begin(self, first: int) -> None:
        self._next = first
        self._rest = self._nothing(0)

    def _restart(self) -> None:
        self._offset_uv = None
        self._filter.restart()


def _name_of(settings: Bed) -> NameOf:
    # "T3" is an electrode of the scalp, and on a lead of depth electrodes its third contact.
    return contact_or_electrode if settings.condition.montage == "shaft" else electrode


def _montages(montage: Montage | None, channels: list[int], labels: list[str]) -> dict[str, ShownMontage]:
    """Return every montage by its name."""
    own = np.eye(len(labels))
    found = {}
    if montage is not None:
        names = [(name, group.name) for group in montage.groups for name in group.derivations]
        live = [row for row, (name, _) in enumerate(names) if name]
        matrix = montage.matrix[live] @ own[[channels.index(channel) for channel in montage.channels]]
        found["detector"] = ShownMontage(tuple(names[row] for row in live), matrix)
    alone = tuple((label, "") for label in labels)
    return found | {"average": ShownMontage(alone, own - own.mean(axis=0)), "referential": ShownMontage(alone, own)}
