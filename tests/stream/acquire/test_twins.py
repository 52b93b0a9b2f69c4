"""Two streams of one identity: the bed stays with its own, and whoever takes its place is known for it."""

import math
from dataclasses import replace

import pytest

from stream.acquire.twins import Twins
from stream.config.keys import Acquire
from stream.records import Source
from tests.stream.acquire.fake_network import LinkHarness
from tests.stream.acquire.fake_senders import SOURCE, Amplifier

NEXT = replace(SOURCE, uid="another")


def handed_over(bench: LinkHarness, first: Amplifier, second: Amplifier) -> list[tuple[int, str]]:
    """Kill the first sender, let the second be followed, and return the gaps."""
    second.number = first.number
    first.dead = True
    bench.until(bench.in_state("lost"))
    bench.until(bench.in_state("streaming"))
    bench.stream(3)
    return bench.gaps()


def took_over(source: Source, opened_s: float) -> bool:
    """Report whether a stream took the place of SOURCE, whose last sample came at 100 s."""
    twins = Twins(Acquire())
    twins.note_link(SOURCE, source)
    return twins.note_sample(source, opened_s=opened_s, last_s=100.0)


def test_l7_a_twin_beside_a_bound_stream_is_an_alarm_while_it_is_there(bench: LinkHarness) -> None:
    """The bed stays with its own, and a stream of another name is no twin."""
    bench.amplifier()
    bench.amplifier(name="another ward")
    bench.stream(5)
    assert bench.reports[-1].alarms == {}
    twin = bench.amplifier(source_id="the same name")
    bench.stream(3)
    assert "1 more would fit it" in bench.reports[-1].alarms["duplicate_source"]
    assert 'source_id "the same name"' in bench.reports[-1].alarms["duplicate_source"]
    assert len(bench.network.inlets) == 1
    twin.dead = True
    bench.stream(3)
    assert bench.reports[-1].alarms == {}
    assert len(bench.offsets()) == 1


def test_l8_a_twin_that_takes_the_place_of_a_dead_sender_is_behind_a_gap_that_says_so(bench: LinkHarness) -> None:
    """It was seen while the other one sent."""
    first = bench.amplifier()
    bench.stream(5)
    twin = bench.amplifier()
    bench.stream(5)
    [(length, reason)] = handed_over(bench, first, twin)
    assert (reason, length >= 1) == ("source_changed", True)


def test_l8_a_twin_that_no_search_has_seen_is_known_by_when_it_was_opened(
    bench: LinkHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searches are seconds apart; a sender tells when it opened its stream."""
    monkeypatch.setattr(type(bench.network), "overheard", lambda *_: [])
    first = bench.amplifier()
    bench.stream(5)
    twin = bench.amplifier()
    bench.stream(2)
    [(_, reason)] = handed_over(bench, first, twin)
    assert reason == "source_changed"


def test_l8_a_process_that_is_started_again_knows_a_twin_as_well(bench: LinkHarness) -> None:
    """By the log of the recording, which has when the last sample came."""
    first = bench.amplifier()
    bench.stream(5)
    twin = bench.amplifier()
    bench.stream(5)
    bench.link.close()
    first.dead = True
    bench.link = bench.new_link(pinned=first.source)
    twin.number = first.number
    bench.until(bench.in_state("streaming"))
    assert [reason for _, reason in bench.gaps()] == ["source_changed"]


def test_a_sender_that_is_started_again_is_no_twin(bench: LinkHarness) -> None:
    """It was not there before; nor is the same stream, whatever it says of itself."""
    first = bench.amplifier()
    bench.stream(5)
    first.dead = True
    bench.until(bench.in_state("lost"))
    second = bench.amplifier()
    second.number = first.number
    bench.until(bench.in_state("streaming"))
    bench.stream(3)
    assert [reason for _, reason in bench.gaps()] == ["lost"]
    assert not took_over(SOURCE, opened_s=0.0)


@pytest.mark.parametrize(("opened_s", "changed"), [(98.9, True), (99.1, False), (101.0, False), (math.nan, False)])
def test_a_second_of_overlap_makes_two_senders(opened_s: float, changed: bool) -> None:
    """One program may open its next stream just before it closes the one before."""
    assert took_over(NEXT, opened_s=opened_s) is changed


def test_a_twin_that_dies_before_its_first_sample_is_not_taken_for_the_stream_that_was_there() -> None:
    """What comes after it is judged against the stream whose samples are in the log, and the twin stays known."""
    twins = Twins(Acquire())
    twins.note_link(SOURCE, NEXT)
    twins.note_link(NEXT, SOURCE)
    assert not twins.note_sample(SOURCE, opened_s=0.0, last_s=100.0)
    twins.observe(SOURCE, [NEXT])
    twins.note_link(SOURCE, NEXT)
    twins.note_link(NEXT, replace(SOURCE, uid="a third"))
    assert twins.note_sample(replace(SOURCE, uid="a third"), opened_s=100.5, last_s=100.0)


def test_a_stream_that_another_bed_follows_is_refused(bench: LinkHarness) -> None:
    """With the reason, and taken as soon as it is free."""
    bench.taken[SOURCE.name] = "followed for another bed already"
    bench.amplifier()
    bench.until(bench.in_state("refused"))
    assert bench.reports[-1].reason == "followed for another bed already"
    assert bench.network.inlets[0].closed
    bench.taken.clear()
    bench.until(bench.in_state("streaming"))
