"""Whether an engine still answers as plain torch did when it was opened: a known window, scored from time to time.

Wrong answers without an error are the worst that an engine can do: a graph that is replayed on the input of before, a
damaged weight, a driver's fault. Nothing else would show them.
"""

import math
from typing import Final, Protocol, TypeVar

import numpy as np

from models.engines.engine import Engine, Floats, Precision, StreamEngine
from models.engines.parity import MAX_DIFFERENCE, eeg_like

AnyEngine_contra = TypeVar("AnyEngine_contra", bound=Engine | StreamEngine, contravariant=True)

DRAWN: Final = 8
"""Windows among which the two are looked for that a network tells apart best."""
STREAM: Final = "canary"
CHECKED_HOPS: Final = 16
"""Answers of a stream that are compared before it begins anew."""


class Canary(Protocol[AnyEngine_contra]):
    """Something whose answer is known; `every_s` is how often it is to be shown."""

    every_s: float

    def check(self, engine: AnyEngine_contra) -> str:
        """Show it to an engine; return what is wrong with the answer, "" if nothing is."""
        ...

    def begin(self) -> None:
        """Forget what was shown to an engine that is gone."""
        ...


class WindowCanary:
    """Two windows, by turns: an engine that answers to the window of before is wrong at every second one."""

    every_s = 60.0

    def __init__(self, reference: Engine, channels: int, samples: int) -> None:
        windows = eeg_like(DRAWN, channels, samples)
        answers = reference.score(windows)[0]
        order = np.argsort(answers[:, 0])
        self._windows, self._expected = (of[[order[0], order[-1]]] for of in (windows, answers))
        self._turn = 0

    def check(self, engine: Engine) -> str:
        """Show the other window than the last time."""
        self._turn = 1 - self._turn
        shown = slice(self._turn, self._turn + 1)
        return _difference(self._expected[shown], engine.score(self._windows[shown])[0], engine.name)

    def begin(self) -> None:
        """Nothing is carried."""


class StreamCanary:
    """One group of a signal that goes round, one hop at each check: a whole round would hold up the beds."""

    every_s = 0.0

    def __init__(self, reference: StreamEngine, channels: int, window_samples: int) -> None:
        hop = reference.hop_samples
        count = math.ceil((reference.context_samples + window_samples) / hop) + CHECKED_HOPS
        signal = eeg_like(1, channels, count * hop)
        self._hops = [signal[:, :, at * hop : (at + 1) * hop] for at in range(count)]
        self._expected = [reference.push({STREAM: piece})[STREAM][0] for piece in self._hops]
        reference.forget(STREAM)
        self._at = 0

    def check(self, engine: StreamEngine) -> str:
        """Show the next hop."""
        hop, expected = self._hops[self._at], self._expected[self._at]
        wrong = _difference(expected, engine.push({STREAM: hop})[STREAM][0], engine.name)
        self._at += 1
        if self._at == len(self._hops):
            engine.forget(STREAM)
            self.begin()
        return wrong

    def begin(self) -> None:
        """Begin with the first hop again."""
        self._at = 0


def _difference(expected: Floats, got: Floats, name: str) -> str:
    precision: Precision = "bf16" if "bf16" in name else "fp32"
    # Answers before context and window are in are NaN on either side.
    known = np.isfinite(expected)
    worst = float(np.abs(expected[known] - got[known]).max(initial=0.0))
    # Not `>`: a NaN must not pass.
    if worst <= MAX_DIFFERENCE[precision]:
        return ""
    return f"{name} gives another answer than when it was opened: probabilities differ by {worst:.2g}"
