"""The heart in the recording: its electric field, mostly at the ears, and the pulse under one electrode."""

import numpy as np

from models.simulate.fields import Head
from models.simulate.noise import Canvas, Grid
from models.simulate.truth import Float32
from models.simulate.waveforms import peak


class Heart:
    """Beats that carry on from segment to segment."""

    def __init__(self, grid: Grid, head: Head, rms_uv: float, traits: np.random.Generator) -> None:
        self._grid = grid
        self._period_s = 60 / traits.uniform(48, 105)
        self._next_s = float(traits.random())
        axis = traits.normal(0, 1, 3) + np.array([1.0, 0, -1.0])
        field = head.positions @ (axis / np.linalg.norm(axis)) + traits.normal(0, 0.15, len(head.positions))
        electric_uv = np.exp(traits.uniform(np.log(0.5), np.log(40))) * traits.choice((0.05, 1.0))
        scale = 1.0 if head.layout == "scalp" else 0.5
        pulse = head.single(int(traits.integers(len(head.labels))))
        pulse_uv = traits.uniform(5, 60) * (traits.random() < 0.15) * scale
        self._fields = np.stack([field * electric_uv * scale, pulse * pulse_uv], axis=1).astype(np.float32) / rms_uv
        self._waves = self._beat(traits)

    def beat(self, canvas: Canvas, rng: np.random.Generator) -> None:
        """Paint the beats that begin in this segment."""
        seconds = self._grid.segment / self._grid.rate_hz
        while self._next_s < seconds:
            onset = int(self._next_s * self._grid.rate_hz)
            canvas.add(onset, self._fields, self._waves)
            self._next_s += self._period_s * max(0.6, float(rng.normal(1, 0.05)))
        # Kept as a time, not as a column: a beat must not be rounded to the segments' grid again and again.
        self._next_s -= seconds

    def _beat(self, traits: np.random.Generator) -> Float32:
        t = np.arange(int(0.7 * self._grid.rate_hz)) / self._grid.rate_hz
        qrs = peak(t, 0.15, 0.010, 0.010) - traits.uniform(0, 0.4) * peak(t, 0.18, 0.012, 0.014)
        slow = traits.uniform(0, 0.2) * peak(t, 0.42, 0.05, 0.04) + 0.08 * peak(t, 0.06, 0.02, 0.02)
        pulse = peak(t, 0.32, 0.05, 0.09)
        return np.asarray([qrs + slow, pulse], np.float32)
