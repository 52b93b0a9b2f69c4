"""The link's policy, with a fake network and a hand-cranked clock: what is bound, kept, dropped, counted and told."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from stream.config import Acquire
from stream.errors import InputError
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter
from stream.records import Chunk, Gap, Source
from stream.reports import AcquireReport
from stream.source.inlet import Inlet, LinkLostError, Pulled
from stream.source.link import Link

CHUNK = 10
SOURCE = Source(
    name="ward",
    type="EEG",
    source_id="amp-1",
    hostname="cart",
    uid="u-1",
    rate_hz=100.0,
    format="float32",
    labels=("Fp1", "F3"),
    units=("uV", "uV"),
    types=("EEG", "EEG"),
)


@dataclass
class Crank:
    """A clock that only moves when somebody waits."""

    time_s: float = 5000.0

    def now_s(self) -> float:
        """Return the time."""
        return self.time_s

    def sleep(self, seconds: float) -> None:
        """Move the time on."""
        self.time_s += seconds


@dataclass
class Amplifier:
    """A sender: sample n is due at `epoch_s` + n / rate, numbered in channel 0; it may be silent, or dead."""

    source: Source
    crank: Crank
    epoch_s: float
    number: int = 0
    silent: bool = False
    dead: bool = False
    offset_s: float = 0.0

    def come(self, until_s: float) -> Pulled:
        """Return all chunks that are due."""
        due = int((until_s - self.epoch_s) * self.source.rate_hz + 1e-6) - self.number
        count = 0 if self.silent else due // CHUNK * CHUNK
        numbers = np.arange(self.number, self.number + count)
        self.number += count
        stamp_s = self.epoch_s + (self.number - 1) / self.source.rate_hz - self.offset_s
        samples = np.stack([numbers, numbers]).astype(np.float32)
        return Pulled(samples, stamp_s if count else math.nan)


@dataclass
class FakeInlet:
    """What the link holds of a sender."""

    amplifier: Amplifier
    source: Source
    closed: bool = False

    def pull(self, timeout_s: float) -> Pulled:
        """Give what came, or let the timeout pass."""
        assert not self.closed
        if self.amplifier.dead:
            raise LinkLostError("the stream has been lost")
        self.amplifier.crank.sleep(timeout_s)
        return self.amplifier.come(self.amplifier.crank.now_s())

    def clock_offset_s(self) -> float:
        """Return what turns stamps into this host's time."""
        return self.amplifier.offset_s

    def close(self) -> None:
        """Drop it."""
        self.closed = True


@dataclass
class FakeNetwork:
    """Senders that can be seen; `refuses` is raised by the next openings."""

    crank: Crank
    amplifiers: list[Amplifier] = field(default_factory=list)
    refuses: deque[Exception] = field(default_factory=deque)
    inlets: list[FakeInlet] = field(default_factory=list)
    searches: int = 0

    def visible(self) -> list[Source]:
        """Search for a second."""
        self.searches += 1
        self.crank.sleep(1.0)
        return [amplifier.source for amplifier in self.amplifiers if not amplifier.dead]

    def open(self, source: Source) -> Inlet:
        """Open one; what the sender had before is not for this inlet."""
        if self.refuses:
            raise self.refuses.popleft()
        [amplifier] = [amplifier for amplifier in self.amplifiers if amplifier.source.uid == source.uid]
        amplifier.number = math.ceil((self.crank.now_s() - amplifier.epoch_s) * source.rate_hz)
        self.inlets.append(FakeInlet(amplifier, amplifier.source))
        return self.inlets[-1]


