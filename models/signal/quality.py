"""A gate for signals too bad to be judged: by group, with the reason, before any network sees them.

Five linear units, one for each kind of bad signal, look at `models.signal.quality_measures`; each was fitted against
good signals, so that its name is the reason. A group is rejected while one of them is sure at this moment, or nearly
sure on average over the last 5 s. Weights and limits are in `quality.json`, which `python -m bench.quality.fit` writes:
it says what they were fitted on and what they cost.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.signal.quality_measures import BLOCK, NAMES, SHORT, Floats, Mask, Measures

FILE: Final = Path(__file__).with_suffix(".json")
LASTING: Final = 40
"""Blocks of the mean that lasting trouble is judged by: 5 s."""
CLIP: Final = 5.0
"""Measures further than this from what is usual, in standard deviations, count as this far."""
LOCAL: Final = frozenset({"loose"})
"""What happens at one electrode and says nothing of the others."""
FEWEST, SHARE = 2, 0.4
"""With so many groups bad at once, and this share of them, the whole head counts as bad."""
SUREST: Final = 8.0
"""A unit's output beyond this counts as this, so that one block does not outweigh all others of a mean."""


@dataclass(frozen=True, slots=True)
class Units:
    """What `quality.json` holds: `weights` (kinds, measures), `bias`, `limit` and `lasting_limit` (kinds,)."""

    kinds: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats
    limit: Floats
    lasting_limit: Floats

    def outputs(self, measures: Floats) -> Floats:
        """Return each unit's output (groups, kinds), log odds of bad against good, within SUREST of 0."""
        # Not np.clip, which takes three times as long on arrays as small as these.
        usual = np.minimum(np.maximum((measures - self.mean) / self.scale, -CLIP), CLIP)
        return np.minimum(np.maximum(usual @ self.weights.T + self.bias, -SUREST), SUREST)


@cache
def units() -> Units:
    """Return the units that are shipped."""
    return parse(json.loads(FILE.read_text(encoding="utf-8")))


def parse(content: dict[str, Any]) -> Units:
    """Return units as `quality.json` holds them.

    Raises
    ------
    ValueError
        if it was written for other measures
    """
    if tuple(content["measures"]) != NAMES:
        raise ValueError(f"{FILE.name} was fitted on other measures than the code makes: fit it again")
    numbers = ("mean", "scale", "weights", "bias", "limit", "lasting_limit")
    return Units(tuple(content["kinds"]), *(np.array(content[name], np.float64) for name in numbers))


class QualityGate:
    """One bed's gate. Blocks lie on a grid of absolute indices, so any chunking gives the same verdicts.

    Parameters
    ----------
    live
        (groups, rows): which derivations there are
    rate_hz
        of the samples
    """

    def __init__(self, live: Mask, rate_hz: float) -> None:
        self._units = units()
        self._measures = Measures(live, rate_hz)
        self._block = np.zeros((live.size, BLOCK), np.float32)
        self._usable = np.ones(live.size, np.bool_)
        self._next = 0
        self._outputs = np.zeros((LASTING, len(live), len(self._units.kinds)))
        self._counted = np.zeros((LASTING, len(live), 1))
        self.reasons = [""] * len(live)
        """Why each group may not be judged at present, "" where it may."""
        self.restart(0)

    def restart(self, first: int) -> None:
        """Forget everything; the next sample is `first`."""
        self._next, self._blocks = first, 0
        # A block that begins before `first` lacks samples, and is not looked at.
        self._usable[:] = first % BLOCK == 0
        self._measures.restart()
        self._outputs[:] = self._counted[:] = 0.0
        self.reasons = [""] * len(self.reasons)

    def push(self, samples: NDArray[np.float32], valid: Mask) -> None:
        """Take the next samples and the mask of those that may be looked at, both (rows of all groups, n)."""
        at, n = 0, samples.shape[1]
        while at < n:
            begin = self._next % BLOCK
            length = min(BLOCK - begin, n - at)
            self._block[:, begin : begin + length] = samples[:, at : at + length]
            self._usable &= valid[:, at : at + length].all(axis=1)
            at, self._next = at + length, self._next + length
            if begin + length == BLOCK:
                self._judge()

    def _judge(self) -> None:
        """Judge what a whole block completes."""
        self._measures.push(self._block, self._usable)
        self._usable[:] = True
        measures, measured = self._measures.measure()
        place = self._blocks % LASTING
        self._blocks += 1
        # Until 1.5 s are in, a measure has too few blocks; no window is whole before that either.
        measured &= self._blocks >= SHORT
        outputs = self._outputs[place] = self._units.outputs(measures) * measured[:, None]
        self._counted[place, :, 0] = measured
        # Both sums are 0 where nothing was measured.
        lasting = self._outputs.sum(axis=0) / np.maximum(self._counted.sum(axis=0), 1.0)
        over = np.maximum(outputs - self._units.limit, lasting - self._units.lasting_limit)
        over[~measured] = 0.0
        self.reasons = self._reasons(over)

    def _reasons(self, over: Floats) -> list[str]:
        """Name for each group what is furthest over its limit (groups, kinds)."""
        # Nearly always nothing is.
        if not (over > 0).any():
            return [""] * len(over)
        worst = over.argmax(axis=1)
        return spread(
            [
                self._units.kinds[kind] if excess > 0 else ""
                for kind, excess in zip(worst.tolist(), over.max(axis=1).tolist(), strict=True)
            ]
        )


def spread(reasons: list[str]) -> list[str]:
    """Return the reasons of all groups: where many are bad at once the whole head is, by the commonest reason.

    A loose electrode is its own groups' affair. In movement, what is left to one group looks like a discharge: of 12
    false events in groups that had passed, two were left (bench/results/quality.json), and no discharge was lost by it.
    """
    everywhere = [reason for reason in reasons if reason and reason not in LOCAL]
    if len(everywhere) < max(FEWEST, SHARE * len(reasons)):
        return reasons
    commonest = max(sorted(set(everywhere)), key=everywhere.count)
    return [reason or commonest for reason in reasons]


def reasons_of(samples: NDArray[np.float32], valid: Mask, rate_hz: float) -> list[list[str]]:
    """Return the gate's verdicts on a whole conditioned recording, after each block: [block][group].

    Parameters
    ----------
    samples
        (groups, rows, m); a derivation that is zero throughout is taken for an empty one
    valid
        (groups, m)
    """
    groups, rows, m = samples.shape
    gate = QualityGate(np.asarray(samples.any(axis=2)), rate_hz)
    flat, usable = samples.reshape(groups * rows, m), np.repeat(valid, rows, axis=0)
    found = []
    for first in range(0, m - BLOCK + 1, BLOCK):
        gate.push(flat[:, first : first + BLOCK], usable[:, first : first + BLOCK])
        found.append(gate.reasons)
    return found
