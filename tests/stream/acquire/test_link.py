"""The link's policy, with a fake network and a hand-cranked clock: what is bound, kept, counted and reported."""

from dataclasses import replace

import numpy as np
import pytest

from stream.logbook.samplelog import SampleLogReader
from tests.stream.acquire.fake_network import LinkHarness
from tests.stream.acquire.fake_senders import SOURCE


def test_the_stream_is_found_when_it_comes_and_every_sample_logged(bench: LinkHarness) -> None:
    """From resolving, to streaming with the first sample, to a log without a gap."""
    bench.stream(20)
    assert bench.link.state == "resolving"
    bench.amplifier()
    # The longest pause between searches (5 s), a search (1 s) and a pull (0.2 s).
    assert bench.until(bench.in_state("streaming")) < 7
    bench.stream(30)
    assert len(bench.offsets()) == 1
    assert bench.gaps() == []
    last = bench.reports[-1]
    assert (last.state, last.missing, last.reconnects, last.rate_hz) == ("streaming", 0, 0, 100.0)
    assert last.measured_rate_hz == pytest.approx(100.0)
    # The report is up to a second old: 100 samples, a pull of 20, and 10 to spare.
    assert 0 <= SampleLogReader.open(bench.path).samples - last.samples <= 130
    # One for each append: after one too few a detector would sleep on beside new samples.
    assert bench.wakes == len(bench.records())


def test_reports_come_every_second_and_at_each_change(bench: LinkHarness) -> None:
    """Also while it waits to search again."""
    bench.stream(30)
    bench.amplifier()
    bench.stream(10)
    pauses = np.diff(bench.report_times_s)
    # A search takes a second, in which nothing can be reported.
    assert pauses.max() <= 2.0
    assert len(bench.reports) > 25


def test_lost_sender_is_found_again_and_the_gap_is_what_its_clock_says(bench: LinkHarness) -> None:
    """The same stream under another uid goes on in the same recording."""
    first = bench.amplifier()
    bench.stream(20)
    first.dead = True
    assert bench.until(bench.in_state("lost")) < 0.3
    bench.stream(7)
    second = bench.amplifier()
    second.number = first.number
    bench.until(bench.in_state("streaming"))
    bench.stream(5)
    [(length, reason)] = bench.gaps()
    assert reason == "lost"
    # 7 s at 100 Hz, to which the search adds.
    assert length > 700
    assert len(bench.offsets()) == 1
    assert (bench.reports[-1].reconnects, bench.reports[-1].missing) == (1, length)
    assert bench.network.inlets[0].closed


def test_lost_before_its_first_sample_loses_no_earlier_expectation(bench: LinkHarness) -> None:
    """A sender that comes and goes without a word does not hide how long nothing came."""
    first = bench.amplifier()
    bench.stream(20)
    first.dead = True
    bench.until(bench.in_state("lost"))
    mute = bench.amplifier()
    mute.silent = True
    bench.until(lambda: len(bench.network.inlets) == 2)
    bench.stream(2)
    mute.dead = True
    bench.until(bench.in_state("lost"))
    bench.amplifier()
    bench.until(bench.in_state("streaming"))
    bench.stream(2)
    assert len(bench.gaps()) == 1
    assert len(bench.offsets()) == 1


def test_l2_silence_keeps_the_inlet_and_its_backlog(bench: LinkHarness) -> None:
    """A minute of silence is reported within a second or so, and costs no sample when it ends."""
    amplifier = bench.amplifier()
    bench.stream(20)
    amplifier.silent = True
    # A second without samples (SILENCE_S), noticed at the end of a pull of 0.2 s.
    assert 0.9 < bench.until(bench.in_state("silent")) < 1.6
    bench.stream(60)
    assert not bench.network.inlets[0].closed
    amplifier.silent = False
    assert bench.until(bench.in_state("streaming")) < 2
    bench.stream(20)
    assert bench.gaps() == []
    assert len(bench.offsets()) == 1


def test_sender_restarted_behind_a_dead_cable_is_taken_up(bench: LinkHarness) -> None:
    """Silence alone drops nothing; the same stream under a new uid, the old one unseen, does."""
    first = bench.amplifier()
    bench.stream(20)
    first.silent = True
    bench.until(bench.in_state("silent"))
    bench.network.amplifiers.clear()
    bench.stream(20)
    assert len(bench.network.inlets) == 1
    # The list is empty, so that the bench would give it the old uid again.
    bench.amplifier().source = replace(SOURCE, uid="u-new")
    # Up to 5 s until the next search (SEARCH_WHILE_SILENT_S), its second, and that of the search that binds.
    assert bench.until(bench.in_state("streaming")) < 10
    bench.stream(2)
    assert len(bench.network.inlets) == 2
    assert len(bench.gaps()) == 1
    assert len(bench.offsets()) == 1


def test_l7_second_matching_stream_does_not_move_a_bound_bed(bench: LinkHarness) -> None:
    """Running, a bed stays with its uid; searching, two are one too many."""
    first = bench.amplifier()
    bench.stream(10)
    bench.amplifier()
    first.silent = True
    bench.stream(20)
    assert (bench.link.state, len(bench.network.inlets)) == ("silent", 1)
    first.silent = False
    bench.stream(2)
    assert bench.link.state == "streaming"
    assert bench.gaps() == []


def test_search_backs_off_to_five_seconds(bench: LinkHarness) -> None:
    """It never gives up and never floods the network."""
    bench.stream(600)
    # A search of 1 s, then a pause of 5 s that is shortened at random by up to half: one in 3.5 to 6 s.
    assert 600 / 6.5 < bench.network.searches < 600 / 3


def test_restarted_process_goes_on_in_the_recording(bench: LinkHarness) -> None:
    """What was sent while no process received is one gap, by the sender's clock."""
    bench.amplifier()
    bench.stream(20)
    bench.link.close()
    bench.crank.sleep(4.0)
    bench.link = bench.new_link(pinned=SampleLogReader.open(bench.path).source)
    bench.until(bench.in_state("streaming"))
    bench.stream(5)
    [(length, _)] = bench.gaps()
    # 4 s without a process at 100 Hz, and up to 2 s until the new one is bound.
    assert 400 < length < 600
    assert len(bench.offsets()) == 1
