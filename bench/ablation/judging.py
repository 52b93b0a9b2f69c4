"""What each arm finds, with all that surrounds the network and with a part of that left out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from bench.worth.cases import Case
from bench.worth.contract import Shown
from bench.worth.curve import Answer, subjects
from bench.worth.networks import Sighted, sighted
from models.engines.engine import Answers, Engine, Floats
from models.engines.verifying import Verifier
from models.evaluation import bootstrap
from models.evaluation.bootstrap import Estimate, ratio
from models.evaluation.events import THRESHOLDS, Subject, total
from models.evaluation.forming import Scored, Verification
from models.signal.montage import ROWS

LIMITS_PER_H: Final = (7.0, 11.0, 22.0)
"""Three, five and ten false events in 27.5 minutes: each arm is compared at the lowest threshold that keeps to one."""

Variant = Callable[[Scored], Scored]


def _known(change: Callable[[Verification], Verification | None]) -> Variant:
    return lambda scored: replace(scored, verification=scored.verification and change(scored.verification))


VARIANTS: Final[Mapping[str, Variant]] = {
    "whole": lambda scored: scored,
    "no verifier": _known(lambda _known: None),
    "no recent events": _known(lambda known: replace(known, recurrence=0.0)),
    "heart and eyes not recognised": _known(lambda known: replace(known, is_artefact=lambda _best, _end: False)),
}
"""What surrounds a network, whole and with one thing left out; windows need not be scored again."""
NO_GATE: Final = "no quality gate"
EVERY: Final = (*VARIANTS, NO_GATE)
OF_OTHER_ARMS: Final = ("whole", "no verifier")
"""What surrounds the network is left out of one arm alone; but a verifier may make up for what a network lacks."""


class WithoutEnds:
    """An engine that is not shown the difference between a chain's ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = engine.name
        self.context_samples = engine.context_samples

    def score(self, windows: Floats) -> Answers:
        """Score windows (n, rows, samples) whose last row is taken as zero."""
        shown = windows.copy()
        shown[:, ROWS - 1] = 0
        return self._engine.score(shown)


def seen(engine: Engine, verifier: Verifier | None, shown: Shown, names: Collection[str]) -> dict[str, Sighted]:
    """Return what is seen in a recording by each of some variants."""
    gated = sighted(engine, verifier, shown)
    found = {name: replace(gated, scored=VARIANTS[name](gated.scored)) for name in names if name in VARIANTS}
    # Windows that the gate rejects are scored for nobody else.
    return found | ({NO_GATE: sighted(engine, verifier, shown, gated=False)} if NO_GATE in names else {})


def answers(
    engine: Engine, verifier: Verifier | None, cases: Sequence[Case], names: Collection[str]
) -> dict[str, list[Answer]]:
    """Return the answers of some variants to all recordings."""
    found: dict[str, list[Answer]] = {name: [] for name in names}
    for case in cases:
        for name, of_it in seen(engine, verifier, case.shown, names).items():
            found[name].append(Answer(case.subject, case.part, case.truth, of_it))
    return found


def rows(found: Sequence[Answer], usual: Sequence[Answer]) -> list[dict[str, Any]]:
    """Compare an arm's answers with those of the one that has everything, at as many false events."""
    ours, theirs = (_people(of) for of in (found, usual))
    return [_row(ours, theirs, limit) for limit in LIMITS_PER_H]


def _people(found: Sequence[Answer]) -> tuple[list[Subject], list[Subject]]:
    """Return the counts of all people with discharges laid on, and as they are."""
    return subjects(found, "hybrid", THRESHOLDS), subjects(found, "bare", THRESHOLDS)


def _row(
    ours: tuple[Sequence[Subject], Sequence[Subject]], usual: tuple[Sequence[Subject], Sequence[Subject]], limit: float
) -> dict[str, Any]:
    at, at_usual = (_lowest(bare, limit) for _, bare in (ours, usual))
    counts = total(ours[0], at)
    # One person's counts of both stay together: drawn again apart, people would add to the spread.
    pairs = [
        (a.counts[at].found, a.counts[at].marked, b.counts[at_usual].found, b.counts[at_usual].marked)
        for a, b in zip(ours[0], usual[0], strict=True)
    ]
    change = bootstrap.counted(pairs, lambda sums: ratio(sums[:, 0], sums[:, 1]) - ratio(sums[:, 2], sums[:, 3]))
    return {
        "at_most_per_h": limit,
        "threshold": at,
        "false_per_h": round(total(ours[1], at).alarms_per_h, 1),
        "marked_found": round(counts.sensitivity, 3),
        "clear_found": round(counts.clear_sensitivity, 3),
        "change": _interval(change),
    }


def _lowest(bare: Sequence[Subject], limit_per_h: float) -> float:
    """Return the lowest threshold that keeps to a limit of false events on bare background, the highest if none."""
    return next((at for at in THRESHOLDS if total(bare, at).alarms_per_h <= limit_per_h), THRESHOLDS[-1])


def _interval(estimate: Estimate) -> list[float | None]:
    values = (estimate.value, estimate.low, estimate.high)
    return [round(value, 3) if np.isfinite(value) else None for value in values]
