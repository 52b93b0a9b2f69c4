"""MATLAB files, read in a process of its own: scipy's compiled reader can take the process down with damaged bytes.

`python -m models.readers.mat FILE` writes the file's numeric and text variables to its output as npz.
"""

import io
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import scipy.io
from numpy.typing import NDArray

from models.errors import AGAIN, RecordingError

LONGEST_S: Final = 120.0
MEMORY_BYTES: Final = 8_000_000_000
"""Of addresses, for a file of the largest size that is read at once: its variables, copied and written as npz."""
# Not 1 or 2, with which Python itself ends.
_SEVEN_THREE = 3
"""Exit status for a file of MATLAB 7.3, which is HDF5 and which scipy does not read."""


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Return a file's numeric and text variables by name.

    Raises
    ------
    RecordingError
        if the file is damaged or of MATLAB 7.3
    """
    # Resolved, since the process runs in the root of the project, from where it can import `models`.
    command = [sys.executable, "-m", "models.readers.mat", str(path.resolve())]
    root = Path(__file__).parents[2]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=LONGEST_S)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise RecordingError(f"takes longer than {LONGEST_S:g} s to read; {AGAIN}") from None
    if done.returncode == _SEVEN_THREE:
        raise RecordingError("is a MATLAB 7.3 file; save it with -v7")
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        # Below 0 is the signal that ended it: then there is no traceback whose last line says why.
        what = lines[-1] if done.returncode > 0 and lines else "its bytes crash the reader"
        raise RecordingError(f"cannot be read as .mat ({what[:120]}); {AGAIN}")
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as arrays:
        plain = {name[1:]: array for name, array in arrays.items() if name[0] == "_"}
        others = [name[1:] for name in arrays if name[0] != "_"]
    if others and not plain:
        raise RecordingError(
            f"holds its data in structures ({', '.join(others)[:80]}); save samples, rate and labels as variables "
            "of their own, or export it as EDF"
        )
    return plain


def main() -> int:
    """Read the file named on the command line, write npz to the output."""
    # A damaged length, or a small file that unpacks to a huge one, must not take the memory of everything else.
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_BYTES if soft == resource.RLIM_INFINITY else min(soft, MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        found = scipy.io.loadmat(sys.argv[1], chars_as_strings=True)
    except NotImplementedError:
        return _SEVEN_THREE
    # Marked, since a variable may be called what an argument of `savez` is called.
    variables: dict[str, Any] = {f"_{name}": _plain(value) for name, value in found.items() if _is_plain(value)}
    variables |= {f"-{name}": 0 for name, value in found.items() if f"_{name}" not in variables and name[:2] != "__"}
    np.savez(sys.stdout.buffer, allow_pickle=False, **variables)
    return 0


def _is_plain(value: object) -> bool:
    # Numbers, texts and cells: structures and complex numbers are nothing that a recording is read from.
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufUO"


def _plain(value: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as they are, and a cell array as the text of its cells."""
    if value.dtype != object:
        return value
    return np.array([str(np.squeeze(cell)) for cell in value.ravel()], str).reshape(value.shape)


if __name__ == "__main__":
    sys.exit(main())
