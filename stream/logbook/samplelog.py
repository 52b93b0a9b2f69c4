"""The sample log: one shared-memory ring per bed, written by `acquire` alone, read by any number of processes.

The writer may be killed at any instruction, and a reader takes no lock:

1. the writer gives up (OLDEST, FLOOR) all that it is about to overwrite;
2. it writes the samples and the entry;
3. it raises COUNT, one aligned 8-byte store, which alone makes the entry visible.

A reader copies first and then checks whether the writer has meanwhile given up what was copied; if so it reads again.
Both sides rely on stores becoming visible in the order in which they were made: `store_order` says where they do.
"""

import hashlib
import math
import os
from bisect import bisect_right
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from stream.config.keys import Config
from stream.errors import RecordError
from stream.logbook.recording_view import RecordingView
from stream.logbook.ring import Entry, Ring, build, lock
from stream.records import Chunk, Gap, Samples, Source

SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- memory is the point, and the file is 0600
_LONGEST_REASON: Final = 40
"""Bytes that an entry has for it."""


def ring_path(config: Config, bed: str) -> Path:
    """Name the bed's ring: one per journal file, site and bed, so that two instances never meet."""
    # Hashed, because /dev/shm shows names to every user of the host and a path may name a person.
    key = f"{config.journal.path.resolve()}\0{config.site}\0{bed}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    return SHARED_MEMORY / f"spikewatch-{digest}-{bed}.ring"


class SampleLogWriter(RecordingView):
    """The one writer of a ring; a second is refused until this one closes or its process is gone."""

    def __init__(self, ring: Ring, held_lock: int) -> None:
        super().__init__(ring)
        self._held_lock = held_lock

    @classmethod
    def create(cls, path: Path, source: Source, capacity_s: float) -> "SampleLogWriter":
        """Begin a new recording at index 0, in place of any ring at `path`.

        Raises
        ------
        RecordError
            if another writer holds the path, or there is not enough shared memory
        """
        held = lock(path)
        try:
            # Built aside and renamed: no reader ever opens half a ring, and those of the old one keep it.
            new = path.with_suffix(".new")
            build(new, source, capacity_s)
            new.replace(path)
            return cls(Ring.open(path, writable=True), held)
        except BaseException:
            os.close(held)
            raise

    @classmethod
    def resume(cls, path: Path, source: Source) -> "SampleLogWriter":
        """Continue the recording at `path` after its writer ended.

        Raises
        ------
        RecordError
            if there is none, another writer holds it, or more than the uid of its stream differs
        """
        held = lock(path)
        try:
            return cls(_same_stream(Ring.open(path, writable=True), source), held)
        except BaseException:
            os.close(held)
            raise

    def close(self) -> None:
        """Free the ring for another writer; it stays readable."""
        os.close(self._held_lock)

    def append(self, samples: Samples, arrival_s: float, lsl_s: float) -> None:
        """Append samples (channels, n) that arrived at `arrival_s`; `lsl_s` is the newest one's LSL time.

        More than half a ring is cut into pieces, so that a reader always finds some of it.
        """
        length, step = samples.shape[1], self._ring.capacity // 2
        for start in range(0, length, step):
            end = min(start + step, length)
            # Counted back from the newest sample, whose time alone is known.
            piece_lsl_s = lsl_s - (length - end) / self.source.rate_hz
            self._append(samples[:, start:end], arrival_s, piece_lsl_s)

    def gap(self, length: int, reason: str, arrival_s: float) -> None:
        """Record that `length` samples never arrived: the index counts them, too."""
        text = reason.encode()
        if length <= 0 or not 0 < len(text) <= _LONGEST_REASON:
            raise ValueError(f"a gap has a length and a short reason, not {length} and {reason!r}")
        last = self.newest
        entry = Entry(last.end, last.end + length, last.stored_after, arrival_s, math.nan, text)
        self._give_up_for(entry)
        self._ring.publish(entry)

    def _append(self, samples: Samples, arrival_s: float, lsl_s: float) -> None:
        last = self.newest
        entry = Entry(last.end, last.end + samples.shape[1], last.stored_after, arrival_s, lsl_s, b"\0")
        self._give_up_for(entry)
        self._ring.store(entry.stored, samples)
        self._ring.publish(entry)

    def _give_up_for(self, entry: Entry) -> None:
        """Give up whatever `entry` will overwrite, before it is overwritten."""
        ring = self._ring
        floor = max(ring.floor, entry.stored_after - ring.capacity)
        # Both limits only rise: a reader that sees an old value reads again, and never trusts what is gone.
        oldest = max(ring.oldest, ring.count + 1 - ring.entry_capacity)
        while oldest < ring.count and _is_gone(ring.entry(oldest), floor):
            oldest += 1
        ring.give_up(oldest, floor)


