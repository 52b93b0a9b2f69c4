"""A hidden Markov model from left to right whose states are mixtures of Gaussians: HDL's first pass.

Trained by alignment in turn (segmental k-means): frames are dealt out to states evenly, each state's mixture is fitted,
the best path deals them out again. Source of the shape: Golmohammadi et al. 2019 (3 states, 8 Gaussians, diagonal);
that it is trained along best paths is ours, where the paper's toolkit sums over all.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STATES: Final = 3
GAUSSIANS: Final = 8
PASSES: Final = 4
STEPS: Final = 8
LEAST_VARIANCE: Final = 1e-2
"""Of features of standard deviation 1: a narrower Gaussian sits on a single frame."""


@dataclass(slots=True)
class Mixture:
    """Gaussians with diagonal covariance: `weights` (k,), `means` and `variances` (k, d)."""

    weights: Floats
    means: Floats
    variances: Floats

    @classmethod
    def fitted(cls, frames: Floats, rng: np.random.Generator) -> "Mixture":
        """Fit to frames (n, d), with fewer Gaussians where there are few frames."""
        k = max(1, min(GAUSSIANS, len(frames) // 4))
        spread = np.maximum(frames.var(axis=0), LEAST_VARIANCE)
        mixture = cls(np.full(k, 1 / k), frames[rng.choice(len(frames), k, replace=False)], np.tile(spread, (k, 1)))
        for _ in range(STEPS):
            mixture._step(frames)
        return mixture

    def _step(self, frames: Floats) -> None:
        """Maximise the expectation once."""
        each = self._each(frames)
        shares = np.exp(each - np.logaddexp.reduce(each, axis=1, keepdims=True))
        # 1e-3: a Gaussian that no frame belongs to keeps a place instead of becoming NaN.
        mass = shares.sum(axis=0) + 1e-3
        self.weights = mass / mass.sum()
        self.means = shares.T @ frames / mass[:, None]
        squares = shares.T @ frames**2 / mass[:, None] - self.means**2
        self.variances = np.maximum(squares, LEAST_VARIANCE)

    def _each(self, frames: Floats) -> Floats:
        """Return the log density (n, k) of frames (n, d) under each Gaussian, weight included."""
        # Squares written out: (n, k, d) at once would be gigabytes.
        inverse = 1 / self.variances
        quadratic = (
            frames**2 @ inverse.T - 2 * frames @ (self.means * inverse).T + (self.means**2 * inverse).sum(axis=1)
        )
        norms = np.log(self.weights) - 0.5 * np.log(2 * np.pi * self.variances).sum(axis=1)
        each: Floats = norms - 0.5 * quadratic
        return each

    def log_density(self, frames: Floats) -> Floats:
        """Return the log density (n,) of frames (n, d)."""
        return np.asarray(np.logaddexp.reduce(self._each(frames), axis=1))


@dataclass(slots=True)
class LeftToRight:
    """Mixtures that sequences pass through in order."""

    states: list[Mixture]

    @classmethod
    def fitted(cls, sequences: Floats, rng: np.random.Generator) -> "LeftToRight":
        """Fit to sequences (n, frames, d) of at least as many frames as states."""
        n, frames, d = sequences.shape
        path = np.tile(np.arange(frames) * STATES // frames, (n, 1))
        for _ in range(PASSES):
            model = cls([Mixture.fitted(sequences[path == state].reshape(-1, d), rng) for state in range(STATES)])
            _, path = model._best(sequences)
        return model

    def scores(self, sequences: Floats) -> Floats:
        """Return the log density (n,) of the best path of sequences (n, frames, d), a frame."""
        return np.asarray(self._best(sequences)[0] / sequences.shape[1])

    def _best(self, sequences: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Return each best path's log density (n,) and states (n, frames): it stays or goes on by one."""
        n, frames, d = sequences.shape
        flat = sequences.reshape(-1, d)
        density = np.stack([state.log_density(flat).reshape(n, frames) for state in self.states], axis=2)
        best = np.full((n, STATES), -np.inf)
        best[:, 0] = density[:, 0, 0]
        moved = np.zeros((n, frames, STATES), bool)
        for frame in range(1, frames):
            came = np.concatenate([np.full((n, 1), -np.inf), best[:, :-1]], axis=1)
            moved[:, frame] = came > best
            best = np.maximum(best, came) + density[:, frame]
        path = np.empty((n, frames), np.int64)
        path[:, -1] = STATES - 1
        for frame in range(frames - 1, 0, -1):
            path[:, frame - 1] = path[:, frame] - moved[np.arange(n), frame, path[:, frame]]
        return best[:, -1], path
