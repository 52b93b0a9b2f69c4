"""A cascade of biquads, a block of samples at a time: one matrix product in the place of a loop over sections.

The cascade is linear, so the outputs of a block and the state behind it are a fixed matrix times the block and the
state before it (Burrus, IEEE Trans. Audio Electroacoust. 20, 1972; differs from the paper: the matrix is read off
`scipy.signal.sosfilt`, one unit input at a time, and outputs that are not kept are left out).

Blocks lie on a grid of the absolute index. A block that has only begun is multiplied as a whole all the same: what is
not there yet meets zeros of the matrix. Every output comes from the same product so, and has the same bits for any
chunking.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from models.signal.filters import Sections

BLOCK_SAMPLES: Final = 64
"""The least length of a block; that of a hop of 125 ms at 512 Hz."""
PRODUCT_TERMS: Final = 2**18
"""OpenBLAS spreads a larger product over threads, and waits for them: milliseconds on a busy host."""


class BlockFilter:
    """Filters all channels of one stream, in float64, and keeps the last of every `keep_every` samples.

    Which those are is counted by absolute index, from 0. The last, not the first: what ends with a block of the stream
    then ends with its newest sample.

    Parameters
    ----------
    sections
        the cascade
    channels
        number of channels
    keep_every
        1, or by how much the rate is lowered
    """

    def __init__(self, sections: Sections, channels: int, keep_every: int = 1) -> None:
        self.keep_every = keep_every
        self.block_samples = -(-BLOCK_SAMPLES // keep_every) * keep_every
        self._matrix = _block_matrix(sections, self.block_samples, keep_every)
        terms, results = self._matrix.shape
        # Channels are multiplied in batches small enough for one thread.
        together = min(channels, max(1, PRODUCT_TERMS // (terms * results)))
        self._inputs = np.zeros((-(-channels // together), together, terms))
        self._results = np.zeros((*self._inputs.shape[:2], results))
        # Views of the same memory, a row for each channel; rows that fill up the last batch stay zero.
        self._input = self._inputs.reshape(-1, terms)[:channels]
        self._result = self._results.reshape(-1, results)[:channels]

    def restart(self) -> None:
        """Forget what came: the past is zero."""
        self._inputs[:] = 0.0

    def push(self, first: int, samples: NDArray[np.float64]) -> tuple[int, NDArray[np.float64]]:
        """Filter the next samples.

        Parameters
        ----------
        first
            absolute index of the first sample: the next one, or any after a restart
        samples
            (channels, n) float64, finite

        Returns
        -------
        first
            absolute index of the first sample kept, in samples of the lower rate
        outputs
            (channels, m) float64: those kept of these samples
        """
        outputs, n, done, begin = [], samples.shape[1], 0, first % self.block_samples
        while done < n:
            end = min(self.block_samples, begin + n - done)
            self._input[:, begin:end] = samples[:, done : done + end - begin]
            outputs.append(self._multiplied(begin, end))
            done, begin = done + end - begin, 0
        return first // self.keep_every, outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)

    def _multiplied(self, begin: int, end: int) -> NDArray[np.float64]:
        """Return the outputs kept of a block's samples [begin, end); carry the state over if the block ends there."""
        # The whole block, however much of it is there: another shape would be summed in another order, to other bits.
        np.matmul(self._inputs, self._matrix, out=self._results)
        if end == self.block_samples:
            self._input[:, end:] = self._result[:, end // self.keep_every :]
        return self._result[:, begin // self.keep_every : end // self.keep_every].copy()


def _block_matrix(sections: Sections, block_samples: int, keep_every: int) -> NDArray[np.float64]:
    """Return (block + state, kept + state): what each input and each part of the state adds to each result."""
    state = 2 * len(sections)
    # Linear, so unit inputs and unit states say all: row k is what a 1 in place k alone adds.
    inputs = np.eye(block_samples + state, block_samples)
    before = np.eye(block_samples + state, state, -block_samples).reshape(-1, len(sections), 2).transpose(1, 0, 2)
    outputs, after = signal.sosfilt(sections, inputs, axis=1, zi=before)
    kept = outputs[:, keep_every - 1 :: keep_every]
    return np.concatenate([kept, after.transpose(1, 0, 2).reshape(-1, state)], axis=1)