class Bench:
    """One link with everything around it."""

    def __init__(self, folder: Path) -> None:
        self.crank = Crank()
        self.epoch_s = self.crank.now_s()
        self.network = FakeNetwork(self.crank)
        self.path = folder / "bed.ring"
        self.wanted = Acquire(name="ward")
        self.reports: list[AcquireReport] = []
        self.wakes = 0
        self.link = self.new_link()

    def new_link(self, pinned: Source | None = None) -> Link:
        """Make the link of a process that has just started."""
        return Link(
            "bed-1",
            self.wanted,
            network=self.network,
            clock=self.crank,
            open_log=self._open_log,
            wake=self._wake,
            send=self.reports.append,
            pinned=pinned,
        )

    def _open_log(self, source: Source) -> SampleLogWriter:
        if self.path.exists():
            return SampleLogWriter.resume(self.path, source)
        return SampleLogWriter.create(self.path, source, 600)

    def _wake(self) -> None:
        self.wakes += 1

    def amplifier(self, **changed: object) -> Amplifier:
        """Add a sender that can be seen from now on."""
        source = replace(SOURCE, uid=f"u-{len(self.network.amplifiers)}", **changed)  # type: ignore[arg-type]
        self.network.amplifiers.append(Amplifier(source, self.crank, self.epoch_s))
        return self.network.amplifiers[-1]

    def until(self, enough: Callable[[], bool], within_s: float = 60.0) -> float:
        """Step until `enough`; return how long it took."""
        began_s = self.crank.now_s()
        while not enough():
            assert self.crank.now_s() - began_s < within_s, self.reports[-3:]
            self.link.step()
        return self.crank.now_s() - began_s

    def stream(self, seconds: float) -> None:
        """Step for some time."""
        until_s = self.crank.now_s() + seconds
        self.until(lambda: self.crank.now_s() >= until_s, seconds + 10)

    def in_state(self, state: str) -> Callable[[], bool]:
        """Tell whether the link is in a state."""
        return lambda: self.link.state == state

    def records(self) -> list[Chunk | Gap]:
        """Read the whole log."""
        return SampleLogReader.open(self.path).read(0, 10**6)

    def offsets(self) -> set[int]:
        """Return how far each sample's number is from its index: one value if the index is true."""
        chunks = [record for record in self.records() if isinstance(record, Chunk)]
        return {int(x) - chunk.first - at for chunk in chunks for at, x in enumerate(chunk.samples[0])}

    def gaps(self) -> list[tuple[int, str]]:
        """List the gaps: length and reason."""
        return [(record.length, record.reason) for record in self.records() if isinstance(record, Gap)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Give a link to a network where nothing sends yet."""
    return Bench(tmp_path)


def test_the_stream_is_found_when_it_comes_and_every_sample_logged(bench: Bench) -> None:
    """From resolving, to streaming with the first sample, to a log without a gap."""
    bench.stream(20)
    assert bench.link.state == "resolving"
    bench.amplifier()
    assert bench.until(bench.in_state("streaming")) < 7
    bench.stream(30)
    assert len(bench.offsets()) == 1
    assert bench.gaps() == []
    last = bench.reports[-1]
    assert (last.state, last.missing, last.reconnects, last.rate_hz) == ("streaming", 0, 0, 100.0)
    assert last.measured_rate_hz == pytest.approx(100.0)
    assert 0 <= SampleLogReader.open(bench.path).samples - last.samples <= 130
    assert bench.wakes == len(bench.records())


def test_reports_come_every_second_and_at_each_change(bench: Bench) -> None:
    """Also while it waits to search again."""
    times = []
    bench.link._send = lambda _: times.append(bench.crank.now_s())
    bench.stream(30)
    bench.amplifier()
    bench.stream(10)
    pauses = np.diff(times)
    assert pauses.max() <= 2.0
    assert len(times) > 25


def test_lost_sender_is_found_again_and_the_gap_is_what_its_clock_says(bench: Bench) -> None:
    """The same stream under another uid goes on in the same recording."""
    first = bench.amplifier()
    bench.stream(20)
    first.dead = True
    assert bench.until(bench.in_state("lost")) < 0.3
    bench.stream(7)
    second = bench.amplifier()
    second.number = first.number
    bench.until(bench.in_state("streaming"))
    bench.stream(5)
    [(length, reason)] = bench.gaps()
    assert reason == "lost"
    assert length > 700
    assert len(bench.offsets()) == 1
    assert (bench.reports[-1].reconnects, bench.reports[-1].missing) == (1, length)
    assert bench.network.inlets[0].closed


def test_lost_before_its_first_sample_loses_no_earlier_expectation(bench: Bench) -> None:
    """A sender that comes and goes without a word does not hide how long nothing came."""
    first = bench.amplifier()
    bench.stream(20)
    first.dead = True
    bench.until(bench.in_state("lost"))
    mute = bench.amplifier()
    mute.silent = True
    bench.until(lambda: len(bench.network.inlets) == 2)
    bench.stream(2)
    mute.dead = True
    bench.until(bench.in_state("lost"))
    bench.amplifier()
    bench.until(bench.in_state("streaming"))
    bench.stream(2)
    assert len(bench.gaps()) == 1
    assert len(bench.offsets()) == 1


def test_silence_keeps_the_inlet_and_its_backlog(bench: Bench) -> None:
    """A minute of silence is told within a second or so, and costs no sample when it ends."""
    amplifier = bench.amplifier()
    bench.stream(20)
    amplifier.silent = True
    assert 0.9 < bench.until(bench.in_state("silent")) < 1.6
    bench.stream(60)
    assert not bench.network.inlets[0].closed
    amplifier.silent = False
    assert bench.until(bench.in_state("streaming")) < 2
    bench.stream(20)
    assert bench.gaps() == []
    assert len(bench.offsets()) == 1


def test_sender_restarted_behind_a_dead_cable_is_taken_up(bench: Bench) -> None:
    """Silence alone drops nothing; the same stream under a new uid, the old one unseen, does."""
    first = bench.amplifier()
    bench.stream(20)
    first.silent = True
    bench.until(bench.in_state("silent"))
    bench.network.amplifiers.clear()
    bench.stream(20)
    assert len(bench.network.inlets) == 1
    bench.amplifier().source = replace(SOURCE, uid="u-new")
    assert bench.until(bench.in_state("streaming")) < 10
    bench.stream(2)
    assert len(bench.network.inlets) == 2
    assert len(bench.gaps()) == 1
    assert len(bench.offsets()) == 1


def test_second_matching_stream_does_not_move_a_bound_bed(bench: Bench) -> None:
    """Running, a bed stays with its uid; searching, two are one too many."""
    first = bench.amplifier()
    bench.stream(10)
    bench.amplifier()
    first.silent = True
    bench.stream(20)
    assert (bench.link.state, len(bench.network.inlets)) == ("silent", 1)
    first.silent = False
    bench.stream(2)
    assert bench.link.state == "streaming"
    assert bench.gaps() == []


def test_two_matching_streams_are_refused_until_one_goes(bench: Bench) -> None:
    """The list goes to the parent, and the search goes on."""
    bench.amplifier()
    other = bench.amplifier(hostname="elsewhere")
    bench.stream(20)
    assert bench.link.state == "refused"
    assert "host cart" in bench.reports[-1].reason
    assert "host elsewhere" in bench.reports[-1].reason
    assert not bench.path.exists()
    other.dead = True
    bench.until(bench.in_state("streaming"))


CHANGES: list[tuple[dict[str, object], str]] = [
    ({"rate_hz": 200.0}, "rate_hz: 100.0 -> 200.0"),
    ({"labels": ("F3", "Fp1")}, "labels: channel 1 Fp1 -> F3"),
    ({"units": ("V", "V")}, "units: channel 1 uV -> V"),
    ({"format": "int16"}, "format: float32 -> int16"),
    ({"hostname": "elsewhere"}, "hostname: cart -> elsewhere"),
    ({"labels": ("A", "B", "C"), "units": ("uV",) * 3, "types": ("EEG",) * 3}, "labels: 2 channels -> 3"),
]


@pytest.mark.parametrize(("changed", "told"), CHANGES, ids=[told.partition(":")[0] for _, told in CHANGES])
def test_changed_stream_is_refused_with_the_difference(bench: Bench, changed: dict[str, object], told: str) -> None:
    """It gets no sample into the log, however long it asks; the true one is taken up again."""
    first = bench.amplifier()
    bench.stream(20)
    first.dead = True
    bench.until(bench.in_state("lost"))
    head = SampleLogReader.open(bench.path).head
    impostor = bench.amplifier(**changed)
    bench.stream(30)
    assert bench.link.state == "refused"
    assert told in bench.reports[-1].reason
    assert SampleLogReader.open(bench.path).head == head
    impostor.dead = True
    bench.amplifier()
    bench.until(bench.in_state("streaming"))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"format": "string"}, "sends string samples"),
        ({"rate_hz": 0.0}, "declares no sampling rate"),
        ({"units": ("", "")}, "set bed.acquire.unit"),
    ],
)
def test_unfit_stream_is_refused(bench: Bench, changed: dict[str, object], told: str) -> None:
    """What cannot be EEG is never bound."""
    bench.amplifier(**changed)
    bench.stream(5)
    assert bench.link.state == "refused"
    assert told in bench.reports[-1].reason
    assert not bench.path.exists()


def test_stream_that_cannot_be_opened_is_tried_again(bench: Bench) -> None:
    """Neither a sender that is gone already nor one that does not answer ends the search."""
    bench.network.refuses.extend([LinkLostError("gone"), InputError("no numbers"), LinkLostError("gone")])
    bench.amplifier()
    bench.until(bench.in_state("streaming"))
    assert [report.state for report in bench.reports if report.reason in {"gone", "no numbers"}][:2] == [
        "resolving",
        "refused",
    ]


def test_search_backs_off_to_five_seconds(bench: Bench) -> None:
    """It never gives up and never floods the network."""
    bench.stream(600)
    assert 600 / 6.5 < bench.network.searches < 600 / 3


def test_restarted_process_goes_on_in_the_recording(bench: Bench) -> None:
    """What was sent while no process listened is one gap, by the sender's clock."""
    bench.amplifier()
    bench.stream(20)
    bench.link.close()
    bench.crank.sleep(4.0)
    bench.link = bench.new_link(pinned=SampleLogReader.open(bench.path).source)
    bench.until(bench.in_state("streaming"))
    bench.stream(5)
    [(length, _)] = bench.gaps()
    assert 400 < length < 600
    assert len(bench.offsets()) == 1


def test_restarted_process_refuses_another_stream(bench: Bench) -> None:
    """A crash is no way to slip another patient in."""
    first = bench.amplifier()
    bench.stream(20)
    bench.link.close()
    pinned = SampleLogReader.open(bench.path).source
    first.dead = True
    bench.amplifier(labels=("X", "Y"))
    bench.link = bench.new_link(pinned=pinned)
    bench.stream(10)
    assert bench.link.state == "refused"


def test_times_are_on_this_hosts_clock(bench: Bench) -> None:
    """A sender two hours off is read right once its offset is known."""
    amplifier = bench.amplifier()
    amplifier.offset_s = -7200.0
    bench.stream(30)
    [*_, last] = bench.records()
    assert isinstance(last, Chunk)
    assert last.lsl_s == pytest.approx(bench.epoch_s + float(last.samples[0, -1]) / 100, abs=1e-6)
    assert bench.reports[-1].clock_offset_s == -7200.0


def test_unknown_offset_makes_arrival_the_time_and_is_told(bench: Bench) -> None:
    """Without a clock offset the detector goes on, and says so."""
    bench.amplifier().offset_s = math.nan
    bench.stream(30)
    [*_, last] = bench.records()
    assert isinstance(last, Chunk)
    assert last.lsl_s == pytest.approx(last.arrival_s, abs=0.1)
    assert "times are those of arrival" in bench.reports[-1].reason


def test_rate_that_is_not_as_declared_is_told(bench: Bench) -> None:
    """Two per cent too slow is in the report, and is no gap."""
    amplifier = bench.amplifier()
    amplifier.come = _slow(amplifier, 98.0)  # type: ignore[method-assign,assignment]
    bench.stream(60)
    assert "declares 100 Hz and sends 98.0" in bench.reports[-1].reason
    assert bench.gaps() == []


def _slow(amplifier: Amplifier, rate_hz: float) -> Callable[[float], Pulled]:
    def come(until_s: float) -> Pulled:
        count = int((until_s - amplifier.epoch_s) * rate_hz) - amplifier.number
        amplifier.number += max(count, 0)
        stamp_s = amplifier.epoch_s + (amplifier.number - 1) / rate_hz
        return Pulled(np.zeros((2, max(count, 0)), np.float32), stamp_s)

    return come
