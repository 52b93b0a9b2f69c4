"""Simulated nights with all electrodes and discharges, which no stager was fitted on, through the live montage."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from bench.sleep.agreement import confusion, figures, reliable
from models.signal.conditioning import Conditioned
from models.signal.montage import build
from models.signal.offline import condition
from models.simulate import Simulated, Stage, simulate
from models.sleep.stager import RESULT_S, Stager, StageResult
from models.sleep_stages import STAGES
from models.zoo import store

SEEDS: Final = range(70_000_001, 70_000_004)
STAGE_S: Final = 120.0
"""Each night passes through W, N1, N2, N3, N2, R, each this long."""
GAP_AT_S: Final = 390.0
"""Half a minute into N3 of the first cycle."""
PLAN: Final[tuple[tuple[Stage, float], ...]] = tuple((stage, STAGE_S) for stage in ("W", "N1", "N2", "N3", "N2", "R"))


def nights(models: Sequence[str]) -> dict[str, Any]:
    """Return agreement of each model, kappa of each stage against all others, and seconds to the first right stage.

    That of a start, and behind a gap in the middle of the night, of which the stager is told that it was long.
    """
    made = [simulate(s, STAGE_S * len(PLAN), rate_hz=200.0, plan=PLAN, illness="none", arousals=True) for s in SEEDS]
    rows = [condition(night.samples, night.rate_hz, build("scalp", list(night.labels))) for night in made]
    return {model: _of_model(model, made, rows) for model in models}


def _of_model(model: str, made: list[Simulated], rows: list[Conditioned]) -> dict[str, Any]:
    pairs, first, behind, sure, true = {}, [], [], [], []
    for at, (night, conditioned) in enumerate(zip(made, rows, strict=True)):
        results = Stager(store.load(model)).push(conditioned.samples, conditioned.valid)
        pairs[f"night {at + 1}"] = [(_stage_at(night, r), r.stage) for r in results if r.ready]
        sure += [max(r.probabilities.values()) for r in results if r.ready]
        true += [r.stage == _stage_at(night, r) for r in results if r.ready]
        first.append(_first_right_s(night, results, 0))
        behind.append(_behind_a_gap_s(model, night, conditioned))
    found = figures(pairs)
    together = confusion([pair for one in pairs.values() for pair in one])
    found["kappa_by_stage"] = {stage: round(_one_against_all(together, at), 3) for at, stage in enumerate(STAGES)}
    found["first_right_stage_s"] = first
    found["first_right_stage_behind_a_gap_s"] = behind
    found["confidence"] = reliable(sure, true)
    return found


def _first_right_s(night: Simulated, results: list[StageResult], begun: int) -> float:
    """Return after how long the first stage was told that is right; infinity if none was."""
    right = [(r.end - begun) / 128 for r in results if r.ready and r.stage == _stage_at(night, r)]
    return right[0] if right else float("inf")


def _behind_a_gap_s(model: str, night: Simulated, conditioned: Conditioned) -> float:
    """Return how long after a gap the first stage was right: what is usual for the person is known by then."""
    stager, half = Stager(store.load(model)), round(GAP_AT_S * 128)
    stager.push(conditioned.samples[:, :half], conditioned.valid[:, :half])
    stager.reset()
    return _first_right_s(night, stager.push(conditioned.samples[:, half:], conditioned.valid[:, half:]), half)


def _stage_at(night: Simulated, result: StageResult) -> str:
    """Return the true stage in the middle of the last 30 s."""
    at = (result.end / 128 - 3 * RESULT_S) * night.rate_hz
    return next((span.stage for span in night.stages if span.first <= at < span.end), "")


def _one_against_all(table: "np.ndarray[Any, np.dtype[np.int64]]", at: int) -> float:
    both = table[at, at]
    scorer, stager, total = table[at].sum(), table[:, at].sum(), table.sum()
    agreement = (total - scorer - stager + 2 * both) / total
    chance = (scorer * stager + (total - scorer) * (total - stager)) / total**2
    return float((agreement - chance) / (1 - chance)) if chance < 1 else 1.0
