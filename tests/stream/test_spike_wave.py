"""Spike-wave index: exact figures of nights that were made by hand."""

import math
import platform
import subprocess
import sys

import pytest

from stream.findings import StageSpan
from stream.spike_wave import Index, StageTime, spike_wave

NIGHT = (
    StageSpan(0, 300, "W"),
    StageSpan(300, 60, "N1"),
    StageSpan(360, 540, "N2"),
    StageSpan(900, 600, "N3"),
    StageSpan(1500, 400, "R"),
    StageSpan(1900, 500, "N2"),
)
SECONDS = 2400.0


@pytest.mark.parametrize("percent", [10, 25, 50, 85, 95])
def test_the_index_is_the_share_of_seconds_with_a_spike(percent: int) -> None:
    """Two spikes in one second count once; those awake and in REM sleep do not."""
    in_nrem = [*range(300, 1500), *range(1900, 2400)]
    with_spike = [second for second in in_nrem if second % 20 < percent / 5]
    peaks = [second + part for second in with_spike for part in (0.2, 0.7)] + [10.5, 1600.5]
    found = spike_wave(NIGHT, peaks, (), SECONDS)
    assert found.nrem == Index(percent, 1700, 1.0)
    assert [cycle.percent for cycle in found.cycles] == [percent, percent]
    assert found.first_n2 == Index(percent, 100, 1.0)
    assert found.first_nrem == Index(percent, 600, 1.0)
    assert found.stages["N3"] == StageTime(600, 600, 2 * 6 * percent)
    assert found.stages["W"].per_h == pytest.approx(12)


def test_the_definitions_differ_where_the_night_does() -> None:
    """A spike every second of the first 100 s of N2, and none later."""
    found = spike_wave(NIGHT, [second + 0.5 for second in range(360, 460)], (), SECONDS)
    percents = [one.percent for one in (found.first_n2, found.first_nrem, found.nrem, *found.cycles)]
    assert percents == pytest.approx([100, 100 / 6, 100 / 17, 100 / 12, 0])


def test_what_was_not_analysed_counts_for_neither_side() -> None:
    """Seconds that a gap touches leave the index, and the coverage says how many are left."""
    found = spike_wave(NIGHT, [second + 0.5 for second in range(360, 900)], [(400.5, 450.5)], SECONDS)
    assert found.first_n2 == Index(100, 49, 0.49)
    assert found.nrem == Index(100 * (540 - 51) / (1700 - 51), 1649, 1649 / 1700)


def test_a_night_that_has_just_begun_says_how_little_it_knows() -> None:
    """No NREM, no figure; 40 s of N2 are 40 % of the hundred."""
    awake = spike_wave(NIGHT[:1], [5.0], (), 300)
    assert math.isnan(awake.nrem.percent)
    assert (awake.nrem.analysed_s, awake.nrem.coverage, awake.cycles) == (0, 0.0, ())
    early = spike_wave((StageSpan(0, 40, "N2"),), [1.0, 39.9], (), 40)
    assert early.first_n2 == Index(5.0, 40, 0.4)


def test_a_short_stretch_of_rem_ends_no_cycle() -> None:
    """Two minutes of it may be a doubt of the stager."""
    stages = (StageSpan(0, 600, "N2"), StageSpan(600, 120, "R"), StageSpan(720, 600, "N2"))
    assert len(spike_wave(stages, (), (), 1320).cycles) == 1


# In a process of its own: elsewhere another test may have needed blocks of these lengths before.
GROWTH = """
import ctypes
from stream.findings import StageSpan
from stream.spike_wave import spike_wave

class Allocated(ctypes.Structure):
    _fields_ = [(str(column), ctypes.c_size_t) for column in range(10)]

mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Allocated
peaks_s, bytes_ = [], []
for event in range(1000):
    peaks_s.append(4.0 * event)
    spike_wave((StageSpan(0, 4000, "N2"),), peaks_s, (), 4000.0)
    bytes_.append(getattr(mallinfo(), "7"))
print(bytes_[-1] - bytes_[9])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="asks glibc what is allocated")
def test_no_memory_is_kept_of_every_number_of_events() -> None:
    """Arrays as long as there are events leave 1.5 MB behind: numpy keeps small blocks of each length for later."""
    grown = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True, timeout=120)
    assert int(grown.stdout) < 100_000
