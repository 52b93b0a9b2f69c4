"""The state of a bed: it follows from the reports and the clock alone."""

from dataclasses import replace

import pytest

from stream.config.keys import Bed, Config, Watch
from stream.schema.alarms import ALARMS
from stream.schema.reports import LinkState
from stream.supervise.bed_state import DATA_STALE_S, LINK_ALARMS, STARTING_S, BedState
from tests.stream.hand_clock import HandClock
from tests.stream.supervise.reports import ANALYSING, READY, STREAMING


def pass_time(bed: BedState, clock: HandClock, seconds: float, **refused: str) -> None:
    """Report new samples and their analysis once a second, of all groups but those that are refused."""
    for _ in range(round(seconds)):
        clock.now_s += 1.0
        bed.observe_link(replace(STREAMING, newest_arrival_s=clock.now_s))
        scored_s = {group: clock.now_s for group in READY.groups if group not in refused}
        bed.observe_detector(replace(ANALYSING, scored_s=scored_s, groups=refused))


def test_before_the_first_report_the_bed_is_not_watched(fresh: BedState) -> None:
    """No stream, no detector, no info; a normal start is no alarm, and what it waits for is a line."""
    status = fresh.account()
    assert (status.state, status.alarms, status.reason) == ("stale", {}, "the detector is starting")
    assert (fresh.info(), fresh.recording, fresh.account().detecting) == (None, 0, False)


def test_a_start_that_takes_a_minute_is_an_alarm(fresh: BedState, clock: HandClock) -> None:
    """Of the detector, and of the stream; a reason that is known is an alarm at once."""
    clock.now_s += STARTING_S
    assert set(fresh.account().alarms) == {"no_stream", "detector_down"}


def test_why_no_stream_is_found_is_an_alarm_at_once(fresh: BedState) -> None:
    """Also during the start."""
    fresh.observe_link(replace(STREAMING, state="resolving", reason="no stream matches"))
    assert fresh.account().alarms == {"no_stream": "no stream matches"}


def test_what_is_odd_about_a_stream_is_an_alarm_while_it_streams(watched: BedState) -> None:
    """The bed is watched, less well; once the stream is gone only that is said."""
    odd = replace(STREAMING, alarms={"rate_wrong": "declares 256 Hz and sends 250.00 Hz"})
    watched.observe_link(odd)
    assert (watched.account().state, watched.account().alarms) == ("degraded", odd.alarms)
    watched.observe_link(replace(odd, state="silent", reason="nothing came"))
    assert set(watched.account().alarms) == {"signal_lost"}


def test_a_bed_whose_live_samples_are_analysed_is_online(watched: BedState) -> None:
    """Without an alarm or a reason."""
    status = watched.account().status("bed-1", last_seq=7)
    assert (status.state, status.alarms, status.reason, status.last_seq) == ("online", {}, "", 7)
    assert watched.account().detecting


# The limit itself still counts as live.
@pytest.mark.parametrize(("age_s", "state"), [(DATA_STALE_S, "online"), (DATA_STALE_S + 0.01, "stale")])
def test_old_samples_are_no_live_eeg(watched: BedState, clock: HandClock, age_s: float, state: str) -> None:
    """By the passing of time, without any report."""
    clock.now_s += age_s
    assert watched.data_age_s == pytest.approx(age_s)
    assert watched.account().state == state


def test_between_two_long_chunks_samples_are_not_old(watched: BedState, clock: HandClock) -> None:
    """Of a sender of 5 s chunks the newest sample is up to 5 s old, which is no news."""
    watched.observe_link(replace(STREAMING, chunk_s=5.0))
    clock.now_s += 5.5
    assert watched.account().state == "online"
    clock.now_s += 2.0
    assert watched.account().state == "stale"


@pytest.mark.parametrize(("link", "alarm"), LINK_ALARMS.items())
def test_l1_a_link_that_does_not_stream_is_an_alarm_with_its_reason(
    watched: BedState, clock: HandClock, link: LinkState, alarm: str
) -> None:
    """And the bed is stale at once, before its samples are old; a start is one once it takes too long."""
    clock.now_s += STARTING_S if link == "starting" else 0.0
    watched.observe_link(replace(STREAMING, state=link, reason="2 streams match"))
    status = watched.account()
    assert (status.state, status.alarms) == ("stale", {alarm: "2 streams match"})


def test_a_dead_detector_is_stale_until_it_reports_again(watched: BedState) -> None:
    """Samples that come do not help while there is nothing to analyse them."""
    watched.observe_detector_ended("")
    assert (watched.account().state, set(watched.account().alarms)) == ("stale", {"detector_down"})
    assert not watched.account().detecting
    watched.observe_detector(ANALYSING)
    assert watched.account().state == "online"


def test_a_dead_detector_leaves_no_alarm_of_its_own_behind(watched: BedState) -> None:
    """What it last reported is not known to hold any more; that it is gone is known."""
    watched.observe_detector(replace(ANALYSING, alarms={"shed": "too slow"}))
    watched.observe_detector_ended("the process detect cannot be started (no memory)")
    assert watched.account().alarms == {"detector_down": "the process detect cannot be started (no memory)"}


def test_a_dead_acquire_is_a_lost_signal_until_it_reports_again(watched: BedState) -> None:
    """At once, before the samples are old."""
    watched.observe_link_ended("")
    assert (watched.account().state, set(watched.account().alarms)) == ("stale", {"signal_lost"})
    watched.observe_link(STREAMING)
    assert watched.account().state == "online"


