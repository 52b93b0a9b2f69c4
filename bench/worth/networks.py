"""A network of a model folder: windows, quality gate, engine, verifier and event former are the live ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.worth.contract import Seconds, Shown
from models.engines.engine import Engine
from models.engines.opening import open_engine
from models.engines.verifying import Verifier, open_verifier
from models.errors import ModelError
from models.evaluation.events import THRESHOLDS
from models.evaluation.forming import Scored, events
from models.evaluation.simulated import score
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import ROWS
from models.signal.window_geometry import WINDOW_SAMPLES
from models.zoo import store


@dataclass(frozen=True, slots=True)
class Sighted:
    """What the windows of one recording showed: events are formed anew at each threshold, as they are live."""

    scored: Scored
    delay_s: float

    @property
    def from_s(self) -> float:
        """Where the first window begins."""
        return (self.scored.ends[0] - WINDOW_SAMPLES) / MODEL_RATE_HZ - self.delay_s

    @property
    def until_s(self) -> float:
        """Where the last window ends."""
        return self.scored.ends[-1] / MODEL_RATE_HZ - self.delay_s

    @property
    def minutes(self) -> float:
        """How much could be scored."""
        return self.scored.minutes

    def peaks_s(self, threshold: float) -> Seconds:
        """Return the peaks (n,) of the events at a threshold."""
        peaks = np.array([event.best.peak for event in events(self.scored, threshold)], np.float64)
        return peaks / MODEL_RATE_HZ - self.delay_s


def sighted(engine: Engine, verifier: Verifier | None, shown: Shown, *, gated: bool = True) -> Sighted:
    """Score all windows of a recording; `gated` is whether the quality gate rejects some, as it does live."""
    derivations = [name for group in shown.derivations for name in group]
    found = score(
        engine, shown.traces, shown.valid, shown.groups, verifier=verifier, derivations=derivations, gated=gated
    )
    return Sighted(found, shown.delay_s)


class Network:
    """A detector from a model folder, or of a name in the zoo.

    Raises
    ------
    ModelError
        if it cannot be used, or looks at other windows than those that the bench cuts
    """

    def __init__(self, model: str) -> None:
        loaded = store.load(model)
        manifest = loaded.manifest
        shape, wanted = (manifest.channels, manifest.window_samples, manifest.rate_hz), (ROWS, WINDOW_SAMPLES)
        if shape != (*wanted, MODEL_RATE_HZ):
            raise ModelError(
                f"{model}: takes {shape} channels, samples, Hz; this bench cuts windows of {(*wanted, MODEL_RATE_HZ)}"
            )
        # The name as it was given: two folders may hold models of one name, such as before and after a training.
        self.name = model
        self.about: dict[str, Any] = {"sha256": manifest.sha256}
        self._engine, self._verifier = open_engine(loaded), open_verifier(manifest)

    def detect(self, shown: Shown) -> Sighted:
        """Score all windows of a recording.

        Raises
        ------
        ModelError
            if the recording is shorter than a window
        """
        found = sighted(self._engine, self._verifier, shown)
        if not found.scored.ends:
            raise ModelError(f"{self.name}: needs recordings longer than a window, not of {shown.seconds:.1f} s")
        return found

    def thresholds(self, found: Sequence[Sighted]) -> tuple[float, ...]:  # noqa: ARG002  (the same for all networks)
        """Return the thresholds of operating tables, so that two networks have the same rows."""
        return THRESHOLDS
