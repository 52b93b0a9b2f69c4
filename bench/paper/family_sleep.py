"""Two-task epochs of simulated sleepers, of whose negatives half hold what may pass for a discharge in sleep.

Epochs cut in turn hardly hold any: `bench.paper.families`' two-task set has a handful of vertex waves and K-complexes
in all of its test patients. Here stages are short and mostly sleep. Of a patient's epochs up to 24 hold a clear
discharge, 34 are negatives around a waveform of sleep, its kinds taken in turn, and the rest negatives at random; those
that hold a fainter discharge are left out. There are more discharges than in a ward, for small sets to learn from. Rows
are the 19 electrodes of the scalp against their average.
`CARD.md` in the set counts what it holds, and says how much the stage alone would tell.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from bench.marked import markdown
from bench.paper.family_sizes import SLEEP_EPOCHS, SLEEPERS, Extent, header, sleep_sizes
from models.datasets import vepiset, windowset
from models.datasets.vepiset import EPOCH_S
from models.datasets.windowset import STAGE_CODES, Floats
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.evaluation import metrics
from models.readers.vepiset_mat import RATE_HZ
from models.simulate import simulate
from models.simulate.truth import Simulated
from models.simulate.windows import NEGATIVE_RATIO
from models.sleep_stages import Stage

FIRST_SLEEPER: Final = 870_060_000
# Short, so that every patient has each stage several times; whole segments of the simulator.
PLAN: Final[tuple[tuple[Stage, float], ...]] = (("W", 28.0), ("N1", 40.0), ("N2", 60.0), ("N3", 40.0), ("R", 32.0))
SECONDS: Final = 400.0
DISCHARGES_PER_MIN: Final = 6.0
WAVES: Final = ("vertex-wave", "k-complex", "spindle", "posts", "wicket", "14-and-6", "small-sharp-spike")
# Over the background's root mean square. Those of 2.5 to 4, which a reader may see too, cost a small set more than they
# teach it.
CLEAR_RATIO: Final = 4.0
POSITIVES, AROUND_WAVES = 24, 34
# The middle of a waveform lies in the middle half of its epoch.
SHIFT_S: Final = EPOCH_S / 4


@dataclass(frozen=True, slots=True)
class Epochs:
    """A patient's epochs: windows (n, 19, samples), labels and stages (n,), starts (n,) in seconds, and what they hold.

    `held` names for each epoch the kinds of `WAVES` whose middle it holds.
    """

    windows: Floats
    labels: NDArray[np.uint8]
    stages: NDArray[np.uint8]
    starts_s: NDArray[np.float64]
    held: list[tuple[str, ...]]


def make(folder: Path, extent: Extent) -> None:
    """Make the set, test patients apart from the others."""
    trained, tested = sleep_sizes(extent)
    held: dict[str, list[tuple[str, ...]]] = {"train": [], "test": []}
    with Writer(folder, header(SLEEPERS, extent)) as writer:
        for number in range(trained + tested):
            split, seed = "train" if number < trained else "test", FIRST_SLEEPER + number
            found = of_patient(seed, extent.decimate)
            held[split] += found.held
            writer.add(
                found.windows, found.labels, found.starts_s, subject=f"sim-{seed}", recording=f"sim-{seed}",
                group="head", montage="average", split=split, stages=found.stages,
            )  # fmt: skip
    (folder / "CARD.md").write_text(card(folder, held), encoding="utf-8")


def of_patient(seed: int, decimate: int) -> Epochs:
    """Simulate a patient and draw their epochs, at 500 Hz divided by `decimate`.

    Raises
    ------
    DataError
        if the patient has too few epochs without a discharge
    """
    # At twice the rate of the epochs, of which the upper half is filtered off again.
    step = min(decimate, 2)
    rate_hz = RATE_HZ / decimate * step
    simulated = simulate(seed, SECONDS, rate_hz=rate_hz, plan=PLAN, ied_rate_per_min=DISCHARGES_PER_MIN, illness="none")
    rng = np.random.default_rng([seed, 2])
    starts, labels = _drawn(simulated, step, rng)
    if len(starts) < SLEEP_EPOCHS:
        raise DataError(f"patient {seed}: has {len(starts)} epochs of {SLEEP_EPOCHS}; discharges leave too few")
    samples = simulated.samples - simulated.samples.mean(axis=0)
    slower = resample_poly(samples, 1, step, axis=1).astype(np.float32)
    columns = starts[:, None] // step + np.arange(round(EPOCH_S * rate_hz) // step)
    middles = starts + round(EPOCH_S * rate_hz / 2)
    ends = [span.end for span in simulated.stages[:-1]]
    codes = np.array([STAGE_CODES.index(span.stage) for span in simulated.stages], np.uint8)
    stages = codes[np.searchsorted(ends, middles, side="right")]
    return Epochs(slower[:, columns].transpose(1, 0, 2), labels, stages, starts / rate_hz, _held(simulated, starts))


def _drawn(simulated: Simulated, step: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Draw the starts of a patient's epochs, at multiples of `step` samples, and their labels."""
    length, guard = (round(seconds * simulated.rate_hz) for seconds in (EPOCH_S, vepiset.GUARD_S))
    last = simulated.samples.shape[1] - length
    peaks = np.array([ied.peak for ied in simulated.ieds], np.int64)
    around = rng.permutation(peaks - rng.integers(guard, length - guard, len(peaks)))
    middles, shift = _in_turn(simulated, rng), round(SHIFT_S * simulated.rate_hz)
    waves = middles - length // 2 + rng.integers(-shift, shift + 1, len(middles))
    anywhere = rng.integers(0, last + 1, 4 * SLEEP_EPOCHS)
    chosen = list[NDArray[np.int64]]()
    for starts, label, most in ((around, 1, POSITIVES), (waves, 0, AROUND_WAVES), (anywhere, 0, SLEEP_EPOCHS)):
        inside = starts[(starts >= 0) & (starts <= last)] // step * step
        fitting = inside[labels_at(simulated, inside) == label]
        left = SLEEP_EPOCHS - sum(map(len, chosen))
        chosen.append(fitting[: min(most, left)])
    labels = np.repeat(np.array([1, 0, 0], np.uint8), [len(some) for some in chosen])
    return np.concatenate(chosen), labels


