"""The ring's memory: a reader cannot change it, and a processor that cannot share it without a lock is refused."""

import platform
from pathlib import Path

import numpy as np
import pytest

from stream.errors import RecordError
from stream.logbook.ring import Ring
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter
from tests.stream.logbook.ramps import SOURCE, feed, indices


def test_a_reader_cannot_change_the_ring(log: SampleLogWriter, path: Path) -> None:
    """Samples, words and entries are read-only in its memory, and the file stays as it was to the byte."""
    feed(log, 20)
    before = path.read_bytes()
    reader = SampleLogReader.open(path)
    ring = reader._ring
    with pytest.raises(ValueError, match="read-only"):
        ring._samples[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        ring.store(0, np.zeros((2, 5), np.float32))
    with pytest.raises(TypeError, match="read-only"):
        ring.give_up(1, 1)
    with pytest.raises(TypeError):
        ring.publish(ring.newest())
    with pytest.raises(TypeError, match="readonly"):
        ring._memory[0:1] = b"x"
    assert path.read_bytes() == before


def test_the_kernel_holds_a_readers_memory_read_only(log: SampleLogWriter, path: Path) -> None:
    """Not Python's word alone: native code that runs wild in a reader cannot write either; new samples are seen."""
    reader = SampleLogReader.open(path)
    feed(log, 3)
    maps = Path("/proc/self/maps").read_text(encoding="ascii").splitlines()
    # The writer maps it in this process too; "s" is for shared: a private mapping need not show new samples.
    assert {line.split()[1] for line in maps if line.endswith(str(path))} == {"rw-s", "r--s"}
    assert indices(reader.read(0, 10)) == [0, 1, 2]


@pytest.mark.parametrize("machine", ["aarch64", "riscv64", "ppc64le"])
def test_a_processor_without_ordered_stores_is_refused(
    log: SampleLogWriter, path: Path, monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    """Writer and reader both, in one line that names the reason: otherwise torn samples could pass for EEG."""
    log.close()
    monkeypatch.setattr(platform, "machine", lambda: machine)
    reason = f"cannot run on {machine}: its lock-free ring needs memory stores to become visible in order"
    with pytest.raises(RecordError, match=reason) as error:
        SampleLogReader.open(path)
    assert "\n" not in str(error.value)
    with pytest.raises(RecordError, match=reason):
        SampleLogWriter.resume(path, SOURCE)
    with pytest.raises(RecordError, match=reason):
        SampleLogWriter.create(path, SOURCE, 0.5)


def test_a_refused_ring_frees_the_lock(log: SampleLogWriter, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A descriptor left open would keep every later writer out of the path."""
    log.close()
    with monkeypatch.context() as patch:
        patch.setattr(platform, "machine", lambda: "aarch64")
        with pytest.raises(RecordError):
            SampleLogWriter.resume(path, SOURCE)
    SampleLogWriter.resume(path, SOURCE).close()


def test_the_writers_ring_is_writable(log: SampleLogWriter, path: Path) -> None:
    """What it maps is the file: a second mapping sees its stores at once."""
    feed(log, 5)
    assert Ring.open(path, writable=False).newest().end == 5
