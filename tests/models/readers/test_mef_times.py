"""Where the blocks of a MEF channel stand: their own times decide about rate and gaps, and what is odd is told."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import RecordingError
from models.readers.mef_times import laid
from models.readers.stretches import Stretch

BEGAN_US = 1_767_323_045_000_000


def table(true_hz: float, declared_hz: float, blocks: int = 30, write: int = 1) -> NDArray[np.int64]:
    """Return blocks of 256 samples that were taken at a true rate, each write of some blocks timed by the declared."""
    number = np.arange(blocks)
    within = number % write
    at_s = (number - within) * 256 / true_hz + within * 256 / declared_hz
    begins = (within == 0).astype(int)
    return np.array([begins, np.full(blocks, 256), number * 256, BEGAN_US + np.round(at_s * 1e6)]).astype(np.int64)


@pytest.mark.parametrize("write", [1, 5, 10])
@pytest.mark.parametrize(("true_hz", "declared_hz"), [(256.0, 250.0), (256.0, 257.0), (200.0, 199.0)])
def test_a_rate_that_the_blocks_contradict_is_theirs(true_hz: float, declared_hz: float, write: int) -> None:
    """Without a gap, whatever the flags say, and whether each block has its true time or each write of some."""
    found = laid(table(true_hz, declared_hz, 300, write), declared_hz)
    assert found.rate_hz == pytest.approx(true_hz, rel=1e-6)
    assert found.stretches == (Stretch(0, 0, 76_800),)
    assert found.remarks == (
        f"declares {declared_hz:g} Hz, the times of its blocks show {true_hz:g} Hz; the latter is used",
    )


def test_a_rate_that_is_hardly_wrong_makes_no_gap_of_a_flag() -> None:
    """0.4 % are 4 ms of a block: its time may be off by that."""
    found = laid(table(256.0, 257.0), 257.0)
    assert (found.rate_hz, found.stretches, found.remarks) == (257.0, (Stretch(0, 0, 7680),), ())


def test_a_rate_that_would_date_the_end_wrongly_gives_way() -> None:
    """400 ppm are 0.02 s in a minute, and 1.4 s in an hour."""
    assert laid(table(256.1, 256.0, 60), 256.0).rate_hz == 256.0
    assert laid(table(256.1, 256.0, 3600), 256.0).rate_hz == pytest.approx(256.1, abs=1e-3)


def test_twice_the_rate_is_refused_or_told_as_a_doubt() -> None:
    """Of every block with both numbers; of writes the same may be a device that records by turns."""
    with pytest.raises(RecordingError, match=re.escape("declares 512 Hz, the times of its blocks show 256 Hz: its ra")):
        laid(table(256.0, 512.0), 512.0)
    found = laid(table(256.0, 512.0, 30, 5), 512.0)
    assert (found.rate_hz, len(found.stretches)) == (512.0, 6)
    (remark,) = found.remarks
    assert remark.startswith("declares 512 Hz, the times of its blocks show 256 Hz, or gaps of one size")


@pytest.mark.parametrize("flag", [0, 1])
def test_a_gap_is_one_whether_it_is_flagged_or_not(flag: int) -> None:
    """Samples behind it were joined to those before it where no flag was set."""
    blocks = table(256.0, 256.0)
    blocks[0, 1:] = 0
    blocks[0, 20], blocks[3, 20:] = flag, blocks[3, 20:] + 10_000_000
    assert laid(blocks, 256.0).stretches == (Stretch(0, 0, 5120), Stretch(7680, 5120, 2560))


def test_times_that_go_back_are_told_and_swallow_no_gap() -> None:
    """5 s back, and then a gap of 2 s."""
    blocks = table(256.0, 256.0)
    blocks[3, 10:] -= 5_000_000
    blocks[3, 20:] += 2_000_000
    found = laid(blocks, 256.0)
    assert found.stretches == (Stretch(0, 0, 5120), Stretch(5632, 5120, 2560))
    assert found.remarks == ("has times of blocks that go back once by 5.00 s at 10.0 s; times after that go on",)


def test_times_that_were_shifted_to_hide_the_date_count_downwards() -> None:
    """As the format has it."""
    blocks = table(256.0, 250.0)
    blocks[3] *= -1
    found = laid(blocks, 250.0)
    assert found.rate_hz == pytest.approx(256.0)
    assert (found.began_us, len(found.stretches)) == (-BEGAN_US, 1)
