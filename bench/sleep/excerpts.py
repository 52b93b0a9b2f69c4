"""The DREAMS excerpts and waking recordings through the live conditioning and stager. Evaluation alone."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.readers.recording import read
from models.signal.montage import Group, Montage, build
from models.signal.offline import condition
from models.sleep.stager import RESULT_SAMPLES, Stager, StageResult
from models.zoo import store
from models.zoo.store import LoadedModel

# DREAMS counts the older rules' stages backwards, 3 to 0; their 3 and 4 are N3. Movement and unknown are left out.
DREAMS_STAGES: Final = {5: "W", 4: "R", 3: "N1", 2: "N2", 1: "N3", 0: "N3"}
# By the excerpt's number; files do not name their rate.
EXCERPTS_HZ: Final = {1: 100.0, 2: 200.0, 4: 200.0}
PER_EPOCH: Final = 6
"""Scored instants of 5 s in an epoch of 30 s."""


class Excerpt(NamedTuple):
    """One derivation (samples,) in microvolts, its rate, and the scorer's stage every 5 s ("" where none)."""

    name: str
    samples: NDArray[np.float32]
    rate_hz: float
    scored: list[str]


def excerpts(data: Path) -> list[Excerpt]:
    """Read the excerpts of DREAMS that are there."""
    found = []
    for number, rate_hz in EXCERPTS_HZ.items():
        samples = np.loadtxt(data / f"dreams/excerpt{number}.txt", skiprows=1, dtype=np.float32)
        codes = np.loadtxt(data / f"dreams/Hypnogram_excerpt{number}.txt", skiprows=1).astype(int)
        found.append(Excerpt(f"excerpt{number}", samples, rate_hz, [DREAMS_STAGES.get(int(c), "") for c in codes]))
    return found


def conditioned(excerpt: Excerpt) -> NDArray[np.float32]:
    """Return the derivation (1, n) as the stager gets it live."""
    return condition(excerpt.samples[None], excerpt.rate_hz, alone(0)).samples[:1]


def alone(*channels: int) -> Montage:
    """Return a group of one derivation (a channel, or the first less the second) and four empty rows."""
    matrix = np.zeros((5, len(channels)))
    matrix[0] = (1.0, -1.0)[: len(channels)]
    return Montage((Group("sleep", ("C-A", "", "", "", "")),), channels, matrix, {})


def staged(row: NDArray[np.float32], loaded: LoadedModel, *, microvolts: bool = True) -> list[StageResult]:
    """Return all results of a derivation (1, n)."""
    return Stager(loaded, microvolts=microvolts).push(row, np.ones(row.shape, bool))


def by_epoch(excerpt: Excerpt, results: list[StageResult]) -> list[tuple[str, str]]:
    """Pair each scored instant with the stage given at the end of its epoch of 30 s; "unknown" before the first."""
    at_end = {result.end // RESULT_SAMPLES: result.stage for result in results if result.ready}
    ends = [(at // PER_EPOCH + 1) * PER_EPOCH for at in range(len(excerpt.scored))]
    return [(stage, at_end.get(end, "unknown")) for stage, end in zip(excerpt.scored, ends, strict=True)]


def sureness(excerpt: Excerpt, results: list[StageResult]) -> tuple[list[float], list[bool]]:
    """Return how sure each scored stage was, and whether it was right."""
    told = [(excerpt.scored[r.end // RESULT_SAMPLES - 1], r) for r in results if r.ready]
    known = [(scored, r) for scored, r in told if scored]
    return [max(r.probabilities.values()) for _, r in known], [r.stage == scored for scored, r in known]


def awake(data: Path, model: str) -> dict[str, float]:
    """Return the share of stages in healthy adults' waking recordings that are W."""
    loaded, stages = store.load(model), []
    for path in sorted((data / "eegmat").glob("*.edf")):
        recording = read(path)
        made = condition(recording.samples, recording.rate_hz, build("scalp", list(recording.labels)))
        stages += [r.stage for r in Stager(loaded).push(made.samples, made.valid) if r.ready]
    return {"stages": len(stages), "share_W": round(stages.count("W") / len(stages), 3)}
