"""One bed's traces for all who look: read from its sample log ten times a second while somebody does, and on request.

A reader of shared memory, which the writer and the detector never notice. Channels are filtered once and each montage
is made once, for however many visitors; nobody looking costs nothing.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from stream.config.keys import Config
from stream.errors import RecordError
from stream.logbook.samplelog import SampleLogReader, ring_path
from stream.supervise.trace_frames import Columns, encoded
from stream.supervise.trace_maker import BAND_HZ, TraceMaker

FRAME_S: Final = 0.1
SETTLE_S: Final = 5.0
"""Filtered before what is shown: the high-pass of 0.5 Hz has then forgotten where it began."""
MOST_BEHIND_S: Final = 2.0
"""If they are further behind, as after a while without visitors, traces continue at the newest sample."""
MOST_SAMPLES: Final = 2**14
"""Filtered at once, about 10 ms of work with 64 channels: the parent has other things to do."""
MOST_WAITING: Final = 20
"""Frames, two seconds, that wait for a visitor who does not read; then the oldest give way."""


@dataclass(slots=True, eq=False)
class Viewer:
    """One visitor: the montage looked at, and what waits to be sent."""

    montage: str
    waiting: deque[bytes | dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_WAITING))
    news: asyncio.Event = field(default_factory=asyncio.Event)
    introduced: str | None = None

    def put(self, message: bytes | dict[str, Any]) -> None:
        """Queue a message; beyond the limit the oldest is lost, which the numbers of frames tell."""
        self.waiting.append(message)
        self.news.set()


class BedTraces:
    """The traces of one bed. Used in the parent's loop alone, but for `past`.

    Attributes
    ----------
    viewers
        who is sent what comes
    resting
        True while none are made, for a host that is too slow; afterwards they go on at the newest sample
    """

    def __init__(self, config: Config, bed: str) -> None:
        [self._settings] = [one for one in config.bed if one.id == bed]
        self._path = ring_path(config, bed)
        self._log: SampleLogReader | None = None
        self._maker: TraceMaker | None = None
        self._position = 0
        # Of each montage: the newest frame's number, and the index just past its last column.
        self._sent: dict[str, tuple[int, int]] = {}
        self.viewers: set[Viewer] = set()
        self.resting = False

    def viewer(self, montage: str) -> Viewer:
        """Return a visitor that `run` sends to from then on."""
        viewer = Viewer(montage)
        self.viewers.add(viewer)
        return viewer

    async def run(self) -> None:
        """Send what comes for as long as somebody looks."""
        while self.viewers:
            self.poll()
            await asyncio.sleep(FRAME_S)

    def poll(self) -> None:
        """Queue for every viewer what came since the last time."""
        if self.resting:
            return
        try:
            self._open()
            for viewer in self.viewers:
                self._introduce(viewer)
            if self._log is not None and self._maker is not None:
                self._send(self._log, self._maker)
        except RecordError:
            # The stream has just ended or begun anew: the page says so already, and the next look finds it.
            self._log = self._maker = None

    def _send(self, log: SampleLogReader, maker: TraceMaker) -> None:
        rate_hz, head = log.source.rate_hz, log.head
        if head - self._position > (MOST_BEHIND_S + SETTLE_S) * rate_hz:
            self._position = max(log.tail, head - round(SETTLE_S * rate_hz))
            maker.begin(self._position)
        records = log.read(self._position, MOST_SAMPLES)
        if not records:
            return
        self._position = records[-1].end
        for name, columns in maker.push(records, sorted({viewer.montage for viewer in self.viewers})):
            frame = self._frame(name, columns, maker.samples_per_column)
            for viewer in self.viewers:
                if viewer.montage == name:
                    viewer.put(frame)

    def _frame(self, montage: str, columns: Columns, samples_per_column: int) -> bytes:
        number, end = self._sent.get(montage, (0, -1))
        self._sent[montage] = (number + 1, columns.end)
        return encoded(columns, number + 1, samples_per_column, behind_gap=columns.first != end)

    def _introduce(self, viewer: Viewer) -> None:
        """Send what must be known of the frames that follow, where that is another than was sent before."""
        recording = self._log.recording if self._log else ""
        if viewer.introduced == recording:
            return
        viewer.introduced = recording
        # A montage that another stream made, and this one cannot.
        if self._maker is not None and viewer.montage not in self._maker.montages:
            viewer.montage = next(iter(self._maker.montages))
        viewer.waiting.clear()
        viewer.put(self._layout(viewer.montage))

    def _layout(self, montage: str) -> dict[str, Any]:
        if self._log is None or self._maker is None:
            return {}
        return {
            "recording": self._log.recording,
            "rate_hz": self._log.source.rate_hz,
            "samples_per_column": self._maker.samples_per_column,
            "kept_s": self._settings.acquire.ring_s,
            "band_hz": BAND_HZ,
            "channels": self._maker.labels,
            "montage": montage,
            "montages": list(self._maker.montages),
            "rows": [{"name": name, "group": group} for name, group in self._maker.montages[montage].rows],
        }

    def _open(self) -> None:
        """Find the present recording."""
        if self._log is not None and not self._log.superseded:
            return
        self._log = self._maker = None
        try:
            log = SampleLogReader.open(self._path)
        except RecordError:
            # No stream yet, or it has just ended.
            return
        self._log, self._maker = log, TraceMaker(log.source, self._settings)
        self._position = max(log.tail, log.head - round(SETTLE_S * log.source.rate_hz))
        self._maker.begin(self._position)
        self._sent.clear()

    def past(self, recording: str, montage: str, first: int, count: int) -> bytes | None:
        """Return a frame of columns [first, first + count), without samples where the ring has none.

        It may run on a thread of its own, and takes about as long as `MOST_SAMPLES` says.

        Raises
        ------
        RecordError
            if there is no stream
        """
        log = SampleLogReader.open(self._path)
        maker = TraceMaker(log.source, self._settings)
        if log.recording != recording or montage not in maker.montages:
            return None
        each = maker.samples_per_column
        begin = max(log.tail, first * each - round(SETTLE_S * log.source.rate_hz))
        end = min((first + count) * each, log.head)
        whole = Columns.unknown(first, len(maker.montages[montage].rows), count)
        maker.begin(begin)
        while begin < end:
            records = log.read(begin, min(MOST_SAMPLES, end - begin))
            begin = records[-1].end
            for _, columns in maker.push(records, (montage,)):
                whole.put(columns)
        return encoded(whole, 0, each)
