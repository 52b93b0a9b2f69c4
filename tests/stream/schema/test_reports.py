"""Reports: every type survives the pipe; a full pipe costs numbers, never the child's time, and only what was cut."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from stream.schema.reports import AcquireReport, DetectReport, ReadyReport, Report, ReportWriter, parse

ACQUIRE = AcquireReport(
    "bed-1", "streaming", "", "amp", 256.0, 255.9, 1000, 3, 1, 1000.0, 0.002, 0.01, 0.03, {"rate_wrong": "why"}
)
DETECT = DetectReport(
    bed="bed-1", latency_s={"total": [0.2, 0.25]}, windows={"scored": 40}, samples={"analysed": 900},
    detections={"ied": 2}, budget_misses=1, pending=32, stage="N2", alarms={"shed": "slow"},
    scored_s={"right": 12.5}, groups={"left": "gap"}, channels={},
)  # fmt: skip
READY = ReadyReport(
    bed="bed-1", recording=1, engine="cpu", detector={"name": "sc"}, sleep={}, channels=["Fp1"],
    groups={"left": ["Fp1-F7"]}, left_out={"ECG": "no EEG"}, threshold=0.5, rate_hz=256.0, model_rate_hz=128.0,
    window_s=1.5, hop_s=0.125, settle_s=1.7, delay_ms={"bandpass": 20.0},
)  # fmt: skip


@pytest.fixture
def pipe() -> Iterator[tuple[int, ReportWriter]]:
    """Open a pipe; yield its reading end, and a writer to it."""
    read_fd, write_fd = os.pipe()
    yield read_fd, ReportWriter(write_fd)
    os.close(read_fd)
    os.close(write_fd)


def lines(read_fd: int, text: bytes = b"") -> list[bytes]:
    """Read what is in the pipe now, behind what was read before."""
    os.set_blocking(read_fd, False)
    try:
        while piece := os.read(read_fd, 1 << 20):
            text += piece
    except BlockingIOError:
        pass
    return [line for line in text.split(b"\n") if line]


def whole(found: list[bytes]) -> list[Report]:
    """Parse the lines that are whole, as the parent does."""
    reports = []
    for line in found:
        try:
            reports.append(parse(line))
        except ValueError:
            continue
    return reports


@pytest.mark.parametrize("report", [ACQUIRE, DETECT, READY], ids=lambda report: type(report).__name__)
def test_a_report_comes_back_as_it_was(report: Report, pipe: tuple[int, ReportWriter]) -> None:
    """Equal in every field, one line each."""
    read_fd, writer = pipe
    writer.send(report)
    writer.send(report)
    assert [parse(line) for line in lines(read_fd)] == [report, report]
    assert writer.dropped == 0


def test_a_full_pipe_never_blocks_and_is_counted(pipe: tuple[int, ReportWriter]) -> None:
    """What was sent is either read or counted as dropped."""
    read_fd, writer = pipe
    # 282 bytes each: 2000 are 564 kB, and a pipe of Linux holds 64 KiB.
    for _ in range(2000):
        writer.send(DETECT)
    read = whole(lines(read_fd))
    assert 0 < writer.dropped < 2000
    assert len(read) == 2000 - writer.dropped
    assert read == [DETECT] * len(read)


def padded(length: int) -> DetectReport:
    """Return a report whose line is longer than this."""
    return replace(DETECT, alarms={"long": "x" * length})


def test_a_cut_line_costs_only_itself(pipe: tuple[int, ReportWriter]) -> None:
    """The second of two long reports does not fit whole; the report behind it begins a line of its own."""
    read_fd, writer = pipe
    # One line of some 40 kB fits into the pipe's 64 KiB, of the second only a part.
    long = padded(40_000)
    writer.send(long)
    writer.send(long)
    assert writer.dropped == 1
    taken = os.read(read_fd, 50_000)
    writer.send(ACQUIRE)
    found = lines(read_fd, taken)
    assert len(found) == 3
    assert whole(found) == [long, ACQUIRE]
    assert writer.dropped == 1


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b'{"kind": "AcquireReport"', b'{"kind": "Other"}', b"{}"],
    ids=["empty", "brace", "cut", "other", "none"],
)
def test_a_line_that_is_no_report_is_refused(line: bytes) -> None:
    """With the error that the parent counts."""
    with pytest.raises(ValueError, match=r".+"):
        parse(line)
