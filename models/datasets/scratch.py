"""An array too large for memory, in a temporary file that is deleted with it."""

import math
import mmap
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Scratch:
    """An `array` of zeros in a temporary file; the folder is the system's own ($TMPDIR)."""

    def __init__(self, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        size = math.prod(shape) * np.dtype(dtype).itemsize
        with tempfile.TemporaryFile() as file:
            # A file of nothing cannot be mapped.
            file.truncate(max(1, size))
            self._mapped = mmap.mmap(file.fileno(), max(1, size))
        self.array: NDArray[Any] = np.frombuffer(self._mapped, dtype, math.prod(shape)).reshape(shape)

    def rest(self) -> None:
        """Give back the memory that was looked at or written; all of it stays in the file."""
        self._mapped.madvise(mmap.MADV_DONTNEED)
