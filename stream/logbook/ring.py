"""The memory of a sample log: a description, three words, a ring of entries and a ring of samples.

It is a 0600 file in /dev/shm, so raw EEG stays in RAM. Samples are time-major, (capacity, channels) float32. There is
one entry per appended chunk or gap, with its absolute sample index; a gap takes an entry and no room among the
samples, so a long outage pushes nothing out. All memory is reserved when the ring is built: a full tmpfs is an error
then, not a dead process later.
"""

import fcntl
import json
import math
import mmap
import os
import struct
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from stream.errors import RecordError
from stream.logbook.store_order import require_ordered_stores
from stream.records import Samples, Source

_MAGIC: Final = b"SPIKLOG1"
_HEAD: Final = struct.Struct("@8sq")
_WORDS_AT: Final = 16
_DESCRIPTION_AT: Final = 64
_ENTRY: Final = struct.Struct("@qqqdd40s")
_ENTRIES_PER_S: Final = 250.0
"""Entries kept per second of capacity; of chunks that come faster, entries and not samples run out first."""
_FEWEST_ENTRIES: Final = 16
_OLDEST, _FLOOR, _COUNT = range(3)


class Entry(NamedTuple):
    """Samples [first, end) as one append or one gap; `stored`: samples that arrived before it."""

    first: int
    end: int
    stored: int
    arrival_s: float
    lsl_s: float
    reason: bytes

    @property
    def is_gap(self) -> bool:
        """Whether no samples belong to it: only a gap has a reason."""
        return self.reason[:1] != b"\0"

    @property
    def stored_after(self) -> int:
        """Samples that arrived up to and with this entry."""
        return self.stored if self.is_gap else self.stored + self.end - self.first


class Ring:
    """The memory that the writer and its readers map; `samplelog` has the order in which they may touch it."""

    def __init__(self, path: Path, fd: int, *, writable: bool) -> None:
        self.path = path
        # The path may lead to another ring later; what is mapped here stays this file.
        self.inode = os.fstat(fd).st_ino
        # Read-only for readers: no fault of theirs can change the EEG that others read.
        self._memory = memory = mmap.mmap(fd, 0, access=mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ)
        self._words = memoryview(memory)[_WORDS_AT : _WORDS_AT + 24].cast("q")
        text = _description(memory)
        about = json.loads(text)
        self.source = _source(about["source"])
        self.recording: str = about["recording"]
        self.capacity: int = about["capacity"]
        self.entry_capacity: int = about["entry_capacity"]
        shape = (self.capacity, len(self.source.labels))
        self._entries_at, samples_at, size = _layout(len(text), self.entry_capacity, shape)
        # Beyond the end of a file that was cut, an access would kill the process with SIGBUS.
        if len(memory) != size:
            raise ValueError(f"{len(memory)} bytes, not {size}")
        self._samples = np.frombuffer(memory, np.float32, shape[0] * shape[1], samples_at).reshape(shape)

    @classmethod
    def open(cls, path: Path, *, writable: bool) -> "Ring":
        """Map the ring at `path`, for its writer or for a reader.

        Raises
        ------
        RecordError
            if there is none, it is not a whole one, or this processor cannot share it without a lock
        """
        require_ordered_stores()
        try:
            fd = os.open(path, os.O_RDWR if writable else os.O_RDONLY)
        except FileNotFoundError:
            raise RecordError(f"{path}: no sample log yet; it comes when acquire has bound its stream") from None
        except OSError as error:
            raise RecordError(f"{path}: the sample log cannot be opened: {error.strerror}") from None
        try:
            return cls(path, fd, writable=writable)
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{path}: not a whole sample log ({error}); remove the file and start again") from None
        finally:
            os.close(fd)

    @property
    def oldest(self) -> int:
        """Number of the oldest entry still held."""
        return self._words[_OLDEST]

    @property
    def floor(self) -> int:
        """Stored position (samples that arrived before it) of the oldest sample still held."""
        return self._words[_FLOOR]

    @property
    def count(self) -> int:
        """Entries published since the recording began."""
        return self._words[_COUNT]

    def entry(self, number: int) -> Entry:
        """Return an entry; its numbers mean nothing if the writer has overwritten it since."""
        return Entry(*_ENTRY.unpack_from(self._memory, self._offset(number)))

    def newest(self) -> Entry:
        """Return the newest entry; before the first one, an empty one at index 0 without times."""
        while (count := self.count) > 0:
            entry = self.entry(count - 1)
            # The writer may have gone round the whole ring while the entry was copied.
            if self.oldest < count:
                return entry
        return Entry(0, 0, 0, math.nan, math.nan, b"\0")

    def copy(self, position: int, length: int) -> Samples:
        """Copy `length` samples from a stored position: (channels, length)."""
        start = position % self.capacity
        piece = self._samples[start : start + length]
        if len(piece) < length:
            piece = np.concatenate([piece, self._samples[: length - len(piece)]])
        # A copy in every case: a view would change under its reader when the ring comes round.
        return np.array(piece.T, order="C")

    def give_up(self, oldest: int, floor: int) -> None:
        """Declare lost all entries before `oldest` and all samples before stored position `floor`."""
        self._words[_OLDEST] = oldest
        self._words[_FLOOR] = floor

    def store(self, position: int, samples: Samples) -> None:
        """Write samples (channels, n), n <= capacity, at a stored position."""
        start = position % self.capacity
        fits = min(samples.shape[1], self.capacity - start)
        self._samples[start : start + fits] = samples[:, :fits].T
        self._samples[: samples.shape[1] - fits] = samples[:, fits:].T

    def publish(self, entry: Entry) -> None:
        """Write the next entry, then count it."""
        # The count comes last: it alone makes the entry, and the samples stored before, visible to readers.
        _ENTRY.pack_into(self._memory, self._offset(self.count), *entry)
        self._words[_COUNT] += 1

    def _offset(self, number: int) -> int:
        return self._entries_at + number % self.entry_capacity * _ENTRY.size


