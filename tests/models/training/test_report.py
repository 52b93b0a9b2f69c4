"""The report shows what was trained, on what, how it ended and what it finds, also where it failed."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from models.errors import TrainingError
from models.training import outcome as outcomes
from models.training import report
from models.training.recipe import Recipe
from tests.models.training.example_reports import example_plan, example_reports
from tests.models.training.test_outcome import an_outcome

COMMAND = "spikewatch train prepared --out run --set 'note=<b> & more'"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run folder of a training that went well."""
    plan = example_plan(tmp_path)
    # A beta that is not the default has a curve of its own and is marked in the recipe.
    (tmp_path / "recipe.json").write_text(replace(plan.recipe, beta=2.0).to_json())
    lines = [json.dumps(asdict(each.record())) for each in example_reports(plan)]
    (tmp_path / "history.jsonl").write_text("\n".join(lines) + "\n")
    outcome = an_outcome(tmp_path / "set")
    figures = {"validation": outcome.figures["test"], **outcome.figures}
    outcomes.write(tmp_path, replace(outcome, command=COMMAND, figures=figures))
    return tmp_path


def test_a_report_has_counts_figures_recipe_time_and_command(run: Path) -> None:
    """Each where a reader looks for it."""
    text = report.write(run).read_text(encoding="utf-8")
    assert "Stopped early: it was enough. Trained: 8 epochs, 2 of them PreBCE." in text
    assert "<tr><td>test</td><td>50</td><td>10</td><td>2</td><td>0.571</td><td>0.625</td>" in text
    assert "Weights of epoch 3" in text
    assert '<tr><td>beta</td><td class="text">2</td><td class="text">1</td></tr>' in text
    assert "<tr><td>momentum" not in text
    assert "<dt>all epochs</dt><dd>16.0 s</dd>" in text
    assert "1,004 windows/s" in text
    # The command comes from a user: a page must show it, never obey it.
    assert "note=&lt;b&gt; &amp; more" in text
    assert text.count("<svg") == 5


def test_a_report_can_be_made_again(run: Path) -> None:
    """The same bytes from the same folder."""
    first = report.write(run).read_bytes()
    (run / report.REPORT).unlink()
    assert report.write(run).read_bytes() == first


def test_a_run_that_failed_has_a_report(run: Path) -> None:
    """Its curves, its reason, and no figures."""
    outcome = replace(
        outcomes.read(run), stopped="failed", reason="the loss is not finite", best_epoch=None, figures={}
    )
    text = report.render(Recipe(), [each.record() for each in example_reports(example_plan(run))][:2], outcome)
    assert "Failed: the loss is not finite. Trained: 2 epochs, 2 of them PreBCE." in text
    assert "There is no model" in text
    assert text.count("<svg") == 4


def test_a_run_that_failed_at_once_has_a_report(run: Path) -> None:
    """Without a single epoch there is nothing to draw, and still something to say."""
    outcome = replace(
        outcomes.read(run), stopped="failed", reason="the loss is not finite", best_epoch=None, figures={}
    )
    text = report.render(Recipe(), [], outcome)
    assert "Trained: 0 epochs." in text
    assert "<svg" not in text


def test_a_folder_without_a_training_is_one_line(tmp_path: Path) -> None:
    """It says what to run."""
    with pytest.raises(TrainingError, match="run `spikewatch train`"):
        report.write(tmp_path)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.24, "4.2 s"), (59.96, "1 min 0 s"), (200.0, "3 min 20 s"), (7500.0, "2 h 5 min"), (0.0, "0.0 s")],
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    """The larger ones; 59.96 s is a minute."""
    assert report.duration(seconds) == text
