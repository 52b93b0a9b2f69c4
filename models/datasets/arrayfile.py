"""A .npy file that grows: rows are appended as they come, and numpy can map it once it is closed."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

HEADER_BYTES: Final = 128
"""Of a .npy file of version 1 whose first axis may still grow: numpy leaves room for 21 digits."""


class ArrayFile:
    """Appends rows of one shape and type to a .npy file; `close` writes how many there are."""

    def __init__(self, path: Path, row_shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.count = 0
        self._row_shape, self._dtype = row_shape, np.dtype(dtype)
        self._file = path.open("wb")
        # Zeros are no valid header: until `close`, numpy refuses the file instead of reading a part of it.
        self._file.write(bytes(HEADER_BYTES))

    def append(self, rows: NDArray[Any]) -> None:
        """Append rows (n, *row_shape); raises ValueError where they have another shape."""
        if rows.shape[1:] != self._row_shape:
            raise ValueError(f"rows of shape {rows.shape[1:]} do not fit a file of rows {self._row_shape}")
        self._file.write(np.ascontiguousarray(rows, self._dtype).tobytes())
        self.count += len(rows)

    def close(self) -> None:
        """Write the header; before this the file cannot be opened as an array."""
        self._file.seek(0)
        shape = (self.count, *self._row_shape)
        header = {"descr": npy.dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(self._file, header)
        # A longer header would have overwritten the first rows.
        if self._file.tell() != HEADER_BYTES:
            raise ValueError(f"numpy wrote a header of {self._file.tell()} bytes where {HEADER_BYTES} were kept free")
        self._file.close()
