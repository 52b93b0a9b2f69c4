"""Segments that were made but not yet returned, with their truth, to be cut anywhere."""

from itertools import pairwise

import numpy as np

from models.simulate.truth import Abnormality, Confounder, Float32, Ied, Simulated, StageSpan
from models.sleep_stages import Stage


class Reel:
    """Segments are added at one end, pieces of any length are taken from the other.

    Parameters
    ----------
    labels : tuple of str
        Channels.
    rate_hz : float
        Sampling rate.
    segment : int
        Samples in a segment.
    abnormalities : tuple of Abnormality
        What each piece says about the patient.
    """

    def __init__(
        self, labels: tuple[str, ...], rate_hz: float, segment: int, abnormalities: tuple[Abnormality, ...]
    ) -> None:
        self._abnormalities = abnormalities
        self._labels, self._rate_hz, self._segment = labels, rate_hz, segment
        empty = np.zeros((len(labels), 0), np.float32)
        self._samples: list[Float32] = [empty]
        self._discharges: list[Float32] = [empty]
        self._ieds: list[Ied] = []
        self._confounders: list[Confounder] = []
        self._stage_of: list[Stage] = []
        self._cut_to = 0

    @property
    def made(self) -> int:
        """Samples that were added since the beginning."""
        return self._segment * len(self._stage_of)

    @property
    def cut_to(self) -> int:
        """Samples that were taken since the beginning."""
        return self._cut_to

    def add(self, stage: Stage, samples: Float32, discharges: Float32) -> None:
        """Add a segment: (channels, segment) each, microvolts."""
        self._stage_of.append(stage)
        self._samples.append(samples)
        self._discharges.append(discharges)

    def add_events(self, ieds: list[Ied], confounders: list[Confounder]) -> None:
        """Add the events that begin in the segment being made, wherever they end."""
        self._ieds += ieds
        self._confounders += confounders

    def cut(self, end: int) -> Simulated:
        """Return everything before absolute sample ``end``, which must have been made."""
        first, self._cut_to = self._cut_to, end
        samples, self._samples = _split(self._samples, end - first)
        discharges, self._discharges = _split(self._discharges, end - first)
        # By its peak, not its onset: a discharge belongs to one piece alone.
        ieds = tuple(sorted((i for i in self._ieds if i.peak < end), key=lambda ied: ied.peak))
        known = tuple(sorted((c for c in self._confounders if c.onset < end), key=lambda c: c.onset))
        self._ieds = [ied for ied in self._ieds if ied.peak >= end]
        self._confounders = [c for c in self._confounders if c.onset >= end]
        spans = self._spans(first, end)
        return Simulated(
            samples, discharges, self._rate_hz, self._labels, first, ieds, known, spans, self._abnormalities
        )

    def _spans(self, first: int, end: int) -> tuple[StageSpan, ...]:
        # Stages change at segments' borders only; the first and last span are cut where the piece is.
        begin, past = first // self._segment, -(-end // self._segment)
        stages = self._stage_of[begin:past]
        changes = [i for i in range(1, len(stages)) if stages[i] != stages[i - 1]]
        edges = [first, *((begin + i) * self._segment for i in changes), end]
        named = [stages[0], *(stages[i] for i in changes)] if stages else []
        return tuple(StageSpan(s, a, b) for s, (a, b) in zip(named, pairwise(edges), strict=False))


def _split(pieces: list[Float32], samples: int) -> tuple[Float32, list[Float32]]:
    """Join pieces and split them before column ``samples``."""
    joined = np.concatenate(pieces, axis=1)
    return joined[:, :samples].copy(), [joined[:, samples:].copy()]
