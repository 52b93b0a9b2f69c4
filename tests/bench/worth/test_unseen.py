"""Every person judged by a model that has not met them: who judges whom, and what all come to together."""

from pathlib import Path

import numpy as np
import pytest

from bench.worth.cases import hybrid
from bench.worth.curve import answers, result
from bench.worth.line_length import LineLength
from bench.worth.unseen import measure, shared_out
from models.errors import ModelsError
from models.simulate import simulate


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return a minute each of two people without discharges."""
    folder = tmp_path_factory.mktemp("unseen")
    return [recording(folder, "ann", 3), recording(folder, "bob", 4)]


def recording(folder: Path, name: str, seed: int) -> Path:
    """Write a minute of one person."""
    made = simulate(seed, 60.0, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    path = folder / f"{name}_1.npz"
    units = np.array(["uV"] * len(made.labels))
    np.savez(path, x=made.samples, fs=made.rate_hz, labels=np.array(made.labels), units=units)
    return path


def test_each_fold_judges_its_own_people_and_all_are_counted_together(people: list[Path]) -> None:
    """Amounts of both folds add up to those of all, and a row of all has the events of both."""
    ann, bob = people
    told = measure({ann: "sc-small", bob: "sc-stream-small"}, [], 60.0)
    folds, together = told["folds"], told["together"]
    assert {model: fold["recordings"] for model, fold in folds.items()} == {
        "sc-small": ["ann_1.npz"],
        "sc-stream-small": ["bob_1.npz"],
    }
    for amount in ("people", "minutes", "marked", "clear"):
        assert together["amounts"][amount] == pytest.approx(sum(fold["amounts"][amount] for fold in folds.values()))
    lowest = [fold["rows"][0]["marked_found"][0] * fold["amounts"]["marked"] for fold in folds.values()]
    assert together["rows"][0]["marked_found"][0] * together["amounts"]["marked"] == pytest.approx(sum(lowest), abs=0.1)


def test_a_person_is_judged_alike_in_a_fold_and_alone(people: list[Path]) -> None:
    """The first recording of all draws the same discharges whoever comes behind it."""
    ann, bob = people
    alone = measure({ann: "sc-small"}, [], 60.0)
    both = measure({ann: "sc-small", bob: "sc-stream-small"}, [], 60.0)
    assert both["folds"]["sc-small"] == alone["folds"]["sc-small"]


def test_what_is_not_trained_is_shown_everybody_as_by_the_plain_bench(people: list[Path]) -> None:
    """Line length has the curve that `bench.worth` measures on the same people, whichever networks judge them."""
    ann, bob = people
    told = measure({ann: "sc-small", bob: "sc-stream-small"}, [LineLength()], 60.0)
    plain = LineLength()
    assert told["baselines"] == {plain.name: result(plain, *answers([plain], hybrid(people, 60.0)))}
    assert told["baselines"][plain.name]["amounts"]["marked"] == told["together"]["amounts"]["marked"]


def test_a_recording_that_is_too_short_is_refused(people: list[Path]) -> None:
    """Its person would be missing among all, and nobody would know."""
    with pytest.raises(ModelsError, match=r"ann_1.npz: has no 61 s without a hole; leave it out, or give fewer --seco"):
        measure({people[0]: "sc-small"}, [], 61.0)


def test_the_first_word_of_a_fold_is_its_model() -> None:
    """All others are recordings; a person may have several in one fold."""
    assert shared_out([["a", "ann_1.edf", "ann_2.edf"], ["b", "bob_1.edf"]]) == {
        Path("ann_1.edf"): "a",
        Path("ann_2.edf"): "a",
        Path("bob_1.edf"): "b",
    }


@pytest.mark.parametrize(
    ("folds", "told"),
    [
        ([["a", "ann_1.edf"], ["b", "ann_2.edf"]], "ann: is judged by two models; name each person in one fold"),
        ([["a"]], "--fold a: no recordings; name the model, then those of people it has not met"),
    ],
)
def test_a_person_in_two_folds_or_a_fold_of_nobody_is_refused(folds: list[list[str]], told: str) -> None:
    """One line says what to do."""
    with pytest.raises(ModelsError) as refused:
        shared_out(folds)
    assert str(refused.value) == told
