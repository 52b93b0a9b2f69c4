"""acquire: one LSL stream in, the bed's sample log out. The only code that knows LSL's receiving side.

As a process, `python -m stream.acquire`, it reads one JSON object from stdin: `config`, `bed`, `wake_fd` (an eventfd,
written after samples were logged), `report_fd` (a pipe for `stream.reports`), and optionally `restarted`: true if this
bed was watched before, so that only the stream of its recording may be bound.

liblsl is used as it is safest: streams are enumerated and compared here (no query is made from a stranger's text),
`recover=False` (its recovery takes any stream of the same name, whatever its rate), processing flags 0 (its own
smoothing hides losses), and an inlet is pulled by one thread alone. What may block for ever (`info`,
`time_correction`) runs in a thread that may be left behind. Every error of pylsl is a RuntimeError.
"""

import ctypes
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import numpy as np
import pylsl
from pylsl.lib import fmt2string

from stream.config import Config
from stream.errors import InputError, RecordError, SpikewatchError
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter, ring_path
from stream.records import Source
from stream.reports import AcquireReport, ReportWriter
from stream.source.chunkpull import ChunkPull
from stream.source.identity import NUMERIC_FORMATS, described, steady_source_id
from stream.source.inlet import Inlet, LinkLostError, Pulled
from stream.source.link import Link

SEARCH_S: Final = 1.0
BUFFER_S: Final = 360
DESCRIBE_S: Final = 5.0
LONGEST_CHUNK_S: Final = 0.05
"""A sender that collects long chunks is asked to send after this much, so that its habit is not our latency."""
PULL_SECONDS: Final = 1.0
OFFSET_EVERY_S: Final = 5.0
OFFSET_TIMEOUT_S: Final = 2.0
_PR_SET_PDEATHSIG: Final = 1


class LslInlet:
    """One open inlet; dropped for good by `close`."""

    def __init__(self, found: pylsl.StreamInfo) -> None:
        listed = _listed(found)
        if listed.format not in NUMERIC_FORMATS:
            raise InputError(f"{described(listed)} sends {listed.format} samples; EEG needs numbers")
        chunk = max(1, math.ceil(listed.rate_hz * LONGEST_CHUNK_S))
        self._inlet = pylsl.StreamInlet(found, max_buflen=BUFFER_S, max_chunklen=chunk, recover=False)
        self.source = _full_description(self._inlet, listed)
        self._pull = _chunk_pull(self._inlet, math.ceil(listed.rate_hz * PULL_SECONDS))
        self._offset_s = 0.0 if listed.hostname == os.uname().nodename else math.nan
        self._closed = threading.Event()
        threading.Thread(target=self._follow_clock, args=(self._inlet,), daemon=True).start()

    def pull(self, timeout_s: float) -> Pulled:
        """Wait for samples and take all there are, up to a second's worth."""
        try:
            return self._pull(timeout_s)
        except LinkLostError as error:
            raise LinkLostError(f"{described(self.source)} is gone: {error}") from None

    def clock_offset_s(self) -> float:
        """Return what to add to a stamp to have this host's clock; NaN while unknown."""
        return self._offset_s

    def close(self) -> None:
        """Drop the subscription; the inlet dies with its last user, perhaps the clock's thread."""
        self._closed.set()
        del self._pull, self._inlet

    def _follow_clock(self, inlet: pylsl.StreamInlet) -> None:
        while not self._closed.is_set():
            # On a timeout the last offset stands; a sender that is gone is the puller's business.
            with suppress(RuntimeError):
                self._offset_s = inlet.time_correction(OFFSET_TIMEOUT_S)
            self._closed.wait(OFFSET_EVERY_S)


class LslNetwork:
    """The streams that LSL can see from here."""

    def __init__(self) -> None:
        self._found: dict[str, pylsl.StreamInfo] = {}

    def visible(self) -> list[Source]:
        """List what answers within a second; channel names and units are known only once a stream is opened."""
        self._found = {info.uid(): info for info in pylsl.resolve_streams(SEARCH_S)}
        return [_listed(info) for info in self._found.values()]

    def open(self, source: Source) -> Inlet:
        """Subscribe to a stream of the last listing.

        Raises
        ------
        LinkLostError
            if it has gone or does not describe itself in time
        InputError
            if its samples are no numbers
        """
        try:
            return LslInlet(self._found[source.uid])
        except RuntimeError as error:
            raise LinkLostError(f"{described(source)} cannot be opened: {error}") from None


