"""acquire beside real LSL outlets whose clock is not this host's: set otherwise, set meanwhile, fast, or made up.

A time namespace gives a process a clock with an offset; libfaketime one that is set, or runs fast, while it runs.
"""

import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.acquire.link_alarms import CLOCK_STEP_S
from stream.records import Chunk
from tests.stream.acquire.acquire_process import Acquiring

RATE_HZ = 256
FAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"


def no_namespace() -> str:
    """Return why no process can have a clock of its own here, "" if one can."""
    if shutil.which("unshare") is None or os.geteuid() != 0:
        return "a time namespace needs root and the command unshare"
    made = subprocess.run([*ahead(1), "true"], capture_output=True, text=True, check=False)
    return f"no time namespace can be made here ({made.stderr.strip()})" if made.returncode else ""


def ahead(seconds: int) -> list[str]:
    """Return the command that runs another one with a clock that is ahead."""
    return ["unshare", "--time", "--monotonic", str(seconds), "--fork", "--kill-child"]


def faketime() -> str:
    """Return where libfaketime is, "" if it is not."""
    return next((str(path) for path in sorted(Path("/").glob(FAKETIME.lstrip("/")))), "")


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Acquiring]:
    """Start a session of LSL for this test alone."""
    with Acquiring(tmp_path) as acquiring:
        yield acquiring


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether only tests of faults are run (`make test-faults`), so that they may wait for the end of what they see."""
    return "fault" in str(request.config.getoption("markexpr"))


def delays_s(ward: Acquiring, first: int = 0) -> list[float]:
    """Return how long before its arrival each chunk was taken by the log's time, from a sample on."""
    chunks = [record for record in ward.records if isinstance(record, Chunk) and record.first >= first]
    return [chunk.arrival_s - chunk.lsl_s for chunk in chunks]


def alarms(ward: Acquiring) -> set[str]:
    """Return which alarms have been reported so far."""
    return {alarm for report in ward.reports for alarm in report.alarms}


def assert_numbered_without_a_break(ward: Acquiring, within: int = 1) -> None:
    """Check that samples and gaps account for every number that the sender gave, to so many."""
    offsets = {number - index for index, number in ward.numbers()}
    assert max(offsets) - min(offsets) <= within


