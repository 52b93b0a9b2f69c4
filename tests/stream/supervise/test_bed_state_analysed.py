"""What is analysed of a bed, group by group: the account says at any moment what is not, and why."""

from dataclasses import replace

import pytest

from stream.config.keys import Bed, Config
from stream.supervise.bed_state import BedState
from stream.supervise.overload import BACKLOG_S
from tests.stream.hand_clock import HandClock
from tests.stream.supervise.reports import ANALYSING, READY, STREAMING
from tests.stream.supervise.test_bed_state import pass_time


def test_a_group_that_is_refused_for_a_while_is_an_alarm_and_the_bed_degraded(
    watched: BedState, clock: HandClock
) -> None:
    """Five seconds, then named with its reason; over with its first window that is scored."""
    pass_time(watched, clock, 5, left="signal")
    assert watched.account().groups == {}
    pass_time(watched, clock, 1, left="signal")
    account = watched.account()
    assert (account.state, account.groups) == ("degraded", {"left": "signal"})
    assert account.alarms == {"groups_lost": "left: electrodes are flat, at the rail or send no number"}
    pass_time(watched, clock, 1)
    assert (watched.account().state, watched.account().groups) == ("online", {})


@pytest.mark.parametrize("reason", ["muscle", "movement"])
def test_what_passes_by_itself_is_named_at_once_and_an_alarm_only_when_it_lasts(
    watched: BedState, clock: HandClock, reason: str
) -> None:
    """A patient who chews for 29 s: the group stands in the status, and nobody is called."""
    pass_time(watched, clock, 30, left=reason)
    assert (watched.account().groups, watched.account().alarms) == ({"left": reason}, {})
    pass_time(watched, clock, 1, left=reason)
    assert list(watched.account().alarms) == ["groups_lost"]


def test_a_loose_electrode_is_an_alarm_beside_a_group_that_chews(watched: BedState, clock: HandClock) -> None:
    """The alarm names only the group that somebody has to look after."""
    watched.observe_ready(replace(READY, groups={**READY.groups, "middle": ["Fz-Cz"]}))
    pass_time(watched, clock, 6, left="muscle", right="loose")
    assert watched.account().groups == {"left": "muscle", "right": "loose"}
    assert watched.account().alarms == {"groups_lost": "right: an electrode is loose"}


def test_filters_that_settle_behind_a_gap_are_no_lost_reference_on_a_host_that_is_slow(
    watched: BedState, clock: HandClock
) -> None:
    """What a detector that is 3 s behind refuses came 3 s ago; once it has caught up, the alarm needs no longer."""
    late = replace(ANALYSING, pending=3 * 256, groups={"left": "signal", "right": "signal"})
    watched.observe_link(replace(STREAMING, state="lost"))
    watched.observe_link(replace(STREAMING, newest_arrival_s=clock.now_s))
    for second in range(1, 10):
        clock.now_s += 1.0
        watched.observe_link(replace(STREAMING, newest_arrival_s=clock.now_s))
        watched.observe_detector(late)
        assert ("reference_lost" in watched.account().alarms) == (second > 8)
    watched.observe_detector(replace(late, pending=0))
    assert "reference_lost" in watched.account().alarms


def test_a_bad_sample_is_no_alarm_while_the_filters_forget_it(clock: HandClock) -> None:
    """With slow filters a single pop costs 16.5 s of a group, and so does every start."""
    slow = BedState(Config(bed=[Bed(id="bed-1")]), "bed-1", clock)
    slow.observe_link(STREAMING)
    slow.observe_ready(replace(READY, settle_s=15.0))
    pass_time(slow, clock, 16.0, left="start", right="start")
    assert slow.account().alarms == {}
    pass_time(slow, clock, 1)
    pass_time(slow, clock, 16.0, left="signal")
    assert slow.account().state == "online"
    # 17.5 s: the 16.5 s and one second more.
    pass_time(slow, clock, 2.0, left="signal")
    assert list(slow.account().alarms) == ["groups_lost"]


@pytest.mark.parametrize(("reason", "alarm"), [("signal", "reference_lost"), ("output", "invalid_output")])
def test_i4_all_groups_refused_for_one_reason_is_an_alarm_of_its_own(
    watched: BedState, clock: HandClock, reason: str, alarm: str
) -> None:
    """Flat, no number, at the rail; or a network that answers no number: not detecting, before `watch.stale_s`."""
    pass_time(watched, clock, 6, left=reason, right=reason)
    account = watched.account()
    assert (account.state, list(account.alarms)) == ("stale", [alarm])
    assert account.groups == {"left": reason, "right": reason}
    pass_time(watched, clock, 1)
    assert (watched.account().state, watched.account().alarms) == ("online", {})


def test_i8_a_detector_that_hangs_is_not_watching(watched: BedState, clock: HandClock) -> None:
    """It reports nothing at all, and samples come: for 13 s, of which the last three are stale."""
    for second in range(1, 14):
        clock.now_s += 1.0
        watched.observe_link(replace(STREAMING, newest_arrival_s=clock.now_s))
        account = watched.account()
        # What was analysed last came at second 0; at an age of 10 s it still counts.
        assert account.detecting == (second <= 10)
    assert account.alarms == {"nothing_analysed": "no sample of the last 10 s has been analysed"}
    assert set(account.groups) == {"left", "right"}
    assert account.analysed_age_s == 13.0


def test_i6_a_detector_far_behind_is_an_alarm_and_then_not_watching(watched: BedState, clock: HandClock) -> None:
    """Six seconds behind is degraded; 67 s behind is no live EEG, however new the newest sample is."""
    behind(watched, clock, 6.0)
    assert (watched.account().state, set(watched.account().alarms)) == ("degraded", {"behind"})
    clock.now_s += 120
    behind(watched, clock, 67.0)
    account = watched.account()
    assert (account.state, "behind" in account.alarms, account.detecting) == ("stale", True, False)
    assert account.analysed_age_s == pytest.approx(67.0)
    # One sample below: at the lower limit itself the alarm still holds.
    behind(watched, clock, BACKLOG_S.off - 1 / 256)
    assert watched.account().state == "online"


def behind(bed: BedState, clock: HandClock, seconds: float) -> None:
    """Report a detector whose newest scored windows ended so many seconds ago."""
    clock.now_s += 1.0
    bed.observe_link(replace(STREAMING, newest_arrival_s=clock.now_s))
    scored_s = dict.fromkeys(READY.groups, clock.now_s - seconds)
    bed.observe_detector(replace(ANALYSING, pending=round(seconds * 256), scored_s=scored_s))


def test_a_bed_that_is_not_watched_analyses_no_group_and_knows_no_sleep_stage(
    watched: BedState, clock: HandClock
) -> None:
    """Each group has the alarm for its reason; what was known before it is not told as if it held."""
    pass_time(watched, clock, 1)
    assert (watched.account().stage, watched.account().groups) == ("N2", {})
    watched.observe_link(replace(STREAMING, state="silent", reason="no samples for 1 s"))
    account = watched.account()
    assert (account.stage, account.groups) == ("unknown", {"left": "signal_lost", "right": "signal_lost"})


def test_groups_are_those_of_the_present_recording(watched: BedState, clock: HandClock) -> None:
    """What an older stream had is neither analysed nor missing."""
    pass_time(watched, clock, 1)
    watched.observe_ready(replace(READY, groups={"A": ["A1-A2"]}))
    watched.observe_link(replace(STREAMING, state="lost"))
    assert watched.account().groups == {"A": "signal_lost"}
