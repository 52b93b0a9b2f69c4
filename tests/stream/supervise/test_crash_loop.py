"""A process that ends again and again is an alarm of its own, until it has lived for a while."""

from stream.supervise.crash_loop import FEWEST_ENDS, WITHIN_S, CrashLoop
from tests.stream.hand_clock import HandClock


def test_p1_a_process_that_ends_again_and_again_is_named_until_it_lives() -> None:
    """Four times in two minutes; another process is another count."""
    clock = HandClock()
    crashes = CrashLoop(clock)
    for _ in range(FEWEST_ENDS - 1):
        crashes.observe_end("detect")
        crashes.observe_end("acquire-bed-1")
        clock.now_s += 5.0
    assert crashes.reason("detect", "acquire-bed-1") == ""
    crashes.observe_end("detect")
    assert crashes.reason("detect", "acquire-bed-1") == "the process detect ends again and again"
    assert crashes.reason("acquire-bed-1") == ""
    clock.now_s += WITHIN_S - 15.0
    # The first of the four is two minutes old.
    assert crashes.reason("detect") == ""


def test_single_ends_are_no_alarm() -> None:
    """One every minute, for an hour."""
    clock = HandClock()
    crashes = CrashLoop(clock)
    for _ in range(60):
        crashes.observe_end("detect")
        clock.now_s += 60.0
        assert crashes.reason("detect") == ""
