"""Fit the quality gate: one linear unit for each kind of bad signal, and the limits that good signals set.

Method: every block of 125 ms is an example. Bad is one where what was laid on has more than twice the amplitude of the
background in its group, good one where it has less than 0.3 of it, or where nothing was laid on. Each unit is a
logistic regression of its kind against all that is good. Its limits are then set by good signals alone: the same
quantile of each of five sets of them (simulated scalp and depth, discharges at 8 and 60 a minute on real background,
simulated patients with one to three clear ones a second), the highest of the five, and that quantile for which at most
LOST of the marked discharges are lost in any set. No network takes part.
Command: python -m bench.quality.fit BACKGROUND... [--out models/signal/quality.json]
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from bench.machine import ROOT, commit
from bench.quality.recordings import Quality, laid_on, never_still, patients
from models.evaluation.matching import MARKED_RATIO
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.quality import CLIP, FILE, LASTING, Units
from models.signal.quality_measures import BLOCK, NAMES, SHORT, Floats, Measures
from models.signal.window_geometry import EARLIEST, LATEST, WINDOW_SAMPLES
from models.simulate.bad_signals import BAD_KINDS

SEED: Final = 77_000_000
PATIENTS: Final = 60
NEVER_STILL: Final = 30
BAD_RATIO, GOOD_RATIO = 2.0, 0.3
LOST: Final = 0.01
"""Share of discharges that may be lost in what it is fitted on: half of what it may cost elsewhere."""
QUANTILES: Final = tuple(1 - 10 ** (-exponent / 8) for exponent in range(14, 33))
"""From 0.982 to 0.9999: the limits that are tried, the strictest gate first."""
RIDGE: Final = 1e-4
"""Weight decay: keeps measures that say the same from being played against each other."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A stretch block by block: `measures` (blocks, groups, names), `ratio` (blocks, groups) of bad to good."""

    source: Quality
    measures: Floats
    ratio: Floats


def measured(source: Quality) -> Measured:
    """Measure a stretch as the gate does."""
    track = source.track
    groups, rows, length = track.samples.shape
    measures = Measures(np.asarray(track.samples.any(axis=2)), MODEL_RATE_HZ)
    blocks = length // BLOCK
    flat = track.samples.reshape(groups * rows, length)
    found = np.zeros((blocks, groups, len(NAMES)))
    for at in range(blocks):
        piece = slice(at * BLOCK, (at + 1) * BLOCK)
        measures.push(flat[:, piece], np.repeat(track.valid[:, piece].all(axis=1), rows))
        # Before 1.5 s the gate does not judge either; such examples are dropped below.
        found[at] = measures.measure()[0]
    return Measured(source, found, _ratio(source, blocks))


def _ratio(source: Quality, blocks: int) -> Floats:
    """Return how much larger what was laid on is than the background, over 1.5 s: (blocks, groups); 0 on good."""
    if source.good:
        return np.zeros((blocks, len(source.bad)))
    bad, background = (_power(of, blocks) for of in (source.bad, source.track.samples - source.bad))
    return np.asarray(np.sqrt(bad / np.maximum(background, 1e-6)))


def _power(samples: NDArray[np.float32], blocks: int) -> Floats:
    """Return each group's power over the last 1.5 s: (blocks, groups)."""
    squares = np.square(samples[:, :, : blocks * BLOCK], dtype=np.float64).sum(axis=1)
    summed = np.cumsum(squares.reshape(len(samples), blocks, BLOCK).sum(axis=2), axis=1)
    summed[:, SHORT:] -= summed[:, :-SHORT].copy()
    return summed.T


def _settled(one: Measured) -> NDArray[np.bool_]:
    """Return which blocks are judged: the filters have settled and 1.5 s are in."""
    first = int(np.argmax(one.source.track.valid.all(axis=0))) // BLOCK + SHORT
    return np.arange(len(one.measures)) >= first


def fitted(examples: Sequence[Measured]) -> Units:
    """Fit the units; their limits are infinite still."""
    good = np.concatenate([one.measures[_settled(one)][one.ratio[_settled(one)] < GOOD_RATIO] for one in examples])
    mean, scale = good.mean(axis=0), good.std(axis=0)
    weights, bias = [], []
    for kind in BAD_KINDS:
        of_kind = [one for one in examples if one.source.kind == kind]
        bad = np.concatenate([one.measures[_settled(one)][one.ratio[_settled(one)] > BAD_RATIO] for one in of_kind])
        x = np.clip((np.concatenate([good, bad]) - mean) / scale, -CLIP, CLIP)
        slope, offset = _logistic(x, np.repeat([0.0, 1.0], [len(good), len(bad)]))
        weights.append(slope)
        bias.append(offset)
    never = np.full(len(BAD_KINDS), np.inf)
    return Units(tuple(BAD_KINDS), mean, scale, np.array(weights), np.array(bias), never, never)


