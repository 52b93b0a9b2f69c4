"""Events that no client hears are an alarm after five minutes, and none where there is nothing to hear."""

from stream.publish.hearing import UNHEARD_S, Hearing
from stream.publish.mqtt import UNHEARD
from tests.stream.hand_clock import HandClock


def test_m5_events_that_nobody_hears_are_an_alarm_until_something_is_heard() -> None:
    """Whatever it is that is heard: then somebody is there."""
    clock = HandClock()
    hearing = Hearing(clock)
    hearing.observe("event/ied", UNHEARD)
    clock.now_s += UNHEARD_S - 1
    # A later one does not begin the time anew.
    hearing.observe("event/ied", UNHEARD)
    assert hearing.reason == ""
    clock.now_s += 1
    assert "no client has been subscribed to this bed for more than 5 min" in hearing.reason
    hearing.observe("heartbeat", 0)
    assert hearing.reason == ""
    assert hearing.unheard == 2


def test_heartbeats_that_nobody_wants_are_no_alarm() -> None:
    """A program may take events alone, and a patient may have none for hours."""
    clock = HandClock()
    hearing = Hearing(clock)
    for _ in range(1000):
        hearing.observe("heartbeat", UNHEARD)
        clock.now_s += 5.0
    assert (hearing.reason, hearing.unheard) == ("", 1000)
