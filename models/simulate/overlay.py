"""Simulated discharges laid on real background: the background stays real, the truth about the discharges is exact.

A detector that has only seen simulated background takes sharp waves of real people for discharges. Here discharges of
invented foci are added to a recording that holds none. Each is scaled against the background of its own strongest
derivation in the same four seconds, as in a wholly simulated patient (`models.simulate.epilepsy`).
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy import signal

from models.simulate.discharges import Focus
from models.simulate.epilepsy import Epilepsy
from models.simulate.fields import head
from models.simulate.noise import Canvas, Grid
from models.simulate.patient import SEGMENT_S
from models.simulate.truth import Float32, Ied, Layout, Simulated, StageSpan

MEASURED_HZ: Final = (1.0, 50.0)
"""Band in which the background's size is measured: the pass band of the detectors, so without drift and mains."""
BEYOND_S: Final = 8.0
"""How long a run of discharges may continue after the segment in which it begins."""


def overlay(
    background: Float32,
    rate_hz: float,
    labels: tuple[str, ...],
    seed: int,
    *,
    layout: Layout = "scalp",
    ied_rate_per_min: float,
    altered: Callable[[Focus], Focus] = lambda focus: focus,
) -> Simulated:
    """Add discharges of one to three invented foci to a recording.

    The reference against which the recording was made is not known: one is drawn. It cancels in every derivation.

    Parameters
    ----------
    background
        float32 (channels, n), finite, microvolts; not modified
    rate_hz
        at least 100
    labels
        one electrode a channel, as `models.simulate.fields.head` takes them
    seed
        everything is drawn from it: foci, shapes, sizes and times
    ied_rate_per_min
        mean rate of discharges, a run counts once; 0 for none
    altered
        is given each focus that was drawn, and returns the one that is used: discharges unlike those of training

    Returns
    -------
    Simulated
        whole segments of `SEGMENT_S`; what is left over at the end is cut off. The stage is "W" throughout: its
        sleep was not scored

    Raises
    ------
    MontageError
        if a label is no electrode of the layout
    """
    traits, drawn = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    grid, where = Grid(rate_hz, SEGMENT_S), head(traits, layout, labels)
    epilepsy = Epilepsy(grid, where, ied_rate_per_min, traits, altered)
    canvas = Canvas(len(where.positions), grid, BEYOND_S)
    whole = background.shape[1] // grid.segment * grid.segment
    measured = _in_band(background[:, :whole], rate_hz)
    discharges = np.zeros((len(labels), whole), np.float32)
    ieds: list[Ied] = []
    for first in range(0, whole, grid.segment):
        segment = slice(first, first + grid.segment)
        # "N1" is the stage in which the rate is the one asked for.
        ieds += epilepsy.segment(canvas, first, "N1", measured[:, segment], drawn)
        discharges[:, segment] = where.reference @ canvas.take()
    inside = tuple(sorted((ied for ied in ieds if ied.peak < whole), key=lambda ied: ied.peak))
    samples = background[:, :whole] + discharges
    return Simulated(samples, discharges, rate_hz, labels, 0, inside, (), (StageSpan("W", 0, whole),))


def _in_band(background: Float32, rate_hz: float) -> Float32:
    """Return the background (channels, n) in the band in which it is measured, without delay."""
    low_hz, high_hz = MEASURED_HZ
    # Below 125 Hz the upper edge would reach the Nyquist frequency, where no filter can be made.
    sections = signal.butter(2, (low_hz, min(high_hz, 0.4 * rate_hz)), "bandpass", fs=rate_hz, output="sos")
    return np.asarray(signal.sosfiltfilt(sections, background, axis=1), np.float32)
