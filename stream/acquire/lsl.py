"""The LSL side of acquire: streams that can be seen, and inlets.

liblsl is used as it is safest: streams are enumerated and compared here (no query is made from a stranger's text),
`recover=False` (its recovery takes any stream of the same name, whatever its rate), processing flags 0 (its own
smoothing hides losses), and an inlet is pulled by one thread alone. What may block without end (`info`,
`time_correction`) runs in a thread that may be left behind. Every error of pylsl is a RuntimeError.
"""

import ctypes
import math
import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import Final

import numpy as np
from pylsl.lib import fmt2string, lib

from models.signal.units import of_counts
from stream.acquire.identity import MOST_CHANNELS, described, steady_source_id, unopenable
from stream.acquire.ports import Inlet, LinkLostError, Pulled
from stream.acquire.pull import ChunkPull
from stream.acquire.sender_clock import SenderClock
from stream.errors import InputError
from stream.liblsl import pylsl
from stream.records import Source

SEARCH_S: Final = 1.0
BUFFER_S: Final = 360
"""What liblsl holds for this process while it is stopped or starved."""
DESCRIBE_S: Final = 5.0
LONGEST_CHUNK_S: Final = 0.05
"""A sender that collects long chunks is asked to send after this much, so that its habit is not our latency."""
PULL_SECONDS: Final = 1.0
OFFSET_EVERY_S: Final = 5.0
OFFSET_TIMEOUT_S: Final = 2.0
LISTEN_EVERY_S: Final = 5.0
"""Pause between two searches for other streams that would fit a bed that has one."""


class LslInlet:
    """One open inlet; dropped for good by `close`."""

    def __init__(self, found: pylsl.StreamInfo) -> None:
        listed = _listed(found)
        # Before memory is taken for what it declares.
        if reason := unopenable(listed):
            raise InputError(reason)
        chunk = max(1, math.ceil(listed.rate_hz * LONGEST_CHUNK_S))
        self._inlet = pylsl.StreamInlet(found, max_buflen=BUFFER_S, max_chunklen=chunk, recover=False)
        self.source = _full_description(self._inlet, listed)
        self._pull = _chunk_pull(self._inlet, math.ceil(listed.rate_hz * PULL_SECONDS))
        self._clock, self._created_s = SenderClock(same_host=listed.hostname == os.uname().nodename), found.created_at()
        self._closed = threading.Event()
        # A daemon, because a time correction of a dead stream may never return.
        threading.Thread(target=self._follow_clock, args=(self._inlet,), daemon=True).start()

    def pull(self, timeout_s: float) -> Pulled:
        """Wait for samples and return all there are, up to a second's worth."""
        try:
            pulled = self._pull(timeout_s)
        except LinkLostError as error:
            raise LinkLostError(f"{described(self.source)} is gone: {error}") from None
        self._clock.note_arrival(pulled.stamp_s)
        return pulled

    def clock_offset_s(self) -> float:
        """Return what to add to a stamp to have this host's clock; NaN while unknown."""
        return self._clock.offset_s

    def clock_age_s(self) -> float:
        """Return how long ago the sender's clock was last compared with this host's."""
        return self._clock.age_s()

    def opened_s(self) -> float:
        """Return when the sender opened the stream, by this host's clock."""
        return float(self._created_s) + self._clock.offset_s

    def close(self) -> None:
        """Drop the subscription; the inlet dies with its last user, perhaps the clock's thread."""
        self._closed.set()
        # Dropped and not closed: the clock's thread may be inside a call on it at this moment.
        del self._pull, self._inlet

    def _follow_clock(self, inlet: pylsl.StreamInlet) -> None:
        remote_s = ctypes.c_double()
        while not self._closed.is_set():
            # On a timeout the last offset stands; a sender that is gone is the puller's business.
            self._clock.note_comparison(_time_correction(inlet, remote_s), remote_s.value)
            self._closed.wait(OFFSET_EVERY_S)


