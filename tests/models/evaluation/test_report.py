"""An evaluation is reported alike in tables, JSON, a manifest's figures and a page."""

import dataclasses
import json

import pytest

from models.evaluation.events import EventCounts, Subject, Timing
from models.evaluation.page import render
from models.evaluation.report import Evaluation, as_json, figures
from models.evaluation.tables import COSTS, tables
from models.evaluation.windows import report
from models.zoo.manifest import OperatingPoint

# One positive below both thresholds and one negative above them: no figure is 0 or 1 by accident.
LABELS, SCORES, SUBJECTS = [1, 1, 0, 0, 1, 0], [0.9, 0.39, 0.6, 0.1, 0.7, 0.2], [0, 0, 0, 1, 1, 1]


def same(name: str, counts: EventCounts, timing: Timing) -> Subject:
    """Return a subject in whom two thresholds find the same."""
    return Subject(name, dict.fromkeys((0.2, 0.4), counts), dict.fromkeys((0.2, 0.4), timing))


@pytest.fixture
def evaluation() -> Evaluation:
    """Return two people on the scalp, a healthy one, and six windows."""
    people = [same("ann", EventCounts(3, 4, 1, 1, 1, 10.0), Timing((8.0,), (300.0,))),
              same("bob", EventCounts(3, 4, 1, 1, 2, 10.0), Timing((8.0,), (300.0,)))]  # fmt: skip
    calm = same("eve", EventCounts(alarms=5, minutes=20.0), Timing())
    return Evaluation(
        model="sc-test",
        sha256="ab" * 32,
        threshold=0.4,
        temperature=1.0,
        command="spikewatch evaluate <sc-test>",
        points={"default": OperatingPoint(0.4, "chosen")},
        events={"scalp": people, "healthy recordings": [calm]},
        windows={"test": report(LABELS, SCORES, SUBJECTS, (0.5, 0.4))},
        skipped=("c.edf: unreadable",),
    )


def test_a_manifest_keeps_what_was_measured(evaluation: Evaluation) -> None:
    """Names as they have always been; nothing that is not a number."""
    got = figures(evaluation)
    assert got["scalp, false alarms per min"] == 0.15
    assert got["scalp, sensitivity, discharges 3 times the background"] == 0.75
    assert got["scalp, latency, ms, median"] == 300
    assert (got["healthy recordings, false alarms per min"], got["healthy recordings, minutes"]) == (0.25, 20)
    assert not any("healthy" in name and "sensitivity" in name for name in got)
    assert got["test windows, recall"] == pytest.approx(0.667)
    assert got["test windows"] == 6


def test_json_holds_counts_estimates_and_no_nan(evaluation: Evaluation) -> None:
    """What cannot be measured is null; the answer is valid JSON for any reader."""
    got = json.loads(json.dumps(as_json(evaluation), allow_nan=False))
    row = next(row for row in got["events"]["scalp"] if row["threshold"] == 0.4)
    assert (row["found"], row["marked"], row["alarms"]) == (6, 8, 3)
    assert row["estimates"]["sensitivity"] == {"value": 0.75, "low": 0.75, "high": 0.75, "subjects": 2}
    assert got["events"]["healthy recordings"][0]["estimates"]["sensitivity"]["value"] is None
    assert got["windows"]["test"]["at"][0]["tp"] == 2
    assert got["skipped"] == ["c.edf: unreadable"]


def test_tables_say_figures_with_their_intervals(evaluation: Evaluation) -> None:
    """A dash where nothing could be measured; the chosen threshold's row is marked."""
    found = tables(evaluation)
    scalp, healthy = found["Events at threshold 0.4"].rows
    assert scalp[:6] == ("scalp", "2", "20.0", "8", "0.75 (0.75 to 0.75)", "1 (1 to 1)")
    assert scalp[6].startswith("9 (6 to 12)")
    assert scalp[7:] == ("8, 8", "300, 300")
    assert healthy[4:] == ("-", "-", "15 (one subject: no interval)", "-", "-")
    assert found[COSTS].chosen == 1
    assert found[COSTS].rows[1] == ["0.4", "0.750", "1.000", "9.0", "0.15", "-", "-", "15.0", "0.25"]


def test_the_page_holds_every_table_and_curve(evaluation: Evaluation) -> None:
    """Escaped, with a figure each for latency, trade-off, precision-recall and reliability."""
    pytest.importorskip("matplotlib", reason="plots are an extra")
    html = render(evaluation)
    assert all(heading in html for heading in tables(evaluation))
    assert html.count("<svg") == 4
    assert "spikewatch evaluate &lt;sc-test&gt;" in html
    assert "c.edf: unreadable" in html


def test_a_page_without_anything_to_draw_has_tables_alone(evaluation: Evaluation) -> None:
    """No subject had a marked discharge: no curve of sensitivity, and none of latency."""
    alone = {"healthy recordings": evaluation.events["healthy recordings"]}
    html = render(dataclasses.replace(evaluation, events=alone, windows={}))
    assert "<svg" not in html
    assert COSTS in html
