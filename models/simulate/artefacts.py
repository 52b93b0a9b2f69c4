"""Artefacts laid on a recording that has few of its own: published ones were often cleaned of eyes and muscle.

Single events, as wholly simulated patients have them (`models.simulate.confounders`), at one person's rates and sizes.
"""

import numpy as np

from models.simulate.confounders import nuisances
from models.simulate.fields import Scene, head
from models.simulate.truth import Float32

_BEYOND_S = 8.0  # the longest event, which may begin with the last sample


def artefacts(samples: int, rate_hz: float, labels: tuple[str, ...], rng: np.random.Generator) -> Float32:
    """Draw the artefacts of somebody awake on scalp electrodes.

    The reference against which they are recorded is drawn, too; it cancels in every derivation.

    Parameters
    ----------
    samples
        length of the recording
    rate_hz
        at least 100
    labels
        one electrode of the 10-20 system a channel
    rng
        draws the reference, which kinds there are, how often, how large, and when

    Returns
    -------
    Float32
        (channels, samples), microvolts
    """
    where = head(rng, "scalp", labels)
    canvas = np.zeros((len(where.positions), samples + round(_BEYOND_S * rate_hz)), np.float32)
    for nuisance in nuisances(Scene(where, rate_hz, rng), rng, rms_uv=1.0):
        for onset in rng.integers(samples, size=rng.poisson(nuisance.rate_per_s("W") * samples / rate_hz)):
            fields, courses = nuisance.draw()
            canvas[:, onset : onset + courses.shape[1]] += fields @ courses
    return np.asarray(where.reference @ canvas[:, :samples], np.float32)
