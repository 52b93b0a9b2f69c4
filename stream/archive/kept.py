"""The network's answers, kept by the samples that they belong to, so that no window need be scored twice.

The key is a digest of the windows themselves. An answer is taken only where the very same windows were asked, so it
cannot matter who asked them, nor whether that process had read the recording from its beginning.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from stream.infer import HopScores, Infer
from stream.records import Hop, Rejected, Score, SpanScore, Window

DIGEST_BYTES: Final = 16
Answer = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Probabilities (windows, spans), NaN where the output was no number, and peaks counted from the window's start."""


def digest(windows: Sequence[Window]) -> bytes:
    """Return what stands for the samples of some windows."""
    found = blake2b(digest_size=DIGEST_BYTES)
    for window in windows:
        found.update(window.samples.tobytes())
    return found.digest()


class KeptAnswers:
    """Answers by digest, and the engine that gave them."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._answers: dict[bytes, Answer] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, hop: Hop, scores: HopScores) -> None:
        """Keep the answer to a hop's windows."""
        of_window = {score.window.index: score for score in scores.scores}
        spans = max((len(score.spans) for score in scores.scores), default=1)
        probabilities = np.full((len(hop.windows), spans), np.nan, np.float32)
        peaks = np.zeros((len(hop.windows), spans), np.int64)
        for row, window in enumerate(hop.windows):
            score = of_window.get(window.index)
            if score is not None:
                probabilities[row] = [span.probability for span in score.spans]
                peaks[row] = [span.peak - window.first for span in score.spans]
        self._answers[digest(hop.windows)] = probabilities, peaks

    def find(self, hop: Hop) -> HopScores | None:
        """Return the answer to a hop's windows, None if they were never asked."""
        answer = self._answers.get(digest(hop.windows))
        if answer is None:
            return None
        scored = [_score(window, *one) for window, *one in zip(hop.windows, *answer, strict=True)]
        return HopScores(
            tuple(one for one in scored if isinstance(one, Score)),
            tuple(one for one in scored if isinstance(one, Rejected)),
        )

    def save(self, path: Path) -> None:
        """Write them to a file, which is whole or not there."""
        probabilities = [one for one, _ in self._answers.values()]
        peaks = [one for _, one in self._answers.values()]
        spans = max((one.shape[1] for one in probabilities), default=1)
        # A name of its own: a worker of a run that was killed may still be at the same segment.
        partial = path.with_name(f"{path.stem}-{uuid4().hex}.partial")
        with partial.open("wb") as file:
            np.savez(
                file,
                engine=np.array(self.engine),
                digests=np.frombuffer(b"".join(self._answers), np.uint8).reshape(-1, DIGEST_BYTES),
                counts=np.array([len(one) for one in probabilities], np.int64),
                probabilities=_stacked(probabilities, spans).astype(np.float32),
                peaks=_stacked(peaks, spans).astype(np.int64),
            )
        partial.replace(path)

    def load(self, paths: Iterable[Path]) -> None:
        """Add what was written to some files, as far as it is of the same engine."""
        for path in paths:
            with np.load(path) as held:
                # Another engine rounds differently: its answers are as good, but not equal.
                if str(held["engine"]) != self.engine:
                    continue
                edges = np.cumsum(held["counts"])[:-1]
                answers = zip(np.split(held["probabilities"], edges), np.split(held["peaks"], edges), strict=True)
                # Not strict: `split` makes one empty piece of an empty array.
                self._answers.update(zip((row.tobytes() for row in held["digests"]), answers, strict=False))


def _stacked(arrays: Iterable[NDArray[Any]], spans: int) -> NDArray[Any]:
    # Only windows whose answer is NaN may have fewer columns: NaN stands in all of them.
    return np.concatenate([np.zeros((0, spans)), *(np.resize(one, (len(one), spans)) for one in arrays)])


def _score(window: Window, probabilities: NDArray[np.float32], peaks: NDArray[np.int64]) -> Score | Rejected:
    if not np.isfinite(probabilities).all():
        return Rejected(window.bed, window.group, "output")
    spans = zip(probabilities.tolist(), peaks.tolist(), strict=True)
    return Score(window, tuple(SpanScore(probability, window.first + peak) for probability, peak in spans))


class Remembering:
    """A network (`stream.infer.Infer`) that looks its answers up, and infers and keeps what it does not find.

    `asked` counts hops with windows, `inferred` those of them whose answer was not there.
    """

    carries = False

    def __init__(self, infer: Infer, answers: KeptAnswers) -> None:
        self._infer, self.answers = infer, answers
        self.name = infer.name
        self.context_samples, self.warm_up_samples = infer.context_samples, infer.warm_up_samples
        self.asked = self.inferred = 0

    def infer(self, hops: Sequence[Hop]) -> list[HopScores]:
        """Score every window of every hop; see `stream.infer.Infer`."""
        return [self._one(hop) for hop in hops]

    def _one(self, hop: Hop) -> HopScores:
        if not hop.windows:
            return HopScores()
        self.asked += 1
        known = self.answers.find(hop)
        if known is not None:
            return known
        self.inferred += 1
        # One hop a batch, as a file is scored: the rounding of a network depends on the size of its batch.
        scores, *_ = self._infer.infer([hop])
        self.answers.add(hop, scores)
        return scores

    def forget(self, bed: str) -> None:
        """Pass on that a recording is over."""
        self._infer.forget(bed)
