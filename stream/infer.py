"""infer: the windows of all beds in, their scores out. One batch over every group of every bed that is due.

Two kinds of network: one scores whole windows, the other is carried along and sees every hop, whose samples flow on
also where nothing of them may be scored.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.engines.engine import Answers, Engine, StreamEngine
from models.networks.whole_window import class_probabilities
from stream.records import Hop, Rejected, Score, SpanScore, Window

BATCH_WINDOWS = 60
"""The most windows in one forward: a backlog is worked off in pieces that leave the memory flat."""


@dataclass(frozen=True, slots=True)
class HopScores:
    """The scores of one hop's windows, and the windows whose output was no number."""

    scores: tuple[Score, ...] = ()
    rejected: tuple[Rejected, ...] = ()


class Infer(Protocol):
    """A network on its engine, for all beds that use it."""

    @property
    def name(self) -> str:
        """Kind, precision and device of the engine."""
        ...

    @property
    def context_samples(self) -> int:
        """Samples before a window that its score depends on too: they must be whole as well."""
        ...

    @property
    def warm_up_samples(self) -> int:
        """Samples that a bed's network must be shown again after a restart before its answers are what they were."""
        ...

    def infer(self, hops: Sequence[Hop]) -> list[HopScores]:
        """Score every window of every hop, a bed's hops in the order of its samples; one result for each hop.

        A window whose output is not a number is rejected as `output`: it is not evidence that nothing was there.
        """
        ...

    @property
    def carries(self) -> bool:
        """True if something is carried from hop to hop: a batch that failed has then left it half changed."""
        ...

    def forget(self, bed: str) -> None:
        """Drop what is carried of a bed: its recording is over, or begins anew."""
        ...


class InferWindows:
    """Scores whole windows; nothing is carried from hop to hop.

    Parameters
    ----------
    engine
        the network on its engine
    epoch_samples
        Of a network whose engine answers for stages of sleep as well, how far back a stage looks; else 0.
    """

    # Each window is scored by itself.
    context_samples = 0
    carries = False

    def __init__(self, engine: Engine, epoch_samples: int = 0) -> None:
        self.engine = engine
        self.warm_up_samples = epoch_samples

    @property
    def name(self) -> str:
        """The present engine's."""
        return self.engine.name

    def infer(self, hops: Sequence[Hop]) -> list[HopScores]:
        """Score windows in batches; see Infer."""
        windows = [window for hop in hops for window in hop.windows]
        scored: list[Score | Rejected] = []
        for at in range(0, len(windows), BATCH_WINDOWS):
            batch = windows[at : at + BATCH_WINDOWS]
            probabilities, peaks = self.engine.score(np.stack([window.samples for window in batch]))
            scored += self._scored(batch, probabilities, peaks)
        # Scores come in the order of the windows: each hop takes as many as it has windows.
        remaining = iter(scored)
        return [_hop_scores(list(islice(remaining, len(hop.windows)))) for hop in hops]

    def _scored(
        self, batch: Sequence[Window], probabilities: NDArray[np.float32], peaks: NDArray[np.int64]
    ) -> list[Score | Rejected]:
        if not self.warm_up_samples:
            return [_score(*output) for output in zip(batch, probabilities, peaks, strict=True)]
        # One span, and behind it the stages.
        stages = map(tuple, class_probabilities(probabilities[:, 1:]).tolist())
        answers = zip(batch, probabilities[:, :1], peaks[:, :1], stages, strict=True)
        return [_score(*answer) for answer in answers]

    def forget(self, bed: str) -> None:
        """Nothing is carried."""


class InferNothing:
    """Stands where no network looks for IEDs: every window that may be analysed is, and nothing is found in it."""

    name = "off"
    context_samples = warm_up_samples = 0
    carries = False

    def infer(self, hops: Sequence[Hop]) -> list[HopScores]:
        """Return a score without a probability for every window; see Infer."""
        return [HopScores(tuple(Score(window, ()) for window in hop.windows)) for hop in hops]

    def forget(self, bed: str) -> None:
        """Nothing is carried."""


class InferStreams:
    """Carries every bed along, hop by hop, all beds in one batch.

    A bed's first outputs, until window and context are in, mean nothing and are left out.

    Parameters
    ----------
    engine
        the network on its engine
    window_samples
        length of the window that is scored
    rows
        derivations of a group, as the network takes them
    """

    carries = True

    def __init__(self, engine: StreamEngine, window_samples: int, rows: int) -> None:
        self.engine, self._rows = engine, rows
        self._seen_samples: Counter[str] = Counter()
        self.context_samples = engine.context_samples
        self.warm_up_samples = engine.context_samples + window_samples

    @property
    def name(self) -> str:
        """The present engine's."""
        return self.engine.name

    def infer(self, hops: Sequence[Hop]) -> list[HopScores]:
        """Push every hop, in order within a bed; see Infer."""
        scores = [HopScores()] * len(hops)
        for numbered in _in_order(hops):
            beds = {hop.bed: hop.samples.reshape(-1, self._rows, self.engine.hop_samples) for _, hop in numbered}
            outputs = self.engine.push(beds)
            for number, hop in numbered:
                scores[number] = self._scores(hop, outputs[hop.bed])
        return scores

    def forget(self, bed: str) -> None:
        """Release what is carried of a bed; its next hop begins a stream."""
        self.engine.forget(bed)
        del self._seen_samples[bed]

    def _scores(self, hop: Hop, outputs: Answers) -> HopScores:
        self._seen_samples[hop.bed] += self.engine.hop_samples
        if self._seen_samples[hop.bed] < self.warm_up_samples:
            return HopScores()
        probabilities, peaks = outputs
        # The network sees every group of the hop; a window is left out of `hop.windows` where it may not be used.
        return _hop_scores([_score(window, probabilities[window.index], peaks[window.index]) for window in hop.windows])


def _in_order(hops: Sequence[Hop]) -> Iterator[list[tuple[int, Hop]]]:
    """Yield each bed's first hop, then each bed's second and so on, all with their numbers.

    One push takes one hop of a bed, since the next one builds on what it leaves behind.
    """
    of_bed: defaultdict[str, list[tuple[int, Hop]]] = defaultdict(list)
    for number, hop in enumerate(hops):
        of_bed[hop.bed].append((number, hop))
    for together in zip_longest(*of_bed.values()):
        yield [item for item in together if item is not None]


def _score(
    window: Window, probabilities: NDArray[np.float32], peaks: NDArray[np.int64], stages: tuple[float, ...] = ()
) -> Score | Rejected:
    if not np.isfinite(probabilities).all():
        return Rejected(window.bed, window.group, "output")
    spans = zip(probabilities.tolist(), peaks.tolist(), strict=True)
    # Peaks count from the window's start; from here on they are absolute.
    return Score(window, tuple(SpanScore(probability, window.first + peak) for probability, peak in spans), stages)


def _hop_scores(scored: list[Score | Rejected]) -> HopScores:
    scores = tuple(one for one in scored if isinstance(one, Score))
    return HopScores(scores, tuple(one for one in scored if isinstance(one, Rejected)))
