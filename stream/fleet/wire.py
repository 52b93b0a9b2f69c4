"""What goes between a host with beds and a fleet: bare numbers in little endian, no header, nothing that runs code.

Both sides know the shape of a window from the model that the address names (by its sha256), so a body holds windows,
and an answer the probabilities of all windows and then their peaks. Whose windows they are is not in it.
"""

from typing import Final

import numpy as np

from models.engines.engine import Answers, Floats
from models.zoo.manifest import Manifest

ENGINE: Final = "X-Engine"
"""The header of an answer that names the engine behind it."""
TOGETHER: Final = "X-Windows"
"""The header that says how many windows were scored together."""
MOST_WINDOWS: Final = 60
"""Windows of one request; an infer stage asks for no more at a time (`stream.infer.BATCH_WINDOWS`)."""
_FLOAT: Final = np.dtype("<f4")
_PLACE: Final = np.dtype("<i8")


def path_of(manifest: Manifest) -> str:
    """Return the path under which a fleet serves a model: another model, or another version of it, is not found."""
    return f"/{manifest.sha256}"


def request_of(windows: Floats) -> bytes:
    """Return the body of a request: windows (n, channels, samples)."""
    return windows.astype(_FLOAT, copy=False).tobytes()


def windows_of(body: bytes, channels: int, samples: int) -> Floats:
    """Read the body of a request.

    Raises
    ------
    ValueError
        if it does not hold 1 to MOST_WINDOWS whole windows
    """
    size = channels * samples * _FLOAT.itemsize
    if not body or len(body) % size or len(body) > MOST_WINDOWS * size:
        raise ValueError(
            f"{len(body)} bytes are not 1 to {MOST_WINDOWS} windows of {channels} channels and {samples} samples"
        )
    return np.frombuffer(body, _FLOAT).reshape(-1, channels, samples).astype(np.float32)


def answer_of(answers: Answers) -> bytes:
    """Return the body of an answer: probabilities (n, spans), then peaks (n, spans)."""
    probabilities, peaks = answers
    return probabilities.astype(_FLOAT).tobytes() + peaks.astype(_PLACE).tobytes()


def answers_of(body: bytes, windows: int) -> Answers:
    """Read the answer to so many windows.

    Raises
    ------
    ValueError
        if it does not fit them
    """
    entry = windows * (_FLOAT.itemsize + _PLACE.itemsize)
    if not body or len(body) % entry:
        raise ValueError(f"{len(body)} bytes do not answer {windows} windows")
    edge = len(body) // (_FLOAT.itemsize + _PLACE.itemsize) * _FLOAT.itemsize
    probabilities = np.frombuffer(body[:edge], _FLOAT).reshape(windows, -1).astype(np.float32)
    return probabilities, np.frombuffer(body[edge:], _PLACE).reshape(windows, -1).astype(np.int64)