@pytest.mark.fault
@pytest.mark.skipif("no_namespace()", reason=no_namespace())
def test_l14_a_sender_whose_host_has_another_clock_and_then_another_yet(ward: Acquiring) -> None:
    """Its times are this host's, the pause is counted by arrivals, and there is no alarm, as nothing is wrong."""
    last_s = 0.0
    # By 2 s a clock is wrong that could still be believed; the second host's is 600 s behind the third's.
    for number, ahead_s in enumerate((2, 99_400, 100_000)):
        sender = ward.amplifier(ahead(ahead_s), ahead_s)
        if not number:
            ward.acquire()
        held = ward.samples
        ward.follow(lambda held=held: ward.samples > held + 3 * RATE_HZ)  # type: ignore[misc]
        assert len(ward.gaps) == number
        # By arrivals: its clock is not known yet when its first sample comes.
        assert_numbered_without_a_break(ward, RATE_HZ // 4)
        newest = ward.records[-1]
        assert ward.reports[-1].clock_offset_s == pytest.approx(-ahead_s, abs=0.01)
        assert isinstance(newest, Chunk)
        assert last_s < newest.lsl_s <= newest.arrival_s + 0.01
        last_s = newest.lsl_s
        sender.kill()
        ward.follow(lambda: ward.state == "lost", within_s=5)
    assert max(map(abs, delays_s(ward))) < 0.25
    assert alarms(ward) == set()
    assert [gap.reason for gap in ward.gaps] == ["lost", "lost"]


@pytest.mark.fault
@pytest.mark.skipif("no_namespace()", reason=no_namespace())
def test_l7_l8_a_twin_whose_host_has_another_clock_is_told_and_its_takeover_is_a_gap_of_its_own(
    ward: Acquiring,
) -> None:
    """It is known for it as if its clock were this host's, and its times are this host's too."""
    first = ward.amplifier()
    ward.acquire()
    ward.follow(lambda: ward.samples > 50)
    ward.amplifier(ahead(100_000), 100_000)
    # A search every 5 s, each of a second, and a report.
    ward.follow(lambda: "duplicate_source" in ward.reports[-1].alarms, within_s=12)
    assert ward.gaps == []
    first.kill()
    before = ward.samples
    ward.follow(lambda: ward.samples > before + RATE_HZ)
    assert [gap.reason for gap in ward.gaps] == ["source_changed"]
    assert_numbered_without_a_break(ward, RATE_HZ // 4)
    assert max(map(abs, delays_s(ward))) < 0.25
    ward.follow(lambda: ward.reports[-1].alarms == {}, within_s=12)


@pytest.mark.fault
@pytest.mark.parametrize("away_s", [1, 10, 60])
def test_l1_a_sender_that_is_away_for_a_while_is_found_again(ward: Acquiring, long: bool, away_s: float) -> None:
    """Told within two seconds, searched for until it is back, and the gap is as long as it was away."""
    if away_s > 1 and not long:
        pytest.skip("takes as long as the sender is away: make test-faults")
    sender = ward.amplifier()
    ward.acquire()
    ward.follow(lambda: ward.samples > RATE_HZ)
    sender.kill()
    died_s = time.monotonic()
    ward.follow(lambda: ward.state == "lost", within_s=2)
    ward.follow(lambda: time.monotonic() > died_s + away_s, within_s=away_s + 5)
    ward.amplifier()
    before = ward.samples
    ward.follow(lambda: ward.samples > before + RATE_HZ)
    [gap] = ward.gaps
    assert gap.reason == "lost"
    assert away_s * RATE_HZ < gap.length < (time.monotonic() - died_s) * RATE_HZ
    assert_numbered_without_a_break(ward)


@pytest.mark.fault
def test_l12_l13_l14_a_device_that_stamps_by_a_clock_of_its_own(ward: Acquiring, long: bool) -> None:
    """First stamps near zero, some that go back or repeat, then a clock that is set: times stay, no sample moves."""
    second = int(RATE_HZ)
    begun = 2 * second
    jitter = [(begun + n * 16, (0.0, -0.2, 0.0, -0.03)[n % 4]) for n in range(second // 8)]
    jumps = [(begun + 3 * second, 0.0), (begun + 6 * second, 600.0), (begun + 9 * second, 0.0)]
    ward.amplifier(stamp_errors_s=((0, -ward.epoch_s), *jitter, *jumps))
    ward.acquire()
    ward.follow(lambda: ward.samples > 0)
    ward.follow(lambda: "clock_step" in ward.reports[-1].alarms, within_s=30)
    assert "was set ahead by 600." in ward.reports[-1].alarms["clock_step"]
    assert "600." in ward.reports[-1].alarms["clock_wrong"]
    ward.follow(lambda: "clock_wrong" not in ward.reports[-1].alarms)
    assert max(map(abs, delays_s(ward))) < 0.5
    # A stamp that goes back leaves the time where it is.
    assert all(a <= b for a, b in itertools.pairwise(times_s(ward)))
    assert ward.gaps == []
    assert_numbered_without_a_break(ward)
    assert ward.state == "streaming"
    if long:
        ward.follow(lambda: ward.reports[-1].alarms == {}, within_s=CLOCK_STEP_S + 10)
        assert ward.gaps == []


def times_s(ward: Acquiring) -> list[float]:
    """Return the log's time of each chunk."""
    return [record.lsl_s for record in ward.records if isinstance(record, Chunk)]


@pytest.mark.fault
@pytest.mark.skipif("not faketime()", reason="a clock that is set while a process runs needs libfaketime")
def test_l14_a_sender_whose_own_clock_is_set_while_it_sends(ward: Acquiring, tmp_path: Path, long: bool) -> None:
    """Its stamps and what LSL says of its clock jump together: told once, with true times, and no sample is lost."""
    told = tmp_path / "clock"
    told.write_text("+0\n")
    settings = [f"LD_PRELOAD={faketime()}", f"FAKETIME_TIMESTAMP_FILE={told}", "FAKETIME_NO_CACHE=1"]
    ward.amplifier(["env", *settings], stamped_by_lsl=True)
    ward.acquire()
    ward.follow(lambda: ward.samples > 5 * RATE_HZ)
    assert alarms(ward) == set()
    told.write_text("+300\n")
    ward.follow(lambda: "clock_step" in ward.reports[-1].alarms, within_s=20)
    assert "was set ahead by 300.0 s" in ward.reports[-1].alarms["clock_step"]
    ward.follow(lambda: "clock_wrong" not in ward.reports[-1].alarms)
    set_at = ward.records[-1].end
    ward.follow(lambda: ward.records[-1].end > set_at + 3 * RATE_HZ)
    assert max(map(abs, delays_s(ward, set_at))) < 0.25
    assert ward.gaps == []
    assert_numbered_without_a_break(ward)
    began_s = time.monotonic()
    if long:
        ward.follow(lambda: ward.reports[-1].alarms == {}, within_s=CLOCK_STEP_S + 10)
        assert time.monotonic() - began_s > CLOCK_STEP_S / 2