# ---- what is analysed ----


def test_a_bed_is_online_only_from_its_first_analysed_sample_on(fresh: BedState, clock: HandClock) -> None:
    """Filters settle first: not watched and no alarm, for as long as that may take."""
    fresh.observe_ready(READY)
    # 3.2 s: 1.7 s of settling and a window of 1.5 s.
    pass_time(fresh, clock, 4, left="start", right="start")
    status = fresh.account()
    assert (status.state, status.alarms, status.reason) == ("stale", {}, "no live sample has been analysed yet")
    pass_time(fresh, clock, 1)
    assert fresh.account().state == "online"


# What was analysed at second 1 is 10 s old, the age itself, at second 11.
@pytest.mark.parametrize(("seconds", "state"), [(11, "degraded"), (12, "stale")])
def test_nothing_analysed_for_the_stated_age_is_not_detecting(
    watched: BedState, clock: HandClock, seconds: int, state: str
) -> None:
    """Samples come and all of them are rejected, some for this and some for that: not watched, and an alarm."""
    pass_time(watched, clock, 1)
    pass_time(watched, clock, seconds - 1, left="signal", right="amplitude")
    status = watched.account()
    assert status.state == state
    assert watched.account().detecting == (state == "degraded")
    # The groups are named before the bed as a whole is given up.
    assert status.alarms == {"groups_lost" if state == "degraded" else "nothing_analysed": status.reason}
    groups = "left: electrodes are flat, at the rail or send no number; right: the amplitude is not that of EEG"
    none = "no sample of the last 10 s has been analysed; " if state == "stale" else ""
    assert status.reason == none + groups


def test_the_stated_age_is_a_key_of_the_configuration(clock: HandClock) -> None:
    """`watch.stale_s`, of what is analysed: the newest sample may be live and what was analysed is not."""
    patient = BedState(Config(bed=[Bed(id="bed-1")], watch=Watch(stale_s=60.0)), "bed-1", clock)
    patient.observe_ready(READY)
    pass_time(patient, clock, 1)
    # Of two reasons, else it would be known sooner by its one cause.
    pass_time(patient, clock, 60, left="signal", right="amplitude")
    assert patient.account().state == "degraded"
    pass_time(patient, clock, 1, left="signal", right="amplitude")
    assert patient.account().state == "stale"


def test_an_alarm_that_explains_why_nothing_is_analysed_stands_alone(watched: BedState, clock: HandClock) -> None:
    """One fault, one alarm; and it ends detection as soon as it is known."""
    reason = "far too large for EEG"
    watched.observe_detector(replace(ANALYSING, samples={"rejected": 256}, alarms={"implausible_amplitude": reason}))
    assert (watched.account().state, watched.account().detecting) == ("stale", False)
    clock.now_s += 1
    # An arrival ahead of the clock keeps the stream live without 60 reports.
    watched.observe_link(replace(STREAMING, newest_arrival_s=clock.now_s + 60))
    clock.now_s += 60
    assert watched.account().alarms == {"implausible_amplitude": reason}


def test_a_negative_number_of_pending_samples_is_taken_as_none(watched: BedState) -> None:
    """It must not end the parent in a heartbeat."""
    watched.observe_detector(replace(ANALYSING, pending=-5))
    assert watched.heartbeat({}, 0).pending == 0
    assert watched.account().state == "online"


# ---- alarms and state ----


def test_alarms_of_detector_and_parent_merge_into_degraded(watched: BedState) -> None:
    """Each until its own end; the reason names all of them."""
    watched.observe_detector(replace(ANALYSING, alarms={"shed": "too slow"}))
    watched.set_alarm("broker_down", "connection refused")
    status = watched.account()
    assert status.state == "degraded"
    assert status.alarms == {"shed": "too slow", "broker_down": "connection refused"}
    assert status.reason == "too slow; connection refused"
    watched.set_alarm("broker_down", "")
    # Never raised: ending it must not matter.
    watched.set_alarm("broker_refuses", "")
    watched.observe_detector(ANALYSING)
    assert watched.account().state == "online"


def test_a_status_has_priority_and_action_of_each_alarm_the_gravest_first(watched: BedState) -> None:
    """As the registry has them; an alarm that it does not list is shown all the same."""
    # Raised in the reverse of their gravity: the order is not that of raising.
    watched.set_alarm("invalid_state", "x")
    watched.set_alarm("of_a_later_version", "y")
    watched.observe_detector_ended("z")
    status = watched.account().status("bed-1", 0)
    assert list(status.alarms) == ["detector_down", "of_a_later_version", "invalid_state"]
    assert list(status.priorities.values()) == ["not_detecting", "degraded", "housekeeping"]
    assert status.actions["detector_down"] == ALARMS["detector_down"].action


def test_since_is_when_the_state_began(watched: BedState, clock: HandClock) -> None:
    """A second status does not move it; a change does."""
    first = watched.account().since_utc
    clock.now_s += 1.0
    assert watched.account().since_utc == first
    clock.now_s += 9.0
    stale = watched.account()
    # `utc_of` reads two real clocks at each call.
    assert (stale.since_utc - first).total_seconds() == pytest.approx(10.0, abs=0.1)
