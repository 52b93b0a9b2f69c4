"""Question: are inpatients with periodic discharges told from those without by how often a detector calls?

Method: clips of inpatients' scalp EEG with a caption each (VE-CAM-S: bdsp-core/VE-CAM-S, folder `Data`). Those whose
caption names LPDs, GPDs or BIPDs have discharges, several a clip; times are not known, so that single events cannot be
judged. Of the others, those with seizures or burst suppression are left out: what a reader would mark there is open.
Every clip goes through the live conditioning, windows, quality gate, verifier and event former, as a recording of its
own. At each threshold: events a minute with and without discharges, and the area under the curve when clips are ranked
by their rate; 95 % intervals over clips, each taken for a person.
Command: python -m bench.clips FOLDER [--models sc-small ...] [--json FILE]
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.command_line import command_line
from bench.machine import publish
from models.engines.engine import Engine
from models.engines.opening import open_engine, tune_process
from models.engines.verifying import Verifier, open_verifier
from models.errors import ModelsError
from models.evaluation import bootstrap
from models.evaluation.events import THRESHOLDS
from models.evaluation.forming import events
from models.evaluation.metrics import Ranked
from models.evaluation.simulated import score
from models.readers.recording import read
from models.signal.montage import ROWS, build
from models.signal.offline import condition
from models.zoo import store

PERIODIC: Final = re.compile(r"\b(LPD|GPD|BiPD)", re.IGNORECASE)
LEFT_OUT: Final = re.compile(r"NCSE|suppression", re.IGNORECASE)
CAPTIONS: Final = "captions.json"


def main() -> None:
    """Score all clips by every model and keep the figures."""
    parser = command_line("bench.clips", __doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--models", nargs="+", default=["sc-small"])
    given = parser.parse_args()
    tune_process()
    try:
        told = {name: _of_model(name, given.folder) for name in given.models}
    except (OSError, ModelsError) as problem:
        raise SystemExit(f"bench.clips: {problem}") from None
    publish("clips", {"models": told}, given.json)


def _of_model(name: str, folder: Path) -> dict[str, Any]:
    loaded = store.load(name)
    verifier = open_verifier(loaded.manifest)
    return {
        "sha256": loaded.manifest.sha256,
        "verifier_sha256": verifier.sha256 if verifier else "",
        "default_threshold": loaded.manifest.operating_points["default"].threshold,
        **of_engine(open_engine(loaded), verifier, folder),
    }


def of_engine(engine: Engine, verifier: Verifier | None, folder: Path) -> dict[str, Any]:
    """Return how many clips there are, and the rows of an engine with its verifier."""
    periodic = chosen(json.loads((folder / CAPTIONS).read_text()))
    clips = [Clip(has, rates(folder / f"{name}.npz", engine, verifier)) for name, has in periodic.items()]
    amounts = {"with": sum(periodic.values()), "without": len(periodic) - sum(periodic.values())}
    return {"clips": amounts, "rows": rows(clips)}


@dataclass(frozen=True, slots=True)
class Clip:
    """Whether a clip has periodic discharges, and how many events a minute it has at each threshold."""

    periodic: bool
    per_min: Mapping[float, float]


def chosen(captions: Mapping[str, str]) -> dict[str, bool]:
    """Return the clips to use, and whether each has periodic discharges."""
    found = {name: bool(PERIODIC.search(caption)) for name, caption in captions.items()}
    return {name: has for name, has in found.items() if has or not LEFT_OUT.search(captions[name])}


def rates(path: Path, engine: Engine, verifier: Verifier | None) -> dict[float, float]:
    """Return the events a minute that was analysed in a clip, a recording of its own, at each threshold."""
    recording = read(path)
    montage = build("scalp", recording.labels, recording.types)
    whole = condition(recording.samples, recording.rate_hz, montage, notch_hz="auto")
    shape = (len(montage.groups), ROWS, -1)
    scored = score(
        engine,
        whole.samples.reshape(shape),
        np.all(whole.valid.reshape(shape), axis=1),
        [group.name for group in montage.groups],
        verifier=verifier,
        derivations=[name for group in montage.groups for name in group.derivations],
    )
    # A clip that is rejected throughout has no event, and calls nobody.
    return {at: len(events(scored, at)) / scored.minutes if scored.minutes else 0.0 for at in THRESHOLDS}


def rows(clips: Sequence[Clip], thresholds: Sequence[float] = THRESHOLDS) -> list[dict[str, Any]]:
    """Say of each threshold how often clips with discharges and those without are called, and how that ranks."""
    return [_row(clips, threshold) for threshold in thresholds]


def _row(clips: Sequence[Clip], threshold: float) -> dict[str, Any]:
    per_min = np.array([clip.per_min[threshold] for clip in clips])
    periodic = np.array([clip.periodic for clip in clips])
    ranked = Ranked(periodic, per_min)
    return {
        "threshold": threshold,
        "with_per_min": _interval(_mean(per_min[periodic])),
        "without_per_min": _interval(_mean(per_min[~periodic])),
        "area": _interval(bootstrap.weighted(ranked.auroc, np.arange(len(clips)))),
    }


def _mean(values: NDArray[np.float64]) -> bootstrap.Estimate:
    counts = np.stack([values, np.ones(len(values))], axis=1)
    return bootstrap.counted(counts, lambda sums: bootstrap.ratio(sums[:, 0], sums[:, 1]))


def _interval(estimate: bootstrap.Estimate) -> list[float]:
    return [round(value, 3) for value in (estimate.value, estimate.low, estimate.high)]


if __name__ == "__main__":
    main()
