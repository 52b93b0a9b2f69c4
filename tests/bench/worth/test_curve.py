"""Curves: rows over people, and the one that a reader would choose."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.worth.cases import Part
from bench.worth.contract import Scored, Shown, ranked_thresholds
from bench.worth.curve import Answer, at_most, result
from bench.worth.truth import LaidOn


class Known:
    """A detector whose answers are given."""

    name = "known"
    about: dict[str, Any] = {"sha256": "0"}  # noqa: RUF012  (as the contract has it)

    def detect(self, shown: Shown) -> Scored:
        """Nothing is asked of it here."""
        raise NotImplementedError

    def thresholds(self, found: Sequence[Scored]) -> tuple[float, ...]:
        """Return those of its scores."""
        return ranked_thresholds(found)


def answer(subject: str, part: Part, peaks_s: list[float], events: list[tuple[float, float]]) -> Answer:
    """Return an hour in which discharges peak at `peaks_s`, and what was found: (time in s, score)."""
    times_s, scores = np.array(events, np.float64).reshape(-1, 2).T
    every = np.ones(len(peaks_s), bool)
    truth = LaidOn(np.array(peaks_s, np.float64), every, every)
    return Answer(subject, part, truth, Scored(times_s, scores, 0.0, 3600.0, 60.0))


def test_thresholds_come_from_bare_background_and_rows_count_all_people() -> None:
    """Two people: three false events in two hours at the lowest threshold, two of three discharges found at it."""
    found = [
        answer("ann", "bare", [], [(100.0, 1.0), (200.0, 2.0)]),
        answer("ann", "hybrid", [50.0, 60.0], [(50.0, 1.5), (60.0, 5.0)]),
        answer("bob", "bare", [], [(100.0, 3.0)]),
        answer("bob", "hybrid", [70.0], [(70.0, 0.5)]),
    ]
    told = result(Known(), found)
    assert told["amounts"] == {"people": 2, "minutes": 120.0, "marked": 3, "clear": 3}
    table = [(row["threshold"], row["marked_found"][0], row["false_per_h"][0]) for row in told["rows"]]
    assert table[0] == (1.0, 0.667, 1.5)
    assert table[-1] == (np.nextafter(3.0, np.inf), 0.333, 0.0)
    assert told["at_most_6_per_h"] == told["rows"][0]
    assert "labelled" not in told


def test_the_lowest_threshold_that_is_quiet_enough_is_chosen() -> None:
    """Where none is, the highest one stands, so that what it costs is seen."""
    table = [{"threshold": at, "false_per_h": [per_h, 0, 0]} for at, per_h in ((0.3, 40.0), (0.5, 6.0), (0.7, 2.0))]
    assert at_most(table, 6.0)["threshold"] == 0.5
    assert at_most(table, 1.0)["threshold"] == 0.7
