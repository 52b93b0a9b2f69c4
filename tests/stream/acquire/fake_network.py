"""A link with a fake network, a hand-cranked clock and a sample log around it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from stream.acquire.link import Link
from stream.config.keys import Acquire
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter
from stream.records import Chunk, Gap, Source
from stream.schema.reports import AcquireReport
from tests.stream.acquire.fake_senders import SOURCE, Amplifier, Crank, FakeNetwork


class LinkHarness:
    """One link with everything around it."""

    def __init__(self, folder: Path) -> None:
        self.crank = Crank()
        self.epoch_s = self.crank.now_s()
        self.network = FakeNetwork(self.crank)
        self.path = folder / "bed.ring"
        self.wanted = Acquire(name="ward")
        self.reports: list[AcquireReport] = []
        self.report_times_s: list[float] = []
        self.wakes = 0
        self.taken: dict[str, str] = {}
        self.link = self.new_link()

    def new_link(self, pinned: Source | None = None) -> Link:
        """Make the link of a process that has just started."""
        return Link(
            "bed-1",
            self.wanted,
            network=self.network,
            clock=self.crank,
            open_log=self._open_log,
            claim=lambda source: self.taken.get(source.name, ""),
            wake=self._wake,
            send=self._receive,
            pinned=pinned,
        )

    def _open_log(self, source: Source) -> SampleLogWriter:
        if self.path.exists():
            return SampleLogWriter.resume(self.path, source)
        # 600 s: no test streams for so long, so that all of it can be read at the end.
        return SampleLogWriter.create(self.path, source, 600)

    def _receive(self, report: AcquireReport) -> None:
        self.reports.append(report)
        self.report_times_s.append(self.crank.now_s())

    def _wake(self) -> None:
        self.wakes += 1

    def amplifier(self, **changed: object) -> Amplifier:
        """Add a sender that can be seen from now on."""
        source = replace(SOURCE, uid=f"u-{len(self.network.amplifiers)}", **changed)  # type: ignore[arg-type]
        self.network.amplifiers.append(Amplifier(source, self.crank, self.epoch_s, opened_s=self.crank.now_s()))
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
        """Return a check whether the link is in a state."""
        return lambda: self.link.state == state

    def records(self) -> list[Chunk | Gap]:
        """Read the whole log."""
        return SampleLogReader.open(self.path).read(0, 10**6)

    def chunks(self) -> list[Chunk]:
        """List the samples of the log."""
        return [record for record in self.records() if isinstance(record, Chunk)]

    def offsets(self) -> set[int]:
        """Return how far each sample's number is from its index: one value if the index is true."""
        return {int(x) - chunk.first - at for chunk in self.chunks() for at, x in enumerate(chunk.samples[0])}

    def gaps(self) -> list[tuple[int, str]]:
        """List the gaps: length and reason."""
        return [(record.length, record.reason) for record in self.records() if isinstance(record, Gap)]
