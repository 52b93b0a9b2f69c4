"""The best learning rate is chosen by validation, in turn or by Ray; trials that are done are not trained again."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from models.errors import TrainingError
from models.training import outcome
from models.training.callbacks import EpochReport, Plan, Result
from models.training.outcome import Outcome
from models.training.search import PAPER_RATES, search, trial_tasks
from models.training.task import SEARCH, DivergedError, Task, carry_out
from models.training.trials import Search, Trial
from models.zoo import store
from tests.models.training.small_training import easy_set, tiny_recipe

RATES = (0.003, 0.03)
# Without clipping and stops: a rate of 1,000 diverges, as it is meant to.
UNBOUNDED = tiny_recipe(epochs=15, pre_bce_epochs=0, clip_norm=0, patience=0, collapse_epochs=0)


class Epochs:
    """Counts epochs by folder."""

    def __init__(self) -> None:
        self.trained: dict[str, int] = {}
        self._folder = ""

    def preparing(self, what: str, done: int, total: int) -> None:
        """Do nothing."""

    def began(self, plan: Plan) -> None:
        """Keep the folder that the next epochs belong to."""
        self._folder = plan.folder.name
        self.trained.setdefault(self._folder, 0)

    def batch(self, windows: int) -> None:
        """Do nothing."""

    def epoch(self, report: EpochReport) -> None:  # noqa: ARG002
        """Count one."""
        self.trained[self._folder] += 1

    def ended(self, result: Result) -> None:
        """Do nothing."""


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """Return a task that takes half a second."""
    return Task(
        easy_set(tmp_path / "set").folder, tmp_path / "run", tiny_recipe(epochs=2, pre_bce_epochs=1), device="cpu"
    )


def figures(found: Search) -> list[Mapping[str, object]]:
    """Return what each trial's model finds."""
    return [trial.outcome.figures for trial in found.trials]


def test_the_papers_rates_are_known() -> None:
    """Section 5.1 of iEDeaL."""
    assert PAPER_RATES == (0.005, 0.01, 0.02)


def test_each_rate_trains_in_its_own_folder_and_the_best_model_is_copied(task: Task) -> None:
    """All results are kept in one table."""
    found = search(task, RATES)
    assert [trial.task.folder.name for trial in found.trials] == ["lr-0.003", "lr-0.03"]
    table = json.loads((task.folder / SEARCH).read_text())["trials"]
    assert [row["learning_rate"] for row in table] == list(RATES)
    assert [row["chosen"] for row in table] == [trial is found.best for trial in found.trials]
    assert found.best.f_beta == max(row["validation_f_beta"] for row in table)
    chosen, copied = store.load(found.best.task.folder / "model"), store.load(task.folder / "model")
    # The same weights under the search's own name.
    assert copied.manifest.sha256 == chosen.manifest.sha256
    assert copied.manifest.name == "run"
    assert outcome.read(task.folder) == found.best.outcome
    assert (task.folder / "model" / "CARD.md").read_text().startswith("# run\n")


def test_a_search_has_a_report_of_all_its_trials(task: Task) -> None:
    """A row each, the chosen one marked, and a curve each."""
    best = search(task, RATES).best
    text = (task.folder / "report.html").read_text(encoding="utf-8")
    assert f'<tr class="chosen"><td>{best.learning_rate:g}</td>' in text
    assert f"{best.learning_rate:g} has the best validation F-beta" in text
    assert all(f">lr-{rate:g}</td>" in text for rate in RATES)
    assert text.count("<svg") == 2


def test_a_search_goes_on_where_it_was_interrupted(task: Task) -> None:
    """What is done is read, what is missing is trained, and the choice is that of one go."""
    first, again = Epochs(), Epochs()
    search(task, RATES[:1], first)
    found = search(task, RATES, again)
    assert first.trained == {"lr-0.003": 3}
    assert again.trained == {"lr-0.003": 0, "lr-0.03": 3}
    once = search(Task(task.data, task.folder.with_name("once"), task.recipe, device="cpu"), RATES)
    assert figures(once) == figures(found)


def test_a_rate_that_diverges_is_a_result_like_others(task: Task) -> None:
    """It cannot be chosen, and does not cost the others theirs."""
    found = search(Task(task.data, task.folder, UNBOUNDED, device="cpu"), (1e3, 0.01))
    assert [trial.outcome.stopped for trial in found.trials] == ["failed", "epochs done"]
    assert found.best.learning_rate == 0.01


def test_where_every_rate_diverges_one_line_says_so(task: Task) -> None:
    """There is no model to hand over."""
    with pytest.raises(DivergedError, match="no learning rate gave a model"):
        search(Task(task.data, task.folder, UNBOUNDED, device="cpu"), (1e3,))
    assert not (task.folder / "model").exists()
    assert "none gave a model" in (task.folder / "report.html").read_text(encoding="utf-8")


def test_a_search_and_a_single_training_do_not_share_a_folder(task: Task) -> None:
    """Neither overwrites the model of the other."""
    carry_out(task)
    with pytest.raises(TrainingError, match="holds a single training"):
        search(task, RATES)
    # The other way round: a single training may not begin where a search has been.
    searched = Task(task.data, task.folder.with_name("searched"), task.recipe, device="cpu")
    search(searched, RATES[:1])
    with pytest.raises(TrainingError, match="holds a search"):
        carry_out(searched)


def test_equal_trials_leave_the_choice_to_the_first(task: Task) -> None:
    """A tie does not depend on anything but the order given."""
    tasks = trial_tasks(task, RATES)
    nothing = Outcome("", "cpu", 0, None, "early", "")  # type: ignore[arg-type]
    found = Search(task.folder, tuple(Trial(rate, each, nothing) for rate, each in tasks.items()))
    assert found.best is found.trials[0]


@pytest.mark.parametrize("rates", [(), (0.1, 0.1), (-1.0,)])
def test_rates_without_sense_are_refused(task: Task, rates: tuple[float, ...]) -> None:
    """None, the same twice, and one that is no rate."""
    with pytest.raises(TrainingError, match=r"learning.rate"):
        search(task, rates)


def test_rates_that_would_share_a_folder_are_refused(task: Task) -> None:
    """Their folders are named by six digits; nothing is trained."""
    with pytest.raises(TrainingError, match=r"learning rates 0\.01, 0\.01: give different ones"):
        search(task, (0.01, 0.01 + 1e-9))
    assert not task.folder.exists()


def test_without_ray_one_line_says_what_to_install(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(TrainingError, match=r"pip install 'spikewatch\[tune\]'"):
        search(task, RATES, how="ray")
    assert not task.folder.exists()


@pytest.mark.filterwarnings("default")  # a library's own warnings are not ours
def test_ray_chooses_what_trying_in_turn_chooses(task: Task) -> None:
    """The same trials with the same figures, trained by other processes."""
    # Ray without what its Tune needs raises ImportError: an installation of [ray] alone.
    pytest.importorskip("ray.tune", reason="pip install 'spikewatch[tune]'", exc_type=ImportError)
    callback = Epochs()
    at_once = search(task, RATES, callback, how="ray")
    in_turn = search(Task(task.data, task.folder.with_name("turn"), task.recipe, device="cpu"), RATES)
    # The trainings ran in Ray's processes; this one only read them back.
    assert callback.trained == {"lr-0.003": 0, "lr-0.03": 0}
    assert figures(at_once) == figures(in_turn)
    assert at_once.best.learning_rate == in_turn.best.learning_rate
