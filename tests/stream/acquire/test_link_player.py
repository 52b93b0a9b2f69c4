"""A player in a loop, as MNE-LSL's is: at each end of a recording it may send all of it once more in one chunk.

Its 1.14 does so where the recording's length is a multiple of its chunks. The chunk has the stamp that is due.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from stream.acquire.ports import Pulled
from stream.records import Chunk
from tests.stream.acquire.fake_network import LinkHarness
from tests.stream.acquire.fake_senders import Amplifier

LOOP_S = 20
LOOP_SAMPLES = 2000


@pytest.mark.parametrize("stamps_go_on", [False, True])
def test_a_recording_that_comes_again_at_once_is_kept_whole_and_told(bench: LinkHarness, *, stamps_go_on: bool) -> None:
    """No sample is lost, none is invented, none is of the future, and an alarm says what the stamps did."""
    amplifier = bench.amplifier()
    amplifier.come = _looped(amplifier, stamps_go_on=stamps_go_on)  # type: ignore[method-assign,assignment]
    bench.stream(70)
    chunks = [record for record in bench.records() if isinstance(record, Chunk)]
    sent = [int(number) for chunk in chunks for number in chunk.samples[0]]
    assert bench.gaps() == []
    assert sent == [*range(sent[0], sent[0] + len(sent))]
    # 70 s at 100 Hz, and three loops on top.
    assert len(sent) == pytest.approx(7000 + 3 * LOOP_SAMPLES, abs=200)
    # To a chunk, and half a second that a stamp may be of the future.
    assert max(abs(chunk.lsl_s - chunk.arrival_s) for chunk in chunks) < 0.8
    told = {alarm for report in bench.reports for alarm in report.alarms}
    assert told & {"clock_step", "clock_wrong", "rate_wrong"}
    assert told <= {"clock_step", "clock_wrong", "rate_wrong"}


def _looped(amplifier: Amplifier, *, stamps_go_on: bool) -> Callable[[float], Pulled]:
    """Return the samples that are due, and at each end of the loop all of them once more."""
    honest = amplifier.come
    extra = 0

    def come(until_s: float) -> Pulled:
        nonlocal extra
        pulled = honest(until_s)
        count = pulled.samples.shape[1]
        begin = amplifier.number - count + extra
        if (amplifier.number - 1) // LOOP_SAMPLES > (amplifier.number - 1 - count) // LOOP_SAMPLES:
            count, extra = count + LOOP_SAMPLES, extra + LOOP_SAMPLES
        numbers = np.arange(begin, begin + count)
        shift_s = extra / amplifier.source.rate_hz if stamps_go_on else 0.0
        return replace(
            pulled, samples=np.stack([numbers, numbers]).astype(np.float32), stamp_s=pulled.stamp_s + shift_s
        )

    return come
