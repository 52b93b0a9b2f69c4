"""The newest training windows of one kind, to draw batches from."""

import numpy as np

from models.examples import ROWS, WINDOW_SAMPLES, Floats


class Pool:
    """The newest windows of one kind; draws at random."""

    def __init__(self, capacity: int) -> None:
        self._windows = np.empty((capacity, ROWS, WINDOW_SAMPLES), np.float16)
        self.seen = 0

    def __len__(self) -> int:
        return min(self.seen, len(self._windows))

    def add(self, windows: Floats) -> None:
        """Add windows (n, 5, L), scaled so that half precision suffices."""
        scale = np.maximum(windows.std(axis=(1, 2), keepdims=True), 1e-6)
        at = (self.seen + np.arange(len(windows))) % len(self._windows)
        self._windows[at] = windows / scale
        self.seen += len(windows)

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """Return (count, 5, L) float32."""
        return self._windows[rng.integers(0, len(self), count)].astype(np.float32)
