"""Which offsets of a sender's clock are steps of it, and that none is told twice."""

import math

import pytest

from stream.acquire.offsets import Offsets


def told(*seen: tuple[float, float, bool]) -> list[float]:
    """Return the steps of chunks, each with its offset, what its stamps showed, and whether stamps were believed."""
    offsets = Offsets()
    return [offsets.step_s(offset_s, seen_s, believed=believed) for offset_s, seen_s, believed in seen]


def test_an_offset_that_jumps_is_a_clock_that_was_set() -> None:
    """So much less is added after it was set ahead; 20 ms are how well clocks are compared."""
    chunks = [(5.0, 0.0, True), (5.02, 0.0, True), (4.72, 0.0, True), (4.72, 0.0, True), (6.72, 0.0, True)]
    assert told(*chunks) == [0.0, 0.0, pytest.approx(0.3), 0.0, pytest.approx(-2.0)]


def test_a_step_that_stamps_showed_is_not_told_again() -> None:
    """But a second one that the next comparison shows as well is."""
    chunks = [(0.0, 0.0, True), (0.0, 0.3, True), (-0.3, 0.0, True), (-0.8, 0.0, True)]
    assert told(*chunks) == [0.0, 0.3, 0.0, pytest.approx(0.5)]


def test_a_jump_of_the_stamps_alone_is_not_undone_when_the_clocks_are_compared_again() -> None:
    """The sender's stamps moved and its clock did not: the next comparison is off by 2 ms, and no step back."""
    assert told((5.0, 0.0, True), (5.0, 0.3, True), (5.002, 0.0, True), (5.001, 0.0, True)) == [0.0, 0.3, 0.0, 0.0]


def test_what_was_not_known_or_not_true_is_no_step() -> None:
    """A first comparison ends a guess: stamps that were no times of this host say so."""
    assert told((math.nan, 0.0, True), (-7200.0, 0.0, True)) == [0.0, 0.0]
    assert told((0.0, 0.0, False), (-100_000.0, 0.0, False)) == [0.0, 0.0]
