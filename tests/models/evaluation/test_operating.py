"""Operating points follow the rule that is said."""

import dataclasses

import pytest

from models.evaluation.events import THRESHOLDS, EventCounts, Subject
from models.evaluation.operating import ALARMS_PER_MIN, lowest_quiet, moved, points, table
from models.evaluation.reliability import calibrated
from models.zoo.manifest import OperatingPoint, OperatingRow
from tests.models.zoo.test_store import a_manifest


def person(alarms: "dict[float, int]", marked: int = 0) -> Subject:
    """Give somebody watched for 100 minutes."""
    return Subject("p", {t: EventCounts(1, marked, 0, 0, alarms[t], 100.0) for t in THRESHOLDS}, {})


LOUD = person({t: round(100 * (1 - t)) for t in THRESHOLDS}, marked=2)
QUIET = person(dict.fromkeys(THRESHOLDS, 0))
DEAFENING = person(dict.fromkeys(THRESHOLDS, 9000))


def test_the_default_is_the_lowest_that_is_quiet_everywhere() -> None:
    """Both layouts must be quiet; where none is, the highest threshold stands and the note says so."""
    assert lowest_quiet({"scalp": [QUIET], "shaft": [LOUD]}) == min(
        t for t in THRESHOLDS if round(100 * (1 - t)) <= 100 * ALARMS_PER_MIN
    )
    assert lowest_quiet({"scalp": [QUIET]}) == THRESHOLDS[0]
    assert lowest_quiet({"scalp": [DEAFENING]}) == THRESHOLDS[-1]
    [(name, point)] = points({"scalp": [DEAFENING]}).items()
    assert (name, point.threshold) == ("default", THRESHOLDS[-1])
    assert point.note.startswith(
        "the highest tried: none has at most 0.1 false alarms/min in each of: scalp (1, 100 min)"
    )


def test_sensitive_and_specific_lie_on_either_side() -> None:
    """Each keeps to its own limit, and the default to the one that was asked for."""
    found = points({"shaft": [LOUD]}, 0.2)
    assert {name: point.threshold for name, point in found.items()} == {
        "default": 0.8, "sensitive": 0.7, "specific": 0.98,
    }  # fmt: skip
    assert found["default"].note == "lowest with at most 0.2 false alarms/min in each of: shaft (1, 100 min)"


def test_a_default_more_sensitive_than_the_sensitive_one_stands_alone_on_that_side() -> None:
    """At a limit of 0.5 a minute a point of 0.3 would be the less sensitive one."""
    assert set(points({"shaft": [LOUD]}, 0.5)) == {"default", "specific"}


def test_the_table_has_a_row_for_each_montage_and_threshold() -> None:
    """A montage without any marked discharge has no sensitivity, and no rows."""
    rows = table({"scalp": [QUIET], "shaft": [LOUD]})
    assert [row.threshold for row in rows] == list(THRESHOLDS)
    assert {row.montage for row in rows} == {"shaft"}
    assert (rows[7].threshold, rows[7].sensitivity, rows[7].false_alarms_per_h) == (0.5, 0.5, 30.0)


def test_thresholds_move_with_the_temperature() -> None:
    """A logit just above its threshold stays just above it, whatever it is divided by; 0.5 stays 0.5."""
    rows = (OperatingRow("scalp", 0.9, 0.5, 1.0),)
    before = dataclasses.replace(a_manifest(), temperature=2.0, operating_table=rows)
    before = dataclasses.replace(before, operating_points={"default": OperatingPoint(0.2, "n")})
    after = moved(before, 3.0)
    assert after.temperature == 6.0
    # The logits of 0.2 and 0.9.
    logits = [-1.38629, 2.19722]
    assert calibrated(logits) == pytest.approx([0.2, 0.9], abs=1e-4)
    assert calibrated(logits, 3.0) == pytest.approx([after.threshold, after.operating_table[0].threshold], abs=1e-4)
    assert moved(a_manifest(), 3.0).threshold == 0.5
