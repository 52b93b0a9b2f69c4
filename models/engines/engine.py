"""The two interfaces of engines: one scores windows, the other carries streams from hop to hop."""

import warnings
from collections.abc import Mapping
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Device = Literal["auto", "cuda", "cpu"]
Precision = Literal["fp32", "bf16"]

Floats = NDArray[np.float32]
Answers = tuple[Floats, NDArray[np.int64]]
"""Probabilities, NaN where input or answer was not finite: the caller rejects those. Peaks, samples from the window's
start. Both (n, spans), of the parts of a window that the network's record names, the whole of it first."""


class EngineWarning(UserWarning):
    """A model runs on another engine, or in another precision, than was asked for; the text gives the reason."""


def warn(text: str) -> None:
    """Report a step down in one line."""
    # A warning and not a log line: `models` does not know how its caller logs. Two levels up is who chose the engine.
    warnings.warn(text, EngineWarning, stacklevel=3)


def first_line(problem: RuntimeError) -> str:
    """Return what a library's error begins with: CUDA's go on for a page."""
    return (str(problem).splitlines() or [type(problem).__name__])[0]


class Engine(Protocol):
    """Scores windows, wherever it runs."""

    @property
    def name(self) -> str:
        """Kind, precision and device, such as "openvino-fp32-cpu"."""
        ...

    @property
    def context_samples(self) -> int:
        """Samples before a window that the network looks back on, 0 for networks that see the window alone."""
        ...

    def score(self, windows: Floats) -> Answers:
        """Score conditioned windows (n, channels, context + window samples), any unit; not modified."""
        ...


class StreamEngine(Protocol):
    """Carries a streaming network along, hop by hop, for any number of streams."""

    @property
    def name(self) -> str:
        """Kind, precision and device, such as "openvino-fp32-cpu"."""
        ...

    @property
    def hop_samples(self) -> int:
        """Samples of every hop."""
        ...

    @property
    def context_samples(self) -> int:
        """Samples before a window that the network looks back on."""
        ...

    def push(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        """Push the next hop of some streams and score the windows that end with it.

        Parameters
        ----------
        hops
            By stream's name: (groups, channels, hop samples), conditioned, any unit; not modified. A stream begins
            with its first hop, and anew when its number of groups changes. After a gap, or at the start, answers count
            once context and window are in: the caller knows when; what was carried has then been replaced.
        """
        ...

    def forget(self, stream: str) -> None:
        """Release the memory of a stream."""
        ...
