"""Arousals: the night beside them is the same, they come at their rate, and are waking's frequencies."""

from functools import cache

import numpy as np
from scipy.signal import welch

from models.simulate import Simulated, simulate
from models.simulate.arousals import SECONDS
from models.sleep_stages import Stage

PLAN: tuple[tuple[Stage, float], ...] = (("N2", 200.0),)


@cache
def recording(*, arousals: bool) -> Simulated:
    """Return a few minutes of N2."""
    return simulate(20, 200, rate_hz=128.0, plan=PLAN, ied_rate_per_min=0, confounders=False, arousals=arousals)


def test_arousals_are_named_and_nothing_else_changes() -> None:
    """Off, the recording is what it was; on, it differs within arousals alone."""
    calm, broken = recording(arousals=False), recording(arousals=True)
    found = [one for one in broken.confounders if one.kind == "arousal"]
    assert [one for one in broken.confounders if one.kind != "arousal"] == list(calm.confounders)
    inside = np.zeros(calm.samples.shape[1], bool)
    for one in found:
        inside[one.onset : one.end] = True
        assert SECONDS[0] - 0.1 <= (one.end - one.onset) / 128 <= SECONDS[1]
    assert inside[np.flatnonzero(np.abs(broken.samples - calm.samples).max(axis=0) > 0)].all()
    # 0.8 are usual in so long a stretch of N2; patients differ by half and double.
    assert 1 <= len(found) <= 4


def test_an_arousal_is_faster_than_the_sleep_around_it() -> None:
    """Of what it adds, hardly anything lies at the frequencies of slow waves."""
    added = (recording(arousals=True).samples - recording(arousals=False).samples).astype(np.float64)
    hz, power = welch(added, 128.0, nperseg=512)
    assert power[:, hz < 3].sum() < 0.1 * power.sum()
