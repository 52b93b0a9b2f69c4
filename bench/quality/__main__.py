"""Question: what does the quality gate reject, what false events does it save, and what discharges does it cost?

Method: recordings of people without discharges, that took no part in the fit of the gate. Each stretch is scored bare,
with discharges laid on it, with a heart that is plain to see, with artefacts of eyes, muscle and electrodes, with eyes
that look around, and one in three with each kind of bad signal; every event but on a discharge is a false one. Beside
them simulated patients who discharge one to three times a second. Windows, engine, verifier, event former and gate are
the live ones, once with the gate and once without. Counted as `evaluate --simulated` counts: "marked" discharges stand
out by three times the background, "clear" by six. A rate is per hour that was analysed, with the share of time that
was.
Command: python -m bench.quality BACKGROUND... [--model sc-small] [--threshold T] [--json FILE]
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.command_line import command_line
from bench.machine import publish
from bench.quality.recordings import FIRST_PATIENT, Quality, disturbed, laid_on, never_still
from models.engines.engine import Engine
from models.engines.opening import open_engine, tune_process
from models.engines.verifying import Verifier, open_verifier
from models.evaluation.events import EventCounts
from models.evaluation.forming import Scored
from models.evaluation.simulated import compare, score
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.quality import QualityGate, reasons_of
from models.signal.quality_measures import BLOCK, SHORT
from models.zoo import store

SEED: Final = 79_000_000
NEVER_STILL: Final = 12
FIRST_NEVER_STILL: Final = FIRST_PATIENT + 2000
"""Others than those of the fit."""
HOPS: Final = 400
GROUPS: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of signal, without the gate and with it."""

    without: EventCounts = field(default_factory=EventCounts)
    gated: EventCounts = field(default_factory=EventCounts)

    def __add__(self, other: "Row") -> "Row":
        return Row(self.without + other.without, self.gated + other.gated)


def compared(engine: Engine, verifier: Verifier | None, source: Quality, threshold: float) -> Row:
    """Count one stretch both ways."""
    track = source.track
    free = score(
        engine,
        track.samples,
        track.valid,
        track.names,
        threshold,
        verifier=verifier,
        derivations=track.derivations,
        gated=False,
    )
    return Row(*(compare(track, scored, threshold)[0] for scored in (free, rejecting(source, free))))


def rejecting(source: Quality, free: Scored) -> Scored:
    """Return what is left of the scores of a stretch once the gate has rejected windows, as `score` would have it."""
    track = source.track
    unfit = reasons_of(track.samples, track.valid, MODEL_RATE_HZ)
    # The network need not run a second time: a window's score does not depend on which others are scored.
    bad = {
        (at * BLOCK, name)
        for at, reasons in enumerate(unfit, 1)
        for name, reason in zip(track.names, reasons, strict=True)
        if reason
    }
    left = {
        end: [seen for seen in sightings if (end // BLOCK * BLOCK, seen.group) not in bad]
        for end, sightings in free.sightings.items()
    }
    return replace(free, sightings=left, minutes=free.minutes * (1 - rejected(source, unfit)))


def rejected(source: Quality, unfit: Sequence[Sequence[str]]) -> float:
    """Return the share of windows that the gate rejects, of those that could be scored without it."""
    settled = int(np.argmax(source.track.valid.all(axis=0))) // BLOCK + SHORT
    return float(np.mean([[bool(reason) for reason in reasons] for reasons in unfit[settled:]]))


def shown(row: Row) -> dict[str, Any]:
    """Return a row as the result has it."""
    found: dict[str, Any] = {
        "minutes": round(row.without.minutes, 1),
        "share_analysed": round(row.gated.minutes / row.without.minutes, 4),
        "false_per_h": [round(row.without.alarms_per_h, 1), round(row.gated.alarms_per_h, 1)],
        "false_events": [row.without.alarms, row.gated.alarms],
    }
    if row.without.marked:
        found |= {
            "marked": row.without.marked,
            "marked_found": [row.without.found, row.gated.found],
            "clear": row.without.clear,
            "clear_found": [row.without.clear_found, row.gated.clear_found],
            "lost": [
                round(1 - row.gated.found / max(row.without.found, 1), 4),
                round(1 - row.gated.clear_found / max(row.without.clear_found, 1), 4),
            ],
        }
    return found


def hop_us() -> float:
    """Return what the gate costs a hop of 125 ms of five groups, the median, in microseconds."""
    gate = QualityGate(np.ones((GROUPS, 5), bool), MODEL_RATE_HZ)
    samples = np.random.default_rng(0).normal(0, 20, (5 * GROUPS, BLOCK)).astype(np.float32)
    valid = np.ones(samples.shape, bool)
    took_s = []
    for _ in range(HOPS):
        began_s = time.perf_counter()
        gate.push(samples, valid)
        took_s.append(time.perf_counter() - began_s)
    return round(1e6 * float(np.median(took_s)), 1)


def main() -> None:
    """Measure the gate."""
    arguments = command_line("bench.quality", __doc__)
    arguments.add_argument("recordings", nargs="+", type=Path, metavar="BACKGROUND")
    arguments.add_argument("--model", default="sc-small")
    arguments.add_argument("--threshold", type=float, help="the model's own where none is given")
    given = arguments.parse_args()
    tune_process()
    loaded = store.load(given.model)
    engine, verifier = open_engine(loaded), open_verifier(loaded.manifest)
    threshold = loaded.manifest.threshold if given.threshold is None else given.threshold
    rows: defaultdict[str, Row] = defaultdict(Row)
    people: set[str] = set()
    of_people = (laid_on(given.recordings, SEED), disturbed(given.recordings, SEED))
    for source in chain(*of_people, never_still(NEVER_STILL, FIRST_NEVER_STILL)):
        rows[source.kind] += compared(engine, verifier, source, threshold)
        people |= set() if source.kind.startswith("simulated") else {source.subject}
    result: dict[str, Any] = {
        "recordings": sorted(path.name for path in given.recordings),
        "people": len(people),
        "model": {"name": loaded.manifest.name, "sha256": loaded.manifest.sha256, "threshold": threshold},
        "gate_us_a_hop": hop_us(),
        "without_and_with_the_gate": {kind: shown(row) for kind, row in rows.items()},
    }
    publish("quality", result, given.json)


if __name__ == "__main__":
    main()
