"""Looks: what a verifier was shown of candidates, kept so that what the network finds in each is computed once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from models.networks.likeness import COURSE, shapes
from models.networks.whole_head import WholeHead

Floats = NDArray[np.float64]
Labels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Looks:
    """What a verifier was shown of candidates: each is looked at a few times, at every hop as its surroundings come in.

    Attributes
    ----------
    features
        (n, hidden) float32: what the network's layers below the last find
    shapes
        (n, rows + course) float32: what they look like, the suspected group's rows first (`models.networks.likeness`)
    places
        (n,) int64 place of the suspected group in the montage
    odds
        (n,) the detector's log odds
    times_s
        (n,) the candidate's peak in the recording, s
    """

    features: NDArray[np.float32]
    shapes: NDArray[np.float32]
    places: NDArray[np.int64]
    odds: Floats
    times_s: Floats

    def of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Looks":
        """Return some of them, by mask or index."""
        return Looks(
            self.features[chosen], self.shapes[chosen], self.places[chosen], self.odds[chosen], self.times_s[chosen]
        )

    def verified(self, network: WholeHead, weight: float) -> Floats:
        """Return the log odds (n,) of detector and verifier together."""
        with torch.inference_mode():
            logits = network.judged(torch.from_numpy(self.features), torch.from_numpy(self.shapes)).double().numpy()
        total: Floats = self.odds + weight * logits
        return total


def joined(looks: Sequence[Looks]) -> Looks:
    """Return the looks of several recordings as one; `times_s` are then of their own recordings."""
    return Looks(
        np.concatenate([one.features for one in looks]),
        np.concatenate([one.shapes for one in looks]),
        np.concatenate([one.places for one in looks]),
        np.concatenate([one.odds for one in looks]),
        np.concatenate([one.times_s for one in looks]),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """Looks with what is known of them.

    Attributes
    ----------
    event
        (n,) which judged event a look belongs to, -1 for background
    true
        (events,) whether each event was accepted
    """

    looks: Looks
    event: NDArray[np.int64]
    true: NDArray[np.bool_]

    @property
    def labels(self) -> Labels:
        """(n,) 1 for what was accepted, 0 for what was rejected and for background."""
        # An appended False, which -1 (background) indexes; otherwise it would take the last event's verdict.
        known = np.append(self.true, False)
        return known[self.event].astype(np.float64)

    def without(self, events: NDArray[np.int64]) -> "Judged":
        """Return it without the looks of some events."""
        kept = ~np.isin(self.event, events)
        return Judged(self.looks.of(kept), self.event[kept], self.true)


class Watched:
    """A verifier's network that judges one candidate at a time, and keeps what it judged by."""

    def __init__(self, network: WholeHead) -> None:
        self._network = network.eval()
        self._features, self._shapes = list[NDArray[np.float32]](), list[NDArray[np.float32]]()
        self._noted: list[tuple[int, float, float]] = []
        # Zeros of the right length: without any look the arrays still have their usual number of columns.
        self._last = np.zeros(network.head.in_features, np.float32), np.zeros(network.channels + COURSE, np.float32)

    def __call__(self, surroundings: NDArray[np.float32]) -> float:
        """Return the log odds, as a verifier's network does."""
        windows = torch.from_numpy(surroundings[None])
        with torch.inference_mode():
            features, candidates = self._network.features(windows), shapes(windows)
            self._last = features[0].numpy(), candidates[0].numpy()
            return float(self._network.judged(features, candidates)[0])

    def note(self, place: int, odds: float, time_s: float) -> None:
        """Keep the candidate that was judged last: its group's place in the montage, the detector's odds, its peak."""
        self._features.append(self._last[0])
        self._shapes.append(self._last[1])
        self._noted.append((place, odds, time_s))

    def looks(self) -> Looks:
        """Return all that was noted."""
        count = len(self._noted)
        table = np.array(self._noted, np.float64).reshape(-1, 3)
        features, candidates = (
            np.array(of, np.float32).reshape(count, len(last))
            for of, last in zip((self._features, self._shapes), self._last, strict=True)
        )
        return Looks(features, candidates, table[:, 0].astype(np.int64), table[:, 1], table[:, 2])