def _logistic(x: Floats, y: Floats) -> tuple[Floats, float]:
    """Return slope (measures,) and offset of a logistic regression in which good and bad weigh the same."""
    weight = np.where(y > 0, 0.5 / y.sum(), 0.5 / (len(y) - y.sum()))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logits = x @ parameters[:-1] + parameters[-1]
        residual = weight * (special.expit(logits) - y)
        value = float(weight @ (np.logaddexp(0, logits) - y * logits) + RIDGE * parameters[:-1] @ parameters[:-1])
        return value, np.append(x.T @ residual + 2 * RIDGE * parameters[:-1], residual.sum())

    best = optimize.minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B")
    return best.x[:-1], float(best.x[-1])


@dataclass(frozen=True, slots=True)
class Judged:
    """Outputs of all units on a good stretch: `now` and `lasting` (blocks, groups, kinds), as the gate has them."""

    name: str
    source: Quality
    now: Floats
    lasting: Floats


def judged(units: Units, one: Measured) -> Judged:
    """Return what the gate would make its verdict of."""
    settled = _settled(one)
    now = np.stack([units.outputs(measures) for measures in one.measures])
    now[~settled] = 0.0
    counted = np.cumsum(settled).astype(np.float64)
    summed = np.cumsum(now, axis=0)
    counted[LASTING:] -= np.cumsum(settled)[:-LASTING]
    summed[LASTING:] -= summed[:-LASTING].copy()
    return Judged(_set(one.source), one.source, now, summed / np.maximum(counted, 1)[:, None, None])


def _set(source: Quality) -> str:
    if source.kind == "simulated":
        return " ".join(source.subject.split()[:2])
    return f"{source.kind}, {'dense' if len(source.track.peaks) > 25 else 'sparse'}"


def limited(units: Units, good: Sequence[Judged]) -> tuple[Units, dict[str, float]]:
    """Set the limits of the strictest gate that loses at most LOST of the discharges of each set; say what is lost."""
    sets: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in good:
        sets[one.name].append(one)
    for quantile in QUANTILES:
        limit = _limit([[one.now for one in of] for of in sets.values()], quantile)
        lasting = _limit([[one.lasting for one in of] for of in sets.values()], quantile)
        found = replace(units, limit=limit, lasting_limit=lasting)
        cost = {name: _lost(found, of) for name, of in sets.items()}
        if max(cost.values()) <= LOST:
            return found, {name: round(share, 4) for name, share in cost.items()}
    raise SystemExit(f"even the mildest gate loses more than {LOST:.0%} of the discharges of a set: {cost}")


def _limit(sets: Iterable[Sequence[Floats]], quantile: float) -> Floats:
    highest = [np.quantile(np.concatenate([one.reshape(-1, one.shape[2]) for one in of]), quantile, 0) for of in sets]
    return np.asarray(np.max(highest, axis=0))


def _lost(units: Units, of: Sequence[Judged]) -> float:
    """Return the share of marked discharges that fewer than half of their windows are left to find."""
    lost = marked = 0
    for one in of:
        rejected = np.any((one.now > units.limit) | (one.lasting > units.lasting_limit), axis=2)
        track = one.source.track
        for peak, visible in zip(track.peaks.tolist(), track.visible.T, strict=True):
            group = int(visible.argmax())
            # Ends of windows that hold the peak well inside: blocks are as long as the default hop.
            ends = range(-(-(peak + WINDOW_SAMPLES - LATEST) // BLOCK), (peak + WINDOW_SAMPLES - EARLIEST) // BLOCK)
            blocks = [end - 1 for end in ends if 0 < end <= len(rejected)]
            if visible[group] >= MARKED_RATIO and blocks:
                marked += 1
                lost += bool(rejected[blocks, group].mean() > 0.5)
    return lost / max(marked, 1)


def content(units: Units, note: dict[str, Any]) -> str:
    """Return `quality.json`."""
    numbers = {name: getattr(units, name) for name in ("mean", "scale", "weights", "bias", "limit", "lasting_limit")}
    rounded = {name: np.round(values, 4).tolist() for name, values in numbers.items()}
    # A line for each list, so that a new fit is read as a difference.
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in note.items()]
    lines += [f' "kinds": {json.dumps(units.kinds)}', f' "measures": {json.dumps(NAMES)}']
    lines += [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in rounded.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    """Fit the gate, and write it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("recordings", nargs="+", type=Path, metavar="BACKGROUND")
    arguments.add_argument("--out", type=Path, default=FILE)
    given = arguments.parse_args()
    sources = (laid_on(given.recordings, SEED), patients(PATIENTS), never_still(NEVER_STILL))
    examples = [measured(one) for source in sources for one in source]
    units = fitted(examples)
    good = [judged(units, one) for one in examples if one.source.good and one.source.kind != "bare"]
    units, cost = limited(units, good)
    people = {one.source.subject for one in examples if one.source.kind == "bare"}
    note = {
        "made_by": "python -m bench.quality.fit",
        "commit": commit(ROOT),
        "fitted_on": f"{len(people)} people's recordings ({', '.join(sorted(people))}), "
        f"also gone bad, and {PATIENTS + NEVER_STILL} simulated patients",
        "discharges_lost": cost,
    }
    given.out.write_text(content(units, note), encoding="utf-8")
    print(json.dumps(cost, indent=2))


if __name__ == "__main__":
    main()