class MonotonicClock:
    """The host's own clock, which is also LSL's."""

    def now_s(self) -> float:
        """Return the monotonic time."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


def streams() -> list[Source]:
    """List the LSL streams that can be seen, each with its channels' names and units if it tells them in time."""
    sources = []
    for info in pylsl.resolve_streams(SEARCH_S):
        listed = _listed(info)
        try:
            sources.append(_full_description(pylsl.StreamInlet(info, recover=False), listed))
        except LinkLostError:
            sources.append(listed)
    return sources


def _chunk_pull(inlet: pylsl.StreamInlet, most: int) -> ChunkPull:
    dtype = np.dtype(inlet.np_dtype)
    return ChunkPull(inlet.do_pull_chunk, inlet.obj, channels=inlet.channel_count, dtype=dtype, most=max(64, most))


def _listed(info: pylsl.StreamInfo) -> Source:
    """Take what a search tells of a stream: its channels are counted, not yet named."""
    count = info.channel_count()
    return Source(
        name=info.name(),
        type=info.type(),
        source_id=info.source_id(),
        hostname=info.hostname(),
        uid=info.uid(),
        rate_hz=float(info.nominal_srate()),
        format=fmt2string[info.channel_format()],
        labels=tuple(str(channel + 1) for channel in range(count)),
        units=("",) * count,
        types=("",) * count,
    )


def _full_description(inlet: pylsl.StreamInlet, listed: Source) -> Source:
    """Ask the sender for its channels' names, units and types, for at most a few seconds.

    liblsl's own timeout does not hold on a dead stream (sccn/liblsl#201), hence the thread.
    """
    answers: list[Source] = []

    def ask() -> None:
        with suppress(RuntimeError):
            answers.append(_with_channels(inlet.info(DESCRIBE_S), listed))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(DESCRIBE_S + 1)
    if not answers:
        raise LinkLostError(f"{described(listed)} did not describe itself within {DESCRIBE_S:g} s")
    return answers[0]


def _with_channels(info: pylsl.StreamInfo, listed: Source) -> Source:
    return replace(
        listed,
        source_id=steady_source_id(listed.source_id),
        labels=_per_channel(info.get_channel_labels(), listed.labels),
        units=_per_channel(info.get_channel_units(), listed.units),
        types=_per_channel(info.get_channel_types(), listed.types),
    )


def _per_channel(declared: list[str | None] | None, undeclared: tuple[str, ...]) -> tuple[str, ...]:
    """Take what is declared, channel by channel; a list of another length declares nothing."""
    if declared is None or len(declared) != len(undeclared):
        return undeclared
    return tuple(one or other for one, other in zip(declared, undeclared, strict=True))


def _log_opener(path: Path, capacity_s: float) -> Callable[[Source], SampleLogWriter]:
    """Give what opens a recording: the one at `path` if it is of the same stream, else a new one."""

    def open_log(source: Source) -> SampleLogWriter:
        try:
            return SampleLogWriter.resume(path, source)
        except RecordError:
            return SampleLogWriter.create(path, source, capacity_s)

    return open_log


def _recorded(path: Path) -> Source | None:
    """Return the stream of the recording at `path`, if there is one."""
    try:
        return SampleLogReader.open(path).source
    except RecordError:
        return None


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def run(task: dict[str, Any]) -> NoReturn:
    """Follow one bed's stream until SIGTERM, or until the parent is gone."""
    config = Config.model_validate(task["config"])
    [bed] = [bed for bed in config.bed if bed.id == task["bed"]]
    path = ring_path(config, bed.id)
    writer = ReportWriter(task["report_fd"])
    wake_fd: int = task["wake_fd"]

    def send(report: AcquireReport) -> None:
        writer.send(report)

    link = Link(
        bed.id,
        bed.acquire,
        network=LslNetwork(),
        clock=MonotonicClock(),
        open_log=_log_opener(path, bed.acquire.ring_s),
        wake=lambda: os.eventfd_write(wake_fd, 1),
        send=send,
        pinned=_recorded(path) if task.get("restarted", False) else None,
    )
    try:
        while True:
            link.step()
    finally:
        link.close()


def main() -> NoReturn:
    """Run as a child process."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run(json.loads(sys.stdin.readline()))
    except BrokenPipeError:
        sys.exit(0)  # The parent, to whom this process reports, is gone.
    except SpikewatchError as error:
        sys.stderr.write(f"spikewatch acquire: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
