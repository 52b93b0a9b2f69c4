"""Attenuated background that is no discharge: low voltage, and burst suppression.

Limits are those of the American Clinical Neurophysiology Society's terminology (Hirsch et al. 2021, J. Clin.
Neurophysiol. 38:1), ACNS below. Levels and lengths without a source are choices of ours.
"""

import numpy as np

from models.simulate.abnormal import Slowing, Ward, begun, level
from models.simulate.spells import Pace, Spells, envelope
from models.simulate.truth import Abnormality, Confounder, Float32
from models.sleep_stages import Stage

_DEPTH = {"scalp": 1.0, "depth": 7.0}  # depth contacts see some seven times more, as the simulator's patients do


class LowVoltage:
    """Activity below 20 uV throughout; noise of electrodes and artefacts stay as they are."""

    def __init__(self, ward: Ward) -> None:
        # ACNS: below 20 uV from peak to trough, which is about five times the root mean square.
        target_uv = ward.traits.uniform(1.5, 4.0) * _DEPTH[ward.head.layout]
        self._factor = np.float32(min(target_uv / ward.rms_uv, 1.0))
        self.named = Abnormality("low-voltage", 0.0, ward.head.labels[0])

    def segment(self, brain: Float32, first: int, stage: Stage) -> tuple[Float32, list[Confounder]]:  # noqa: ARG002
        """Reduce it; nothing begins."""
        return brain * self._factor, []


class BurstSuppression:
    """Bursts of high mixed activity, blunt, out of a suppression below 10 uV."""

    def __init__(self, ward: Ward) -> None:
        grid, traits = ward.grid, ward.traits
        self._grid = grid
        # ACNS: suppression is below 10 uV from peak to trough, a fifth of it root mean square.
        suppressed_uv = traits.uniform(0.4, 1.8) * _DEPTH[ward.head.layout]
        self._suppressed = np.float32(min(suppressed_uv / ward.rms_uv, 0.3))
        self._burst, self._flank_s = level(ward, 1.0, 2.5), traits.uniform(0.05, 0.25)
        self._waves = Slowing(ward, "burst-suppression", ("Fz", "Cz", "Pz", "T7", "T8"), (0.4, 0.9))
        # ACNS: suppression in 50 to 99 % of the time; a burst lasts at least 0.5 s.
        on_s = float(np.exp(traits.uniform(*np.log((0.8, 4)))))
        off_s = on_s * float(np.exp(traits.uniform(*np.log((1.5, 10)))))
        self._spells = Spells(grid, Pace(on_s, off_s), ward.rng)
        self.named = self._waves.named

    def segment(self, brain: Float32, first: int, stage: Stage) -> tuple[Float32, list[Confounder]]:
        """Suppress all that is outside the bursts; each burst is a confounder."""
        spells = self._spells.segment(first)
        open_ = envelope(self._grid, spells, first, self._flank_s)
        full, _ = self._waves.segment(self._burst * brain, first, stage)
        out = brain * (self._suppressed * (1 - open_)) + full * open_
        return out, begun("burst-suppression", spells, first, self._grid)
