"""Question: how far do the stager's stages agree with a human scorer, and are people who are awake staged so.

Method: the conditioning and the stager of the live system, on recordings that took no part in fitting. DREAMS:
one channel against the scorer's stages, every 5 s from the thirtieth second on. EEGMAT: healthy adults, awake.
Command: `python -m bench.sleep [--json FILE] [--data ../shared/data]`
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench.machine import publish
from models.readers.recording import read
from models.signal.montage import Group, Montage, build
from models.signal.offline import condition
from models.sleep.stager import RESULT_SAMPLES, SpectralStager, StageResult
from models.sleep_stages import STAGES
from models.zoo import store

MODEL = "sleep-spectral"
# DREAMS counts the older rules' stages backwards, 3 to 0; their 3 and 4 are N3. Movement and unknown are left out.
DREAMS_STAGES = {5: "W", 4: "R", 3: "N1", 2: "N2", 1: "N3", 0: "N3"}
# By the excerpt's number; files do not name their rate.
EXCERPTS_HZ = {1: 100.0, 2: 200.0, 4: 200.0}


def awake(data: Path) -> dict[str, Any]:
    """Return the share of stages in healthy adults' waking recordings that are W."""
    stages: list[str] = []
    for path in sorted((data / "eegmat").glob("*.edf")):
        recording = read(path)
        conditioned = condition(recording.samples, recording.rate_hz, build("scalp", list(recording.labels)))
        stages += [r.stage for r in _ready(conditioned.samples, conditioned.valid)]
    return {"stages": len(stages), "share_W": round(stages.count("W") / len(stages), 3)}


def dreams(data: Path) -> dict[str, Any]:
    """Measure agreement with the scorer, Cohen's kappa, and the confusion of stages (rows: scorer)."""
    pairs = [pair for number, rate_hz in EXCERPTS_HZ.items() for pair in _pairs(data, number, rate_hz)]
    table = np.array([[pairs.count((a, b)) for b in STAGES] for a in STAGES])
    share = table / table.sum()
    # Cohen's kappa: agreement beyond what two scorers with these shares of stages reach by chance.
    chance, agreement = float(share.sum(axis=0) @ share.sum(axis=1)), float(np.trace(share))
    kappa = (agreement - chance) / (1 - chance)
    return {
        "agreement": round(agreement, 3),
        "kappa": round(kappa, 3),
        "stages": STAGES,
        "confusion": table.tolist(),
    }


def _pairs(data: Path, number: int, rate_hz: float) -> list[tuple[str, str]]:
    samples = np.loadtxt(data / f"dreams/excerpt{number}.txt", skiprows=1, dtype=np.float32)
    codes = np.loadtxt(data / f"dreams/Hypnogram_excerpt{number}.txt", skiprows=1).astype(int)
    # One derivation and four empty rows: a group has five, and the other four shall say nothing.
    matrix = np.array([[1.0, -1.0], *[[0.0, 0.0]] * 4])
    montage = Montage((Group("sleep", ("C-A", "", "", "", "")),), (0, 1), matrix, {})
    row = condition(np.stack([samples, np.zeros_like(samples)]), rate_hz, montage).samples[:1]
    results = [(r.end // RESULT_SAMPLES - 1, r.stage) for r in _ready(row, np.ones(row.shape, bool))]
    pairs = [(DREAMS_STAGES.get(int(codes[at]), ""), stage) for at, stage in results if at < len(codes)]
    return [pair for pair in pairs if pair[0]]


def _ready(samples: NDArray[np.float32], valid: NDArray[np.bool_]) -> list[StageResult]:
    return [r for r in SpectralStager(store.load(MODEL)).push(samples, valid) if r.ready]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The sleep stager on recordings from people.")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    sha256 = store.load(MODEL).manifest.sha256
    result = {"model": {"name": MODEL, "sha256": sha256}, "dreams": dreams(options.data), "awake": awake(options.data)}
    publish("sleep", result, options.json)


if __name__ == "__main__":
    main()
