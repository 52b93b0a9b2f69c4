"""Question: of discharges laid on real background, how many does a detector find, at how many false events an hour?

Method: recordings of people without discharges, that took no part in a detector's training. Each stretch is scored once
as it is, where every event is a false one, and twice with the discharges of invented patients on it
(`models.simulate.overlay`), eight a minute on average. Windows, engine and event former are the live ones; counted as
`evaluate --simulated` counts: "marked" stands out by three times the background of its derivation, "clear" by six.
Thresholds as in operating tables. Intervals are over people, drawn again with replacement, at 95 %.
Command: python -m bench.worth BACKGROUND... [--models sc-small sc-stream-small ...] [--json FILE]
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from bench.machine import publish
from models.datasets.background import background, stretches
from models.engines.engine import Engine
from models.engines.opening import open_engine, tune_process
from models.engines.verifying import Verifier, open_verifier
from models.evaluation.bootstrap import Estimate
from models.evaluation.events import ALARMS, THRESHOLDS, EventCounts, Subject, estimates, merged, total
from models.evaluation.simulated import compare, score
from models.simulate.overlay import overlay
from models.simulate.windows import Track, record
from models.zoo import store

STRETCH_S: Final = 60.0  # EEGMAT's shorter recordings have 62 s, and a longer stretch would leave them out
COPIES: Final = 2
IEDS_PER_MIN: Final = 8.0  # apart enough that one rarely hides the next
SEED: Final = 4_000_000  # any; fixed, so that every detector meets the same discharges
WANTED_PER_H: Final = 6.0  # what a reader puts up with, by the goal that the shipped detector is measured by


@dataclass(frozen=True, slots=True)
class Laid:
    """A stretch of a person's recording, conditioned: as it is, or with discharges on it."""

    subject: str
    track: Track
    bare: bool


def laid(paths: Sequence[Path]) -> Iterator[Laid]:
    """Yield every stretch of the recordings, bare and with discharges."""
    for number, path in enumerate(sorted(paths, key=lambda path: path.name)):
        for at, stretch in enumerate(stretches(background(path), STRETCH_S)):
            common = (stretch.samples, stretch.rate_hz, stretch.labels)
            yield Laid(stretch.subject, record(overlay(*common, 0, ied_rate_per_min=0.0), "auto"), bare=True)
            for copy in range(COPIES):
                # A seed for each stretch and copy, so that no two have the same foci.
                seed = SEED + 10_000 * number + 10 * at + copy
                made = overlay(*common, seed, ied_rate_per_min=IEDS_PER_MIN)
                yield Laid(stretch.subject, record(made, "auto"), bare=False)


def counted(engine: Engine, stretch: Laid, verifier: Verifier | None = None) -> Subject:
    """Count what each threshold finds in one stretch."""
    track = stretch.track
    scored = score(engine, track.samples, track.valid, track.names, verifier=verifier)
    found = {threshold: compare(track, scored, threshold) for threshold in THRESHOLDS}
    counts = {threshold: counts for threshold, (counts, _) in found.items()}
    return Subject(stretch.subject, counts, {threshold: timing for threshold, (_, timing) in found.items()})


def by_person(subjects: Iterable[Subject]) -> list[Subject]:
    """Join the stretches of each person."""
    ordered = sorted(subjects, key=lambda subject: subject.name)
    return [merged(name, list(theirs)) for name, theirs in groupby(ordered, key=lambda subject: subject.name)]


def rows(bare: Sequence[Subject], with_discharges: Sequence[Subject]) -> list[dict[str, Any]]:
    """Say of every threshold what it finds and what it costs."""
    found = []
    for threshold in THRESHOLDS:
        hybrid, quiet = estimates(with_discharges, threshold), estimates(bare, threshold)
        found.append(
            {
                "threshold": threshold,
                "marked_found": _interval(hybrid["sensitivity"]),
                "clear_found": _interval(hybrid["clear sensitivity"]),
                "false_per_h": _interval(quiet[ALARMS]),
            }
        )
    return found


def at_most(table: Sequence[Mapping[str, Any]], per_h: float) -> Mapping[str, Any]:
    """Return the row of the lowest threshold with at most so many false events an hour."""
    return next((row for row in table if row["false_per_h"][0] <= per_h), table[-1])


def _interval(estimate: Estimate) -> list[float]:
    return [round(value, 3) for value in (estimate.value, estimate.low, estimate.high)]


def _amounts(bare: Sequence[Subject], with_discharges: Sequence[Subject]) -> dict[str, Any]:
    laid_on: EventCounts = total(with_discharges, THRESHOLDS[0])
    minutes = total(bare, THRESHOLDS[0]).minutes
    return {"people": len(bare), "minutes": round(minutes, 1), "marked": laid_on.marked, "clear": laid_on.clear}


def main() -> None:
    """Measure every detector on the same recordings."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("recordings", nargs="+", type=Path, metavar="BACKGROUND")
    arguments.add_argument("--models", nargs="+", default=["sc-small"])
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    tune_process()
    stretches_ = list(laid(given.recordings))
    result: dict[str, Any] = {"recordings": sorted(path.name for path in given.recordings), "detectors": {}}
    for name in given.models:
        loaded = store.load(name)
        engine, verifier = open_engine(loaded), open_verifier(loaded.manifest)
        subjects = [(stretch.bare, counted(engine, stretch, verifier)) for stretch in stretches_]
        bare, hybrid = (by_person(one for is_bare, one in subjects if is_bare == wanted) for wanted in (True, False))
        table = rows(bare, hybrid)
        chosen = {"sha256": loaded.manifest.sha256, "at_most_6_per_h": at_most(table, WANTED_PER_H), "rows": table}
        result["detectors"][loaded.manifest.name] = chosen
        result["amounts"] = _amounts(bare, hybrid)
    publish("worth", result, given.json)


if __name__ == "__main__":
    main()