class SampleLogReader(RecordingView):
    """A reader of a ring, in any process; it never disturbs the writer."""

    @classmethod
    def open(cls, path: Path) -> "SampleLogReader":
        """Map the ring at `path`.

        Raises
        ------
        RecordError
            if there is none or it is not a whole one
        """
        return cls(Ring.open(path, writable=False))

    @property
    def superseded(self) -> bool:
        """Whether a new recording has begun at the path, or the ring was removed."""
        try:
            return self.path.stat().st_ino != self._ring.inode
        except FileNotFoundError:
            return True

    @property
    def tail(self) -> int:
        """The oldest index that can still be read."""
        return self._oldest_held()[1]

    def read(self, first: int, max_samples: int) -> list[Chunk | Gap]:
        """Return what is held from index `first` on, contiguous, at most `max_samples` samples (gaps not counted).

        Each chunk lies within one appended chunk, so its times are those of its own newest sample. What was
        overwritten before it could be read comes first, as a shed gap. Nothing new: an empty list.

        Raises
        ------
        RecordError
            if `first` has not been reached yet: it belongs to another recording
        """
        if first > self.head:
            raise RecordError(f"{self.path}: sample {first} is past the newest, {self.head}; another recording?")
        while True:
            oldest, tail, arrival_s = self._oldest_held()
            records: list[Chunk | Gap] = []
            if first < tail:
                records.append(Gap(first, tail - first, "shed", "overrun", arrival_s))
            if self._collect(records, oldest, max(first, tail), max_samples):
                return records

    def _oldest_held(self) -> tuple[int, int, float]:
        """Return the oldest entry's number, the oldest index held, and when that arrived."""
        ring = self._ring
        while True:
            # Read before and after the entry: equal values mean that the writer gave nothing of it up in between.
            oldest, floor = ring.oldest, ring.floor
            if oldest >= ring.count:
                return oldest, 0, math.nan
            entry = ring.entry(oldest)
            if (oldest, floor) == (ring.oldest, ring.floor):
                cut = 0 if entry.is_gap else max(0, floor - entry.stored)
                return oldest, entry.first + cut, entry.arrival_s

    def _collect(self, records: list[Chunk | Gap], oldest: int, first: int, room: int) -> bool:
        """Append what is held from index `first` on; False if the writer overtook the copying."""
        ring = self._ring
        held = range(oldest, ring.count)
        # Found by bisection: a reader asks 30 times a second, of a ring with up to 150,000 entries.
        for number in held[bisect_right(held, first, key=lambda number: ring.entry(number).end) :]:
            if room == 0:
                break
            entry = ring.entry(number)
            # The copy first, then the check; an entry further on means that the one sought was overwritten.
            if ring.oldest > number or entry.first > first:
                return False
            if entry.is_gap:
                records.append(_gap(entry, first))
            else:
                chunk = self._chunk(entry, first, room)
                records.append(chunk)
                room -= chunk.end - first
                # The writer may have been writing where the samples were copied from.
                if ring.floor > entry.stored + first - entry.first:
                    return False
            first = records[-1].end
        return True

    def _chunk(self, entry: Entry, first: int, room: int) -> Chunk:
        end = min(entry.end, first + room)
        samples = self._ring.copy(entry.stored + first - entry.first, end - first)
        lsl_s = entry.lsl_s - (entry.end - end) / self.source.rate_hz
        return Chunk(first, samples, np.isfinite(samples), entry.arrival_s, lsl_s)


def _same_stream(ring: Ring, source: Source) -> Ring:
    # A restarted sender has a new uid and is otherwise the same.
    if replace(ring.source, uid=source.uid) != source:
        raise RecordError(f"{ring.path}: holds a recording of another stream, {ring.source.name!r}")
    return ring


def _gap(entry: Entry, first: int) -> Gap:
    return Gap(first, entry.end - first, "missing", entry.reason.rstrip(b"\0").decode(), entry.arrival_s)


def _is_gone(entry: Entry, floor: int) -> bool:
    """Check whether nothing of an entry is left; a gap is dropped with the first sample behind it."""
    return entry.stored < floor if entry.is_gap else entry.stored_after <= floor