def _in_turn(simulated: Simulated, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the middles of waveforms of sleep, one of each kind after the other as long as there are any."""
    found = dict[str, list[int]]()
    for wave in simulated.confounders:
        if wave.kind in WAVES:
            found.setdefault(wave.kind, []).append((wave.onset + wave.end) // 2)
    shuffled = {kind: rng.permutation(middles) for kind, middles in sorted(found.items())}
    turns = [(place, kind) for kind, middles in shuffled.items() for place in range(len(middles))]
    return np.array([shuffled[kind][place] for place, kind in sorted(turns)], np.int64)


def labels_at(simulated: Simulated, starts: NDArray[np.int64]) -> Floats:
    """Label epochs that begin at samples (n,): 1, 0, or NaN where a discharge is faint or at the edge."""
    length, guard = (round(seconds * simulated.rate_hz) for seconds in (EPOCH_S, vepiset.GUARD_S))
    offset = np.array([ied.peak for ied in simulated.ieds], np.int64)[None] - starts[:, None]
    ratio = np.array([ied.ratio for ied in simulated.ieds])[None]
    inside = (offset >= guard) & (offset < length - guard) & (ratio >= CLEAR_RATIO)
    near = (offset >= -guard) & (offset < length + guard) & (ratio > NEGATIVE_RATIO)
    found: Floats = np.where(inside.any(axis=1), 1.0, np.where(near.any(axis=1), np.nan, 0.0)).astype(np.float32)
    return found


def _held(simulated: Simulated, starts: NDArray[np.int64]) -> list[tuple[str, ...]]:
    waves = [wave for wave in simulated.confounders if wave.kind in WAVES]
    middles = np.array([(wave.onset + wave.end) // 2 for wave in waves], np.int64)
    length = round(EPOCH_S * simulated.rate_hz)
    inside = (middles[None] >= starts[:, None]) & (middles[None] < starts[:, None] + length)
    return [tuple(sorted({waves[place].kind for place in np.flatnonzero(row)})) for row in inside]


def card(folder: Path, held: Mapping[str, list[tuple[str, ...]]]) -> str:
    """Return what a set holds, in Markdown: epochs by label, stage and waveform; and what the stage alone tells."""
    ws = windowset.load(folder)
    splits = {name: ws.split == windowset.SPLITS.index(name) for name in held}
    columns = [(name, label) for name in splits for label in (1, 0)]
    head = ["epochs", *(f"{name}, {'with' if label else 'without'} a discharge" for name, label in columns)]
    chosen = {(name, label): splits[name] & (ws.label == label) for name, label in columns}
    lines = [["all", *(str(int(chosen[one].sum())) for one in columns)]]
    for code in np.unique(ws.stage):
        counts = [int((chosen[one] & (ws.stage == code)).sum()) for one in columns]
        lines.append([f"in {STAGE_CODES[code]}", *map(str, counts)])
    waves = {
        (name, label): Counter(kind for kinds, own in zip(held[name], ws.label[splits[name]], strict=True)
                               if own == label for kind in kinds)
        for name, label in columns
    }  # fmt: skip
    lines += [[f"with a {kind}", *(str(waves[one][kind]) for one in columns)] for kind in WAVES]
    rate = {code: float(ws.label[splits["train"] & (ws.stage == code)].mean()) for code in np.unique(ws.stage)}
    alone = np.array([rate[code] for code in ws.stage[splits["test"]]], np.float32)
    told = metrics.auroc(ws.label[splits["test"]], alone)
    return (
        f"# {folder.name}\n\n{ws.header.note}; {ws.header.rate_hz:g} Hz.\n\n{markdown(head, lines)}\n\n"
        "An epoch may hold several waveforms. The share of training patients' epochs of a stage that hold a\n"
        f"discharge, taken as the probability of test patients' epochs of that stage, has an AUROC of {told:.3f}.\n"
    )
