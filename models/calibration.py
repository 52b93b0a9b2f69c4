"""Choose a detector's operating point on held-out simulated patients: `python -m models.calibration FOLDER`.

The rule: the lowest threshold with at most ALARMS_PER_MIN false alarms a minute in every layout. Recordings of
healthy people, where given, are scored at that threshold and reported; they take no part in the choice.
"""

import argparse
import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from models import card, recordings, store
from models.conditioning import condition
from models.engines import Engine, open_engine
from models.evaluation import events as evaluation
from models.evaluation.events import THRESHOLDS, Scored, Tally
from models.examples import ROWS
from models.manifest import Manifest, OperatingPoint
from models.montage import build
from models.simulate.truth import Layout

ALARMS_PER_MIN: Final = 0.3
LAYOUTS: Final[dict[str, Layout]] = {"scalp": "scalp", "shaft": "depth"}
"""Which simulated layout stands for a montage."""

Tallies = dict[float, Tally]


def operating_point(tallies: Sequence[Tallies]) -> float:
    """Lowest threshold with at most ALARMS_PER_MIN in every layout; the highest where none has."""
    passing = [t for t in THRESHOLDS if all(one[t].alarms_per_min <= ALARMS_PER_MIN for one in tallies)]
    return passing[0] if passing else THRESHOLDS[-1]


def score_recording(engine: Engine, path: Path) -> Scored:
    """Score a scalp recording as it would be live."""
    recording = recordings.read(path)
    montage = build("scalp", list(recording.labels), list(recording.types))
    conditioned = condition(recording.samples, recording.rate_hz, montage)
    shape = (len(montage.groups), ROWS, -1)
    valid = np.all(conditioned.valid.reshape(shape), axis=1)
    return evaluation.score(engine, conditioned.samples.reshape(shape), valid, [g.name for g in montage.groups])


def healthy(engine: Engine, paths: Iterable[Path]) -> Tallies:
    """Tallies by threshold over recordings in which every event is a false alarm."""
    total = dict.fromkeys(THRESHOLDS, Tally())
    for path in paths:
        scored = score_recording(engine, path)
        for threshold in THRESHOLDS:
            total[threshold] += Tally(alarms=len(evaluation.events(scored, threshold)), minutes=scored.minutes)
    return total


def table(tallies: dict[str, Tallies]) -> str:
    """Return threshold against sensitivity (marked, clear) and false alarms a minute, as text."""
    head = "threshold  " + "  ".join(f"{name:>24}" for name in tallies)
    lines = [
        f"{t:9.3f}  "
        + "  ".join(
            f"{one[t].sensitivity:6.3f} {one[t].clear_sensitivity:6.3f} {one[t].alarms_per_min:6.2f}/min"
            for one in tallies.values()
        )
        for t in THRESHOLDS
    ]
    minutes = ", ".join(f"{name} {one[THRESHOLDS[0]].minutes:.1f} min" for name, one in tallies.items())
    return "\n".join([head, *lines, minutes])


def calibrate(folder: Path, *, patients: int, seconds: float, recorded: Sequence[Path]) -> Manifest:
    """Measure, print the table, and write the operating point and the figures into the model folder."""
    loaded = store.load(folder)
    engine = open_engine(loaded, "cpu")
    simulated = {
        montage: evaluation.held_out(engine, LAYOUTS[montage], patients=patients, seconds=seconds)
        for montage in loaded.manifest.montages
    }
    extra = {"healthy recordings": healthy(engine, recorded)} if recorded else {}
    print(table(simulated | extra), flush=True)  # noqa: T201
    threshold = operating_point(list(simulated.values()))
    figures: dict[str, float] = {}
    for name, one in (simulated | extra).items():
        figures |= _figures(name, one[threshold])
    note = f"lowest with at most {ALARMS_PER_MIN} false alarms/min on {patients} held-out simulated patients each"
    manifest = dataclasses.replace(
        loaded.manifest, operating_points={"default": OperatingPoint(threshold, note)}, figures=figures
    )
    return store.save(folder, loaded.network, manifest, card.render(manifest, card.DETECTOR))


def _figures(name: str, tally: Tally) -> dict[str, float]:
    found = {f"{name}, false alarms per min": tally.alarms_per_min, f"{name}, minutes": tally.minutes}
    if tally.marked:
        found |= {
            f"{name}, sensitivity, discharges 3 times the background": tally.sensitivity,
            f"{name}, discharges 3 times the background": tally.marked,
            f"{name}, sensitivity, discharges 6 times the background": tally.clear_sensitivity,
            f"{name}, discharges 6 times the background": tally.clear,
        }
    return {key: round(float(value), 3) for key, value in found.items()}


def main() -> None:
    """Read the command line and calibrate."""
    parser = argparse.ArgumentParser(description="Choose a detector's operating point on simulated patients.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patients", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--healthy", type=Path, nargs="*", default=[], help="recordings to report, not to choose by")
    options = parser.parse_args()
    torch.set_num_threads(1)
    manifest = calibrate(
        options.folder, patients=options.patients, seconds=options.seconds, recorded=sorted(options.healthy)
    )
    print(f"{manifest.name}: threshold {manifest.threshold}")  # noqa: T201


if __name__ == "__main__":
    main()