def build(path: Path, source: Source, capacity_s: float) -> None:
    """Make a whole, empty ring file for a new recording.

    Raises
    ------
    RecordError
        if there is not enough shared memory
    """
    capacity = max(2, math.ceil(capacity_s * source.rate_hz))
    entries = max(_FEWEST_ENTRIES, math.ceil(capacity_s * min(source.rate_hz, _ENTRIES_PER_S)))
    about = {"source": asdict(source), "recording": uuid.uuid4().hex}
    text = json.dumps({**about, "capacity": capacity, "entry_capacity": entries}).encode()
    size = _layout(len(text), entries, (capacity, len(source.labels)))[2]
    path.unlink(missing_ok=True)
    # O_EXCL: shared memory is open to every user, and a link laid at this name must not be followed.
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # Reserved at once: a tmpfs that fills up later would kill the writer with SIGBUS.
        os.posix_fallocate(fd, 0, size)
        os.pwrite(fd, _HEAD.pack(_MAGIC, len(text)), 0)
        os.pwrite(fd, text, _DESCRIPTION_AT)
    except OSError as error:
        path.unlink()
        need = f"{size / 1e6:.0f} MB in {path.parent}"
        raise RecordError(f"{path}: {need}: {error.strerror}; lower bed.acquire.ring_s or enlarge it") from None
    finally:
        os.close(fd)


def lock_path(path: Path) -> Path:
    """Name the file whose lock the ring's writer holds."""
    return path.with_suffix(".lock")


def lock(path: Path) -> int:
    """Lock the path for a writer and return the lock's descriptor; the kernel frees it when the process dies.

    Raises
    ------
    RecordError
        if another writer holds it
    """
    # A file of its own: the ring itself is replaced by every new recording, and a lock on it would go with it.
    fd = os.open(lock_path(path), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise RecordError(f"{path}: another process is writing this sample log; stop it first") from None
    return fd


def _layout(description: int, entries: int, shape: tuple[int, int]) -> tuple[int, int, int]:
    """Return the offsets of entries and samples and the size of it all, in bytes."""
    entries_at = _pages(_DESCRIPTION_AT + description)
    # Entries and samples begin on pages of their own, so that every number in them is aligned.
    samples_at = entries_at + _pages(entries * _ENTRY.size)
    return entries_at, samples_at, samples_at + 4 * shape[0] * shape[1]


def _pages(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def _description(memory: mmap.mmap) -> bytes:
    if len(memory) < _DESCRIPTION_AT:
        raise ValueError("too short")
    magic, length = _HEAD.unpack_from(memory)
    if magic != _MAGIC:
        raise ValueError("another kind of file")
    return memory[_DESCRIPTION_AT : _DESCRIPTION_AT + length]


def _source(fields: dict[str, Any]) -> Source:
    """Turn JSON lists back into tuples."""
    values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in fields.items()}
    return Source(**values)
