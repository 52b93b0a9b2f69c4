"""Traces for the eye: one bed's channels as they are drawn on the page, read from its sample log.

Channels are filtered and thinned once for all visitors, when somebody looks; nobody looking costs nothing. A visitor
who reads too slowly misses frames, and finds out by their numbers.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from models.errors import MontageError
from models.signal.block_filter import BlockFilter
from models.signal.montage import Montage, build
from stream.acquire.identity import scale_to_uv
from stream.config.keys import Bed, Config
from stream.errors import InputError, RecordError
from stream.logbook.samplelog import SampleLogReader, ring_path
from stream.records import Chunk, Gap
from stream.supervise.trace_frames import encoded

BAND_HZ: Final = (0.5, 35.0)
"""What a reader sees by default on most review stations, mains taken off with the upper edge."""
POINTS_PER_S: Final = 100.0
"""At the least: three points for the shortest spike, and about as many as 10 s have pixels on a screen."""
KEPT_S: Final = 30.0
FRAME_S: Final = 0.1
MOST_SAMPLES: Final = 2**14
"""Filtered at once, about 10 ms of work with 64 channels: all that is kept of usual amplifiers, and a second of one at
16 kHz, which then takes some frames to come. The parent has other things to do."""


class BedTraces:
    """The frames of one bed; `clock` returns monotonic seconds.

    Made in the parent's loop and used there alone.
    """

    def __init__(self, config: Config, bed: str, clock: Callable[[], float] = time.monotonic) -> None:
        [self._settings] = [one for one in config.bed if one.id == bed]
        self._path = ring_path(config, bed)
        self._clock = clock
        self._looked_s = -np.inf
        self._number = 0
        self._open: _Recording | None = None
        self._frames: deque[tuple[int, bytes]] = deque()

    def layout(self) -> dict[str, Any]:
        """Return what the page must know to draw: channels, derivations, filters; {} without a stream."""
        recording = self._opened()
        return {} if recording is None else recording.layout()

    def since(self, number: int) -> list[bytes]:
        """Return the frames after a number, the oldest first; 0 for all that are kept."""
        self._look()
        return [frame for at, frame in self._frames if at > number]

    async def stream(self, number: int = 0) -> AsyncIterator[bytes]:
        """Yield frames as they come, until the visitor leaves."""
        while True:
            # A visitor who is slow is back here late, and is given what is kept: nothing queues up for anybody.
            frames = self.since(number)
            if frames:
                number = self._number
                yield b"".join(frames)
            await asyncio.sleep(FRAME_S)

    def _look(self) -> None:
        """Make a frame of what has come, at most every FRAME_S, however many look."""
        now_s = self._clock()
        if now_s - self._looked_s < FRAME_S / 2:
            return
        recording = self._opened()
        # Nobody looked for long: what is kept has a hole, and what was missed is read from the log.
        if recording is not None and now_s - self._looked_s > KEPT_S:
            recording.go_back()
            self._frames.clear()
        self._looked_s = now_s
        if recording is None:
            return
        first, points = recording.next_points()
        if points.shape[1]:
            self._number += 1
            self._frames.append((self._number, encoded(self._number, first, recording.samples_per_point, points)))
        while len(self._frames) > KEPT_S / FRAME_S:
            self._frames.popleft()

    def _opened(self) -> "_Recording | None":
        if self._open is None or self._open.log.superseded:
            self._frames.clear()
            try:
                self._open = _Recording(SampleLogReader.open(self._path), self._settings)
            except RecordError:
                # No stream yet, or it has just ended: the page says so already.
                self._open = None
        return self._open


class _Recording:
    """One recording: its channels filtered and thinned, in order."""

    def __init__(self, log: SampleLogReader, settings: Bed) -> None:
        self.log = log
        source = log.source
        as_declared = settings.acquire.channel_type == "auto"
        electrodes = settings.condition.electrodes()
        labels = [electrodes.get(label, label) for label in source.labels]
        self._montage: Montage | None
        try:
            self._montage = build(settings.condition.montage, labels, source.types if as_declared else ())
        except MontageError:
            # Sleep alone needs no groups, and a stream that makes none is an alarm: channels are drawn as sent.
            self._montage = None
        self._channels = list(self._montage.channels) if self._montage else list(range(len(source.labels)))
        self._labels = [labels[channel] for channel in self._channels]
        units = [source.units[channel] for channel in self._channels]
        try:
            self._scale_uv = scale_to_uv(self._labels, units, settings.acquire.unit)[:, None]
        except InputError:
            self._scale_uv = np.ones((len(units), 1))
        self.samples_per_point = max(1, int(source.rate_hz // POINTS_PER_S))
        upper_hz = min(BAND_HZ[1], 0.45 * source.rate_hz)
        sections = signal.butter(2, (BAND_HZ[0], upper_hz), "bandpass", fs=source.rate_hz, output="sos")
        self._filter = BlockFilter(sections, len(self._channels), self.samples_per_point)
        self._next = 0
        self._offset_uv: NDArray[np.float64] | None = None
        self.go_back()

    def layout(self) -> dict[str, Any]:
        source, montage = self.log.source, self._montage
        groups = []
        for at, group in enumerate(montage.groups if montage else ()):
            rows = len(group.derivations)
            matrix = montage.matrix[at * rows : (at + 1) * rows] if montage else np.zeros((0, 0))
            derivations = [
                {"name": name, "weights": weights.tolist()}
                for name, weights in zip(group.derivations, matrix, strict=True)
                if name
            ]
            groups.append({"name": group.name, "derivations": derivations})
        return {
            "recording": self.log.recording,
            "rate_hz": source.rate_hz,
            "samples_per_point": self.samples_per_point,
            "band_hz": BAND_HZ,
            "kept_s": KEPT_S,
            "channels": self._labels,
            "groups": groups,
        }

    def go_back(self) -> None:
        """Begin anew, KEPT_S before the newest sample."""
        first = self.log.head - round(KEPT_S * self.log.source.rate_hz)
        self._begin(max(first, self.log.tail, 0))

    def next_points(self) -> tuple[int, NDArray[np.float64]]:
        """Return the points (channels, n) of what has come, and the index of the first."""
        parts = [np.zeros((len(self._channels), 0))]
        for record in self.log.read(self._next, MOST_SAMPLES):
            parts.append(self._of_gap(record) if isinstance(record, Gap) else self._of_chunk(record))
            self._next = record.end
        points = np.concatenate(parts, axis=1)
        return self._next // self.samples_per_point - points.shape[1], points

    def _of_chunk(self, chunk: Chunk) -> NDArray[np.float64]:
        samples = chunk.samples[self._channels].astype(np.float64) * self._scale_uv
        bad = ~np.isfinite(samples)
        if self._offset_uv is None:
            # Electrodes have offsets of millivolts: met from zero, they would swing off the page for seconds.
            self._offset_uv = np.where(bad, 0.0, samples)[:, :1]
        _, points = self._filter.push(chunk.first, np.where(bad, 0.0, samples - self._offset_uv))
        # The last sample of every point is the one that is kept, by absolute index.
        kept = np.arange(chunk.first, chunk.end) % self.samples_per_point == self.samples_per_point - 1
        points[bad[:, kept]] = np.nan
        return points

    def _of_gap(self, gap: Gap) -> NDArray[np.float64]:
        each = self.samples_per_point
        # However long the gap was: more than is kept is never drawn.
        points = min(gap.end // each - gap.first // each, round(KEPT_S * self.log.source.rate_hz / each))
        self._begin(gap.end)
        return np.full((len(self._channels), points), np.nan)

    def _begin(self, first: int) -> None:
        self._next = first
        self._offset_uv = None
        self._filter.restart()
