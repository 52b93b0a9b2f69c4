"""Events that look alike, as they come: each joins the cluster that it resembles most, or begins one.

A cluster is led by the mean direction of its events. The same events in the same order give the same clusters.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.shape import Shape

Floats = NDArray[np.float32]

ALIKE: Final = 0.7
"""Cosine between an event and the mean of a cluster from which it belongs there."""
MOST: Final = 32
"""Clusters of one recording; once there are so many, an event joins the nearest one whatever it looks like."""
COUNTED: Final = 30
"""So many clear events of a cluster count for something, at the most: a choice of ours."""
REMEMBERED: Final = 35
"""So many are remembered: a restart asks again what was asked in the last second, when the newest were not known.
Events are 0.3 s apart, so that five more than count are enough."""
_NEVER: Final = -1
_HALF: Final = 1 << 16


class Cluster:
    """The events of one cluster, as sums: no single one is kept.

    Parameters
    ----------
    features
        how many numbers two events are compared by
    rows, samples
        of a waveform
    """

    def __init__(self, features: int, rows: int, samples: int) -> None:
        self.count = 0
        self.direction = np.zeros(features, np.float32)
        self.known = np.zeros(samples, np.int64)
        self.total = np.zeros((rows, samples), np.float32)
        self.squares = np.zeros((rows, samples), np.float32)
        self.leads = np.zeros(rows, np.int64)
        # An array and not a list, so that memory does not grow for as long as a patient's clusters fill.
        self.clear = np.full(REMEMBERED, _NEVER, np.int64)
        """Sample indices at which the newest clear events were decided, in order; _NEVER before them."""

    def add(self, shape: Shape) -> None:
        """Count one more event."""
        self.count += 1
        self.direction += shape.features
        waveform = np.nan_to_num(shape.waveform)
        self.known += ~np.isnan(shape.waveform[0])
        self.total += waveform
        self.squares += waveform**2
        self.leads[shape.lead] += 1

    def likeness(self, features: Floats) -> float:
        """Return the cosine between an event and the mean of this cluster's."""
        length = float(np.linalg.norm(self.direction))
        return float(features @ self.direction) / length if length else 0.0

    def note_clear(self, decided: int) -> None:
        """Remember at which sample an event was decided that needed no other to be one."""
        self.clear = np.sort(np.append(self.clear, decided))[-REMEMBERED:]

    def count_clear(self, after: int, before: int) -> int:
        """Return how many of the clear events that are remembered were decided between two samples."""
        return int(np.count_nonzero((after < self.clear) & (self.clear < before) & (self.clear != _NEVER)))

    def packed(self) -> bytes:
        """Return all of it as bytes: the sizes, then every array, as float32 of this machine's order."""
        sizes = (len(self.direction), *self.total.shape, self.count)
        arrays = (self.direction, self.known, self.leads, self.total.ravel(), self.squares.ravel())
        # In halves: float32 holds whole numbers up to 16 million alone.
        halves = np.stack(np.divmod(self.clear[self.clear != _NEVER], _HALF), axis=1)
        return np.concatenate([np.asarray(sizes), *arrays, halves.ravel()]).astype(np.float32).tobytes()

    @classmethod
    def unpacked(cls, state: bytes) -> "Cluster":
        """Return the cluster that was packed."""
        numbers = np.frombuffer(state, np.float32)
        features, rows, samples, count = (int(number) for number in numbers[:4])
        made = cls(features, rows, samples)
        ends = np.cumsum([4, features, samples, rows, rows * samples, rows * samples])
        _, direction, known, leads, total, squares, halves = np.split(numbers, ends)
        made.count, made.direction = count, direction.copy()
        # A journal of an earlier version has none.
        clear = halves.reshape(-1, 2).astype(np.int64) @ (_HALF, 1)
        made.clear[REMEMBERED - len(clear) :] = clear
        made.known, made.leads = known.astype(np.int64), leads.astype(np.int64)
        made.total, made.squares = total.reshape(rows, samples).copy(), squares.reshape(rows, samples).copy()
        return made

    @property
    def mean(self) -> NDArray[np.float64]:
        """(rows, samples): the averaged waveform, NaN where no event was known so long after its peak."""
        mean: NDArray[np.float64] = self.total / np.where(self.known, self.known, np.nan)
        return mean

    @property
    def spread(self) -> NDArray[np.float64]:
        """(rows, samples): the standard deviation over the events."""
        known = np.where(self.known, self.known, np.nan)
        spread: NDArray[np.float64] = np.sqrt(np.maximum(self.squares / known - (self.total / known) ** 2, 0))
        return spread


class Clusters:
    """All clusters of one recording, numbered from 1 in the order in which they began."""

    def __init__(self) -> None:
        self.clusters: list[Cluster] = []
        self._changed: set[int] = set()

    def like(self, shape: Shape) -> int:
        """Return the number of the cluster that something resembles, 0 for none; nothing is added."""
        nearest, likeness = self._nearest(shape)
        return nearest + 1 if likeness >= ALIKE else 0

    def similar(self, shape: Shape, after: int, before: int) -> int:
        """Return how many clear events something resembles, of those decided between two samples; COUNTED at most."""
        number = self.like(shape)
        clear = self.clusters[number - 1].count_clear(after, before) if number else 0
        return min(COUNTED, clear)

    def push(self, shape: Shape, clear_at: int | None = None) -> int:
        """Add one event, and return the number of its cluster.

        `clear_at` is the sample at which it was decided if it counts for what resembles it, else None.
        """
        nearest, likeness = self._nearest(shape)
        if likeness < ALIKE and len(self.clusters) < MOST:
            self.clusters.append(Cluster(len(shape.features), *shape.waveform.shape))
            nearest = len(self.clusters) - 1
        self.clusters[nearest].add(shape)
        if clear_at is not None:
            self.clusters[nearest].note_clear(clear_at)
        self._changed.add(nearest + 1)
        return nearest + 1

    def _nearest(self, shape: Shape) -> tuple[int, float]:
        """Return the index of the nearest cluster and its likeness; below any likeness where there are no clusters."""
        likeness = [cluster.likeness(shape.features) for cluster in self.clusters]
        nearest = int(np.argmax(likeness)) if likeness else 0
        return nearest, likeness[nearest] if likeness else -math.inf

    def copy(self) -> "Clusters":
        """Return clusters that stand as these do and change alone; none of them counts as changed."""
        made = Clusters()
        made.restore(self.states())
        return made

    def take_changed(self) -> dict[int, bytes]:
        """Return the states of the clusters that changed since the last call, by number."""
        changed = {number: self.clusters[number - 1].packed() for number in sorted(self._changed)}
        self._changed.clear()
        return changed

    def states(self) -> dict[int, bytes]:
        """Return the states of all clusters, by number."""
        return {number: cluster.packed() for number, cluster in enumerate(self.clusters, start=1)}

    def restore(self, states: Mapping[int, bytes]) -> None:
        """Go on with the clusters of before, whose numbers are 1, 2 and so on."""
        self.clusters = [Cluster.unpacked(state) for _, state in sorted(states.items())]
