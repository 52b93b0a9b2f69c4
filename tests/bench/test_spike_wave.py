"""The bench of the spike-wave index counts the same seconds on both sides."""

from pathlib import Path

from bench.spike_wave import indices, night
from tests.stream.patient import config_in, shipped_detectors


def test_both_indices_are_of_the_seconds_that_were_analysed() -> None:
    """A patient with a discharge in most seconds, of which the detector finds some."""
    made = night(9000, 15.0, 120.0)
    figures = indices(made, shipped_detectors(), config_in(Path()))
    assert 5 <= figures["analysed_s"] < 15
    assert figures["true"] > 60
    assert 0 <= figures["events"] <= 100
