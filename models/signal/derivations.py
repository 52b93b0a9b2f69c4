"""Derivations of channels, by a montage's matrix: the same bits for any number of samples at a time."""

import numpy as np
from numpy.typing import NDArray


class Derivations:
    """Sums of channels, one for each live row of a matrix.

    Parameters
    ----------
    matrix
        (rows, channels): in each row +1 or -1 for the channels of which it is the sum, or nothing but zeros

    `live` are the indices of the rows that are not empty; the arrays below have one row for each of these.
    """

    def __init__(self, matrix: NDArray[np.float64]) -> None:
        self.live = np.flatnonzero(matrix.any(axis=1))
        most = int(np.count_nonzero(matrix, axis=1).max(initial=1))
        # Terms in order of the channels, short rows filled up with their first channel times zero.
        self._channels = np.argsort(matrix[self.live] == 0, axis=1, kind="stable")[:, :most]
        self._signs = np.take_along_axis(matrix[self.live], self._channels, axis=1)
        self._channels = np.where(self._signs == 0, self._channels[:, :1], self._channels)
        self._plus, self._minus = matrix[self.live].argmax(axis=1), matrix[self.live].argmin(axis=1)
        # Nearly always each row is one electrode less another: two passes over the samples, and no product.
        self._are_pairs = most == 2 and bool(((self._signs == 1).sum(axis=1) == 1).all() and (self._signs != 0).all())

    def of(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (live rows, n) of channels (channels, n)."""
        if self._are_pairs:
            pairs: NDArray[np.float64] = samples.take(self._plus, axis=0) - samples.take(self._minus, axis=0)
            return pairs
        # Term by term: the order of a matrix product's sums depends on its shape, and the last bits on the order.
        total: NDArray[np.float64] = samples.take(self._channels[:, 0], axis=0) * self._signs[:, :1]
        for term in range(1, self._channels.shape[1]):
            total += samples.take(self._channels[:, term], axis=0) * self._signs[:, term : term + 1]
        return total

    def all_of(self, good: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return (live rows, n): True where all channels of a row are good, of (channels, n)."""
        whole = good[self._channels[:, 0]]
        for term in range(1, self._channels.shape[1]):
            whole = whole & good[self._channels[:, term]]
        return whole
