"""What a stager does with each segment: a reader for each kind of sleep network."""

from collections import deque
from typing import Final, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.networks.sleep_mlp import SleepMLP
from models.networks.spectral import EPOCH_SEGMENTS, SpectralClassifier, band_powers, epoch_features
from models.sleep.features import RunningFeatures, measure
from models.sleep.forward import ForwardFilter
from models.zoo.store import LoadedModel

Float32 = NDArray[np.float32]

MIN_VALID_SEGMENTS: Final = 20
"""Of the 29 in an epoch; with fewer the stage is unknown. A choice of ours."""
# In the signal's unit: below it a segment is flat and has no spectrum. EEG in volts lies a thousand times above it.
MIN_STD: Final = 1e-9


class Reader(Protocol):
    """Turns segments into a belief over stages."""

    def forget(self) -> None:
        """Begin a new epoch, as after a gap."""
        ...

    def take(self, segment: Float32) -> None:
        """Take the next segment (rows, SEGMENT_SAMPLES); NaN where a sample may not be used."""
        ...

    def conclude(self) -> tuple[list[float], bool]:
        """Return the belief over STAGES after the epoch that the last segment ended, and whether it stands on one."""
        ...


class SpectralReader:
    """Relative band powers of the last 30 s, and nothing before them."""

    def __init__(self, network: SpectralClassifier) -> None:
        self._network = network
        self.forget()

    def forget(self) -> None:
        """Begin a new epoch."""
        self._shares: deque[Tensor] = deque(maxlen=EPOCH_SEGMENTS)
        self._belief = self._network.prior.clone()

    def take(self, segment: Float32) -> None:
        """Take the next segment."""
        flat = torch.from_numpy(segment.std(axis=1, keepdims=True) < MIN_STD)
        self._shares.append(band_powers(torch.from_numpy(segment)).masked_fill(flat, torch.nan))

    def conclude(self) -> tuple[list[float], bool]:
        """Return the belief, and whether enough of an epoch is behind it."""
        shares = torch.stack(list(self._shares))
        usable = shares.isfinite().flatten(1).any(dim=1)
        ready = len(shares) == EPOCH_SEGMENTS and int(usable.sum()) >= MIN_VALID_SEGMENTS
        if ready:
            # Segments without any usable row are left out; the features themselves pass over single rows.
            self._belief = self._network.filter(self._belief, epoch_features(shares[usable]))
        return self._belief.tolist(), ready


class ContextReader:
    """The last 30 s beside the minutes before them (`models.sleep.features`)."""

    def __init__(self, network: SleepMLP, *, microvolts: bool) -> None:
        self._filter, self._microvolts = ForwardFilter(network), microvolts
        # A gap ends an epoch, but the same person comes back: what is usual for them is kept.
        self._running = RunningFeatures()
        self.forget()

    def forget(self) -> None:
        """Begin a new epoch."""
        self._measures: deque[NDArray[np.float64]] = deque(maxlen=EPOCH_SEGMENTS)
        self._belief = self._filter.prior

    def take(self, segment: Float32) -> None:
        """Take the next segment: of its usable rows, each measure's median."""
        usable = segment.std(axis=1) >= MIN_STD  # NaN is not
        rows = segment[usable]
        # A segment without any measure is kept as an empty row: it counts as not usable.
        self._measures.append(_median(measure(rows)) if len(rows) else np.empty(0))

    def conclude(self) -> tuple[list[float], bool]:
        """Return the belief, and whether enough of an epoch is behind it."""
        usable = [measures for measures in self._measures if len(measures)]
        ready = len(self._measures) == EPOCH_SEGMENTS and len(usable) >= MIN_VALID_SEGMENTS
        if not ready:
            # Without any data the belief moves towards the stages that people have at any time.
            self._belief = self._filter.predict(self._belief)
            return self._filter.softened(self._belief).tolist(), False
        features = self._running.next(np.array(usable), microvolts=self._microvolts)
        self._belief = self._filter.step(self._belief, features)
        return self._filter.softened(self._belief).tolist(), True


def _median(values: Float32) -> NDArray[np.float64]:
    """Return the median over rows without NaN."""
    # Sorting so few rows takes a sixth of the time of np.median.
    ordered, rows = np.sort(values, axis=0), len(values)
    return np.asarray(np.float32(0.5) * (ordered[(rows - 1) // 2] + ordered[rows // 2]), np.float64)


def open_reader(loaded: LoadedModel, *, microvolts: bool) -> Reader:
    """Return what reads segments for a sleep model; `microvolts` says whether amplitudes mean anything."""
    if loaded.manifest.architecture == "spectral":
        return SpectralReader(cast("SpectralClassifier", loaded.network))
    return ContextReader(cast("SleepMLP", loaded.network), microvolts=microvolts)
