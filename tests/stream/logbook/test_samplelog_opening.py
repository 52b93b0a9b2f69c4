"""Opening a sample log: what goes on in it, who is refused, and who may see it."""

from dataclasses import replace
from pathlib import Path

import pytest

from stream.config.keys import Bed, Config, JournalFile
from stream.errors import RecordError
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter, ring_path
from stream.records import Source
from tests.stream.logbook.ramps import SOURCE, feed, indices


def test_new_recording_supersedes_the_old_one(log: SampleLogWriter, path: Path) -> None:
    """A reader notices that its ring was replaced, and can still read what it held."""
    feed(log, 5)
    reader = SampleLogReader.open(path)
    before = reader.superseded
    # The lock must be free first: one path has one writer.
    log.close()
    SampleLogWriter.create(path, SOURCE, 0.5).close()
    assert (before, reader.superseded) == (False, True)
    assert indices(reader.read(0, 10)) == list(range(5))
    renewed = SampleLogReader.open(path)
    assert renewed.head == 0
    assert renewed.recording != reader.recording


def test_resume_goes_on_at_the_head(log: SampleLogWriter, path: Path) -> None:
    """The recording, its index and its totals survive the writer."""
    feed(log, 5)
    log.gap(7, "lost", 0.0)
    log.close()
    resumed = SampleLogWriter.resume(path, replace(SOURCE, uid="u-2"))
    assert (resumed.recording, resumed.head, resumed.samples, resumed.missing) == (log.recording, 12, 5, 7)
    feed(resumed, 5)
    assert indices(SampleLogReader.open(path).read(0, 99)) == [0, 1, 2, 3, 4, 12, 13, 14, 15, 16]
    resumed.close()


@pytest.mark.parametrize(
    "other",
    [
        replace(SOURCE, rate_hz=200.0),
        replace(SOURCE, labels=("O2", "Fp1")),
        replace(SOURCE, units=("V", "V")),
        replace(SOURCE, hostname="elsewhere"),
        replace(SOURCE, format="int16"),
    ],
)
def test_resume_for_another_stream_is_refused(log: SampleLogWriter, path: Path, other: Source) -> None:
    """Two streams never share a recording."""
    log.close()
    with pytest.raises(RecordError, match="another stream"):
        SampleLogWriter.resume(path, other)


def test_second_writer_is_refused(log: SampleLogWriter, path: Path) -> None:
    """One ring, one writer."""
    with pytest.raises(RecordError, match="another process is writing"):
        SampleLogWriter.resume(path, SOURCE)
    with pytest.raises(RecordError, match="another process is writing"):
        SampleLogWriter.create(path, SOURCE, 0.5)


def test_absent_cut_and_foreign_files_are_refused_by_name(log: SampleLogWriter, path: Path) -> None:
    """Whatever lies at the path, the error is one line that names it."""
    with pytest.raises(RecordError, match="no sample log yet"):
        SampleLogReader.open(path.with_name("absent.ring"))
    content = path.read_bytes()
    for name, data in {
        "empty": b"",
        # Less than the 64 bytes before the description.
        "short": content[:40],
        "cut": content[:-1],
        "foreign": b"x" * 5000,
        "garbled": content[:64] + b"{" * 4000,
    }.items():
        broken = path.with_name(name)
        broken.write_bytes(data)
        with pytest.raises(RecordError, match=f"{name}: not a whole sample log") as error:
            SampleLogReader.open(broken)
        assert "\n" not in str(error.value)


def test_ring_that_memory_cannot_hold_is_refused_and_leaves_nothing(path: Path) -> None:
    """The size is reserved at once, so that a full tmpfs cannot kill the writer hours later."""
    with pytest.raises(RecordError, match=r"lower bed\.acquire\.ring_s"):
        # 7.2e15 samples of two channels are 58 petabytes, which no host has.
        SampleLogWriter.create(path, replace(SOURCE, rate_hz=1e12), capacity_s=7200.0)
    # The lock's file stays: once removed, two writers could each hold the lock of a file of their own.
    assert [left.suffix for left in path.parent.iterdir()] == [".lock"]


def test_only_the_owner_may_read_the_ring(log: SampleLogWriter, path: Path) -> None:
    """Raw EEG is for no other user of the host."""
    assert path.stat().st_mode & 0o777 == 0o600


def test_rings_of_two_instances_never_meet(tmp_path: Path) -> None:
    """Journal path, site and bed each change the ring's name; nothing else does."""

    def config(site: str, journal: str) -> Config:
        return Config(site=site, bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / journal))

    paths = {
        ring_path(config("a", "one.db"), "bed-1"),
        ring_path(config("b", "one.db"), "bed-1"),
        ring_path(config("a", "two.db"), "bed-1"),
        ring_path(config("a", "one.db"), "bed-2"),
    }
    assert len(paths) == 4
    assert ring_path(config("a", "one.db"), "bed-1") in paths