class LslNetwork:
    """The streams that LSL can see from here."""

    def __init__(self) -> None:
        self._found: dict[str, pylsl.StreamInfo] = {}
        self._overheard: tuple[float, list[Source]] = (-math.inf, [])
        self._listening: threading.Thread | None = None

    def visible(self) -> list[Source]:
        """List what answers within a second; channel names and units are known only once a stream is opened."""
        self._found = {info.uid(): info for info in pylsl.resolve_streams(SEARCH_S)}
        return [_listed(info) for info in self._found.values()]

    def overheard(self, since_s: float) -> list[Source]:
        """List what the search in the background last found, if it began after `since_s`."""
        if self._listening is None:
            # A daemon, because nobody waits for a search to end.
            self._listening = threading.Thread(target=self._listen, daemon=True)
            self._listening.start()
        began_s, found = self._overheard
        return found if began_s > since_s else []

    def _listen(self) -> None:
        while True:
            began_s = time.monotonic()
            with suppress(RuntimeError):
                self._overheard = began_s, [_listed(info) for info in pylsl.resolve_streams(SEARCH_S)]
            time.sleep(LISTEN_EVERY_S)

    def open(self, source: Source) -> Inlet:
        """Subscribe to a stream of the last listing.

        Raises
        ------
        LinkLostError
            if it has gone or does not describe itself in time
        InputError
            if its samples are no numbers, or its channels too many
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
        """Wait so many seconds."""
        time.sleep(seconds)


def streams() -> list[Source]:
    """List the LSL streams that can be seen, each with its channels' names and units if it tells them in time."""
    sources = []
    for info in pylsl.resolve_streams(SEARCH_S):
        source = _listed(info)
        with suppress(LinkLostError):
            source = _full_description(pylsl.StreamInlet(info, recover=False), source) if source.labels else source
        sources.append(source)
    return sources


def _time_correction(inlet: pylsl.StreamInlet, remote_s: ctypes.c_double) -> float:
    """Return the offset of the sender's clock, NaN if it is not known; `remote_s` takes when it was measured."""
    correct = lib.lsl_time_correction_ex
    correct.restype = ctypes.c_double
    error, uncertainty_s, timeout = ctypes.c_int(), ctypes.c_double(), ctypes.c_double(OFFSET_TIMEOUT_S)
    # pylsl has the offset alone.
    offset_s = correct(inlet.obj, ctypes.byref(remote_s), ctypes.byref(uncertainty_s), timeout, ctypes.byref(error))
    return math.nan if error.value else float(offset_s)


def _chunk_pull(inlet: pylsl.StreamInlet, most: int) -> ChunkPull:
    dtype = np.dtype(inlet.np_dtype)
    # 64 at the least: at low rates a second's samples are few, and a backlog would take many pulls.
    return ChunkPull(inlet.do_pull_chunk, inlet.obj, channels=inlet.channel_count, dtype=dtype, most=max(64, most))


def _listed(info: pylsl.StreamInfo) -> Source:
    """Describe a stream as a search shows it: its channels are counted, not yet named."""
    count = info.channel_count() if info.channel_count() <= MOST_CHANNELS else 0
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
        labels=_per_channel(_declared(info, "label"), listed.labels),
        units=_units(info, listed),
        types=_per_channel(_declared(info, "type"), listed.types),
    )


def _units(info: pylsl.StreamInfo, listed: Source) -> tuple[str, ...]:
    units = _per_channel(_declared(info, "unit"), listed.units)
    factors = _per_channel(_declared(info, "scaling_factor"), listed.types)
    return tuple(of_counts(unit, factor, listed.format) for unit, factor in zip(units, factors, strict=True))


def _declared(info: pylsl.StreamInfo, field: str) -> list[str]:
    """Return one field of each channel that the description lists, "" where it has none."""
    # Not by pylsl, which prints a line where the description lists another number of channels than are sent.
    values, channel = [], info.desc().child("channels").child("channel")
    while not channel.empty():
        values.append(channel.child_value(field))
        channel = channel.next_sibling("channel")
    return values


def _per_channel(declared: list[str], undeclared: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is declared, channel by channel; a list of another length declares nothing."""
    if len(declared) != len(undeclared):
        return undeclared
    return tuple(one or other for one, other in zip(declared, undeclared, strict=True))
